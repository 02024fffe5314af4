"""Shards: the measured networks of a collection as lines of text, each with its checksum, appended as they are done."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from nasapi.errors import CorruptData, InvalidOption, StoreError
from nasapi.files import locked_file
from nasapi.running import scheduled_shard
from nasapi.safety.grammar import (
    SHA256,
    Record,
    anything,
    choice,
    listed,
    mapped,
    maybe,
    number,
    read_json,
    text,
    whole,
)
from nasapi.words import shortened
from nasapi_collect.conditions import VERSIONS

_NAME = re.compile(r"(\d{4})-of-(\d{4})\.jsonl")
_MOST_SHARDS = 9_999
# On disk a network is a unit, as it was when the first shards were written.
_HEADER = Record({"kind": choice("shard"), "collection": SHA256, "units": whole(1)})
_SESSION = Record({"kind": choice("session")}, optional={"versions": VERSIONS}, rest=anything)
_NUMBER, _ROWS = maybe(number()), listed(listed(number()))


def _values(value: Any, where: str) -> Any:
    """What the seeds have in a column, as it is: numbers or none, or the rows of confusions."""
    for each in listed(anything)(value, where):
        (_ROWS if isinstance(each, list) else _NUMBER)(each, where)
    return value


_NETWORK = Record(
    {
        "kind": choice("unit"),
        "row": whole(),
        "values": mapped(_values, text(200)),
        "errors": listed(maybe(text())),
        "warnings": listed(text()),
        "grouped": choice(True, False),
        "log": Record({"seconds": mapped(number(), text(200))}, rest=anything),
    }
)


@frozen
class Shard:
    """Which part of a collection's networks a process does: every `of`-th, from number `index`, counted from 1."""

    index: int = 1
    of: int = 1

    @classmethod
    def parse(cls, words: str) -> Shard:
        """The shard written "2/8"; raises InvalidOption for anything else."""
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", words)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise InvalidOption(f"A shard is written 2/8, the second of eight, not {words!r:.80}.")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of_array(cls, environment: Mapping[str, str]) -> Shard | None:
        """The shard of a task of a SLURM job array; None outside one, InvalidOption where it does not say its part."""
        found = scheduled_shard(environment)
        if found is not None and found[1] > _MOST_SHARDS:
            raise InvalidOption(f"An array of {found[1]:,} tasks is more than {_MOST_SHARDS:,} shards; take fewer.")
        return found and cls(*found)

    def part(self, index: int, of: int) -> Shard:
        """The part of this shard that one of several workers does; raises InvalidOption where parts are too many."""
        if self.of * of > _MOST_SHARDS:
            raise InvalidOption(
                f"Shard {self} in {of:,} jobs makes {self.of * of:,} shards of the collection, more than "
                f"{_MOST_SHARDS:,}; take fewer jobs."
            )
        return Shard(self.index + self.of * (index - 1), self.of * of)

    def __contains__(self, place: int) -> bool:
        """Whether the network at a place, counted from 0, is one of the shard's."""
        return place % self.of == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"

    @property
    def file(self) -> str:
        """The name of the shard's file."""
        return f"{self.index:04}-of-{self.of:04}.jsonl"


@frozen
class Lines:
    """What is in a shard's file."""

    measured: dict[int, dict[str, Any]]
    """By row: what was measured."""
    sessions: list[dict[str, Any]]
    """The processes that measured what is in it: versions, machine."""
    whole: int
    """Bytes up to the end of the last line that is whole."""


@contextmanager
def open_shard(
    folder: Path, shard: Shard, collection: str, networks: int
) -> Iterator[tuple[Lines, Callable[..., None]]]:
    """What is in a shard, and the function that appends a line to it; alone with it for as long as the block lasts.

    A last line that a killed process left half written is cut off. Raises StoreError where another process has the
    shard or the disk is full, InvalidOption where the shard belongs to another recipe or data, CorruptData where a line
    is not what was written.
    """
    path = folder / shard.file
    with locked_file(folder / f"{shard.file}.lock", path):
        lines = read_shard(path, collection, networks) if path.exists() else Lines({}, [], 0)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise _unwritten(path, error) from error
        try:
            os.ftruncate(handle, lines.whole)
            os.lseek(handle, 0, os.SEEK_END)

            def append(**fields: Any) -> None:
                _append(handle, path, fields)

            if not lines.whole:
                append(kind="shard", collection=collection, units=networks)
            yield lines, append
        finally:
            os.close(handle)


