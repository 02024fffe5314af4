"""A collection on disk: its recipe, what it was begun with, and the shards that fill up."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Any

from attrs import frozen

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.files import Held, require_folder, write_whole
from nasapi.safety.grammar import SHA256, Record, choice, read_json, text, whole
from nasapi_collect.conditions import conditions
from nasapi_collect.recipe import Recipe, different, different_collections, read_recipe
from nasapi_collect.shards import Shard, open_shard, read_shard, shard_files
from nasapi_collect.workplace import Measured, Workplace

RECIPE, HEADER, SHARDS = "recipe.toml", "collection.json", "shards"
_PATIENCE = 20  # tenths of a second that tasks of a job wait for the one that begins
_HEADER = Record(
    {
        "kind": choice("collection"),
        "schema": choice(1),
        "name": text(200),
        "collection": SHA256,
        "recipe": SHA256,
        "units": whole(1),
    }
)
Progress = Callable[[int, int, int], None]
"""Called after each network: how many of the shard's are done, how many it has, how many were done before."""
Take = Callable[[Sequence[int], Sequence[Mapping[str, Any]], Callable[..., None]], list[int]]
"""Given the missing rows, the shard's sessions and what appends a line, appends what was measured elsewhere, and gives
the rows that remain."""


@frozen
class Done:
    """How many networks a process did of a collection."""

    measured: int = 0
    taken: int = 0
    """Taken over from another collection."""

    def __add__(self, other: Done) -> Done:
        return Done(self.measured + other.measured, self.taken + other.taken)


