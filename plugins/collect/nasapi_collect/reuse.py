"""Networks that another collection has measured, taken over: a sample grows, or is cut out of a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from nasapi.errors import InvalidOption
from nasapi_collect.architectures import Architectures
from nasapi_collect.collection import Collection
from nasapi_collect.recipe import different
from nasapi_collect.workplace import Workplace


@frozen
class Source:
    """What another collection has measured by the same data, network, training, seeds, attacks and corruptions."""

    table: str
    digest: str
    measured: Mapping[int, dict[str, Any]]
    """By row of the collection that they are for."""
    sessions: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, folder: Path, workplace: Workplace) -> Source:
        """What the collection in a folder has for a workplace.

        Raises NotAvailable where there is no collection, CorruptData where it is damaged, InvalidOption where its
        numbers came about otherwise: by another recipe, [table] and the choice of [networks] apart, or on other data.
        """
        other = Collection.open(folder)
        recipe, _ = other.recipe()
        if apart := different(workplace.recipe, recipe):
            raise InvalidOption(
                f"What {str(folder)!r} has was measured otherwise than this recipe says, here and there: "
                f"{'; '.join(apart)}. Take over from one that differs in [table] and in which [networks] alone."
            )
        theirs = Architectures.of(recipe, workplace.space)
        if workplace.digest_of(recipe, theirs) != other.digest:
            raise InvalidOption(f"{str(folder)!r} was collected from other data than are here; put those back.")
        rows = {tuple(code): row for row, code in enumerate(workplace.codes.tolist())}
        measured, sessions = other.measured()
        places = {row: rows.get(tuple(theirs.codes[row].tolist())) for row in measured}
        found = {place: {**measured[row], "row": place} for row, place in places.items() if place is not None}
        return cls(other.name, other.digest, found, sessions)

    def give(
        self, missing: Sequence[int], sessions: Sequence[Mapping[str, Any]], append: Callable[..., None]
    ) -> list[int]:
        """Append what is there of the missing rows, after the sessions that measured it, and give the rows that remain.

        A session says from which collection it was taken; one that is among `sessions` already is not said again.
        """
        mine = [row for row in missing if row in self.measured]
        if mine:
            for session in self.sessions:
                session_log = {"taken": {"table": self.table, "collection": self.digest}, **session}
                if session_log not in sessions:
                    append(**session_log)
        for row in mine:
            append(**self.measured[row])
        return [row for row in missing if row not in self.measured]