def read_shard(path: Path, collection: str | None = None, networks: int | None = None) -> Lines:
    """What is in a shard's file, checked line by line; nothing in one that was killed before its first line."""
    content = path.read_bytes()
    found: list[dict[str, Any]] = []
    end = 0
    while (stop := content.find(b"\n", end)) >= 0:
        where = f"Line {len(found) + 1} of shard {str(path)!r}"
        try:
            found.append(_read_line(content[end:stop], where))
        except CorruptData:
            if content.find(b"\n", stop + 1) >= 0 or stop + 1 < len(content):
                raise
            break  # the last line, which its writer did not finish
        end = stop + 1
    if not found:
        return Lines({}, [], 0)
    header = _HEADER(found[0], f"The header of shard {str(path)!r}")
    if (collection, networks) != (None, None) and (header["collection"], header["units"]) != (collection, networks):
        raise InvalidOption(
            f"Shard {str(path)!r} was made by another recipe or from other data; "
            "collect into another folder, or put the recipe back as it was."
        )
    lines, begun = Lines({}, [], end), list[dict[str, Any]]()
    for place, line in enumerate(found[1:], 2):
        where = f"Line {place} of shard {str(path)!r}"
        if line.get("kind") == "session":
            begun = [_SESSION(line, where)]  # and not one that ended before it had measured anything
            if "taken" in line:
                lines.sessions.append(begun.pop())
            continue
        if begun:
            lines.sessions.append(begun.pop())
        record = _NETWORK(line, where)
        if record["row"] >= header["units"] or record["row"] in lines.measured:
            raise CorruptData(f"{where} is of row {record['row']}, which is there already or not in the collection.")
        lines.measured[record["row"]] = record
    return lines


def shard_files(folder: Path) -> list[Path]:
    """The files of a collection's shards, in order."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _NAME.fullmatch(path.name) and path.is_file())


@define
class Rows:
    """The rows that others append to the shards in a folder, each line read once."""

    folder: Path
    _read: dict[Path, int] = field(factory=dict, init=False)
    _found: set[int] = field(factory=set, init=False)

    def now(self) -> frozenset[int]:
        """Those that are there by now; a line that cannot be read is left to `read_shard`."""
        for path in shard_files(self.folder):
            with open(path, "rb") as file:
                file.seek(self._read.get(path, 0))
                lines, end, _ = file.read().rpartition(b"\n")
            for line in lines.splitlines() if end else ():
                with suppress(CorruptData):
                    found = _read_line(line, str(path))
                    if found.get("kind") == "unit":
                        self._found.add(found["row"])
            self._read[path] = self._read.get(path, 0) + len(lines) + len(end)
        return frozenset(self._found)


def _append(handle: int, path: Path, fields: dict[str, Any]) -> None:
    """Write one line and let the disk have it; what could not be written whole is taken back."""
    before = os.lseek(handle, 0, os.SEEK_END)
    body = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    line = b"%08x %s\n" % (zlib.crc32(body), body)
    try:
        written = 0
        while written < len(line):
            written += os.write(handle, line[written:])
        os.fsync(handle)
    except OSError as error:
        os.ftruncate(handle, before)
        raise _unwritten(path, error) from error


def _read_line(line: bytes, where: str) -> dict[str, Any]:
    sum_, _, body = line.partition(b" ")
    if sum_ != b"%08x" % zlib.crc32(body):
        raise CorruptData(f"{where} is not what was written: its checksum differs. Restore the file, or remove it.")
    found = read_json(body, where)
    if not isinstance(found, dict):
        raise CorruptData(f"{where} is no object of JSON.")
    return found


def _unwritten(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"Shard {str(path)!r} cannot be written: {shortened(error.strerror or str(error), 200)}. What was measured "
        "before is kept; make room and collect again to go on."
    )