@frozen
class Collection:
    """A folder of shards that one recipe fills."""

    folder: Path
    name: str
    digest: str
    """SHA-256 of recipe, data and architectures."""
    networks: int
    """How many there are when it is whole."""

    @classmethod
    def begin(cls, folder: Path, workplace: Workplace, words: str) -> Collection:
        """The collection in a folder, begun where there is none; `words` is the recipe's file.

        Raises InvalidOption where the folder has the collection of another recipe or of other data, StoreError where it
        cannot be written or holds something else.
        """
        wanted = cls(folder, workplace.recipe.table.name, workplace.digest, len(workplace.codes))
        for _ in range(_PATIENCE):
            if (folder / HEADER).exists():
                break
            try:
                wanted._write(workplace.recipe.digest, words)
            except StoreError:  # another process of the same job begins it, or it cannot be begun
                sleep(0.1)
        else:
            wanted._write(workplace.recipe.digest, words)
        found = cls.open(folder)
        if found.digest != wanted.digest:
            raise InvalidOption(found._refusal(workplace.recipe))
        place = folder / RECIPE
        if not place.is_file() or place.read_bytes() != words.encode():  # lost, or of another comment or title
            with suppress(Held):  # by another worker, which writes the same
                write_whole(place, words)
        (folder / SHARDS).mkdir(exist_ok=True)
        return found

    def _refusal(self, asked: Recipe) -> str:
        """Why this collection is not the one that a recipe asks for, and what to do."""
        name = repr(str(self.folder))
        if _recipe_digest(self.folder) == asked.digest:
            return f"{name} was begun with other data; collect into another folder, or put the data back as they were."
        begun, _ = self.recipe()
        apart = "; ".join(different_collections(begun, asked))
        keep = (
            "" if different(begun, asked) else f" with --from {shlex.quote(str(self.folder))}, which keeps its numbers"
        )
        return (
            f"{name} was begun with another recipe (there and here: {apart}); collect into another folder{keep}, "
            "or put the recipe back as it was."
        )

    def _write(self, recipe: str, words: str) -> None:
        """Begin it on disk, its header last."""
        require_folder(self.folder)
        names = sorted(os.listdir(self.folder)) if self.folder.is_dir() else []
        if strange := [name for name in names if name not in (RECIPE, SHARDS, HEADER) and not name.startswith(".")]:
            raise StoreError(f"{str(self.folder)!r} holds {strange[0]!r} and no collection; choose an empty folder.")
        (self.folder / SHARDS).mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / RECIPE, words)
        header = {
            "kind": "collection",
            "schema": 1,
            "name": self.name,
            "collection": self.digest,
            "recipe": recipe,
            "units": self.networks,
        }
        write_whole(self.folder / HEADER, json.dumps(header, indent=2) + "\n")

    @classmethod
    def open(cls, folder: Path) -> Collection:
        """The collection in a folder; raises NotAvailable where there is none, CorruptData where it is damaged."""
        try:
            content = (folder / HEADER).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise NotAvailable(f"There is no collection in {str(folder)!r}; `nasapi collect` begins one.") from None
        where = f"The header of {str(folder)!r}"
        try:
            header = _HEADER(read_json(content, where), where)
        except CorruptData as error:
            raise CorruptData(
                f"{error} Move {HEADER!r} away, and `nasapi collect run` with the recipe that it was begun with writes "
                "it again and keeps what was measured."
            ) from error
        return cls(folder, header["name"], header["collection"], header["units"])

    def recipe(self) -> tuple[Recipe, str]:
        """The recipe that it was begun with, and its text; raises CorruptData where that is not there."""
        if not (self.folder / RECIPE).is_file():
            raise CorruptData(f"{str(self.folder)!r} has no {RECIPE!r}; put the recipe that it was begun with there.")
        found, words = read_recipe(self.folder / RECIPE)
        if found.digest != _recipe_digest(self.folder):
            raise CorruptData(f"The recipe in {str(self.folder)!r} is not the one it was begun with; put that back.")
        return found, words

    def collect(
        self, workplace: Workplace, shard: Shard, progress: Progress | None = None, take: Take | None = None
    ) -> Done:
        """Measure what a shard lacks, one network after the other, after taking over what `take` has; say how many.

        Networks that another shard of this folder has are left out. Raises StoreError where another process is at the
        shard, or the disk is full; a later call goes on.
        """
        mine = [row for place, row in enumerate(workplace.architectures.order) if place in shard]
        with open_shard(self.folder / SHARDS, shard, self.digest, self.networks) as (lines, append):
            others = {
                row for path in shard_files(self.folder / SHARDS) for row in self._rows(path, shard, lines.measured)
            }
            lacking = [row for row in mine if row not in others]
            missing = lacking if take is None else take(lacking, lines.sessions, append)
            before = len(mine) - len(missing)
            if missing:
                append(kind="session", **conditions(workplace.space.whole.id, workplace.device))
            for done, row in enumerate(missing, 1):
                append(kind="unit", row=row, **_plain(workplace.measure(row)))
                if progress is not None:
                    progress(before + done, len(mine), before)
        return Done(len(missing), len(lacking) - len(missing))

    def measured(self) -> tuple[dict[int, dict[str, Any]], list[dict[str, Any]]]:
        """What all shards have, by row, and their sessions; raises CorruptData where two disagree about a row."""
        found: dict[int, dict[str, Any]] = {}
        sessions: list[dict[str, Any]] = []
        for path in shard_files(self.folder / SHARDS):
            lines = read_shard(path, self.digest, self.networks)
            sessions += lines.sessions
            for row, record in lines.measured.items():
                if row in found and _values(found[row]) != _values(record):
                    raise CorruptData(
                        f"Two shards disagree about row {row}, {str(path)!r} and one before it: they were measured "
                        "with other versions or on other machines. Keep one of the files."
                    )
                found.setdefault(row, record)
        return found, sessions

    def _rows(self, path: Path, shard: Shard, own: dict[int, Any]) -> Iterator[int]:
        """The rows that a shard's file has."""
        yield from own if path.name == shard.file else read_shard(path, self.digest, self.networks).measured


def _values(record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in ("values", "errors", "warnings", "grouped"))


def _recipe_digest(folder: Path) -> str:
    found: str = json.loads((folder / HEADER).read_bytes())["recipe"]
    return found


def _plain(measured: Measured) -> dict[str, Any]:
    return {
        "values": measured.values,
        "errors": measured.errors,
        "warnings": measured.warnings,
        "grouped": measured.grouped,
        "log": {"seconds": measured.seconds},
    }
