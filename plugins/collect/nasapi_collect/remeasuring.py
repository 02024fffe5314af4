"""Some networks of a collection measured again, in another process and perhaps on another machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nasapi.errors import InvalidOption, NotAvailable
from nasapi.running import processor
from nasapi.words import counted
from nasapi_collect.collection import Collection
from nasapi_collect.conditions import conditions, differing
from nasapi_collect.workplace import Workplace


def again(folder: Path, networks: int, device: str | None = None) -> list[str]:
    """A sentence for each column that is another number now, of so many networks in the order of collection.

    They are measured on `device`, by default the one that they were measured on. The last sentences name the
    processors, where there is another now than there was or nobody recorded which there was, and what else is another,
    such as the version of torch.
    Raises NotAvailable where fewer are collected, InvalidOption where the data are not those of the collection.
    """
    collection = Collection.open(folder)
    measured, sessions = collection.measured()
    workplace = Workplace.of(collection.recipe()[0], device or _device_of(sessions))
    if workplace.digest != collection.digest:
        raise InvalidOption(f"{str(folder)!r} was collected from other data than are here; put those back.")
    rows = [row for row in workplace.architectures.order if row in measured][:networks]
    if len(rows) < networks:
        raise NotAvailable(f"{str(folder)!r} has {counted(len(rows), 'network', 'networks')} yet; ask for as many.")
    different = []
    for row in rows:
        found, before = workplace.measure(row).values, measured[row]["values"]
        different += [
            f"{name} of row {row} is {found[name]}, and was {before[name]}"
            for name in found
            if found[name] != before[name]
        ]
    before = sorted({str(session.get("model", "one that was not recorded")) for session in sessions})
    if different and before != [processor()]:
        different.append(
            f"here is {processor()}, and they were measured on {' and '.join(before)}: another processor adds in "
            "another order, so that trainings end elsewhere, as with another seed"
        )
    here = conditions(workplace.space.whole.id, workplace.device)
    others = [words for words in differing([*sessions, here]) if not words.startswith("processor ")]
    if different and others:
        different.append(f"they were measured with others than are here: {', '.join(others)}")
    return different


def _device_of(sessions: Sequence[Mapping[str, Any]]) -> str:
    """The device of all sessions; the CPU where they had several, and where none says."""
    found = {str(session["device"]) for session in sessions if "device" in session}
    return found.pop() if len(found) == 1 else "cpu"
