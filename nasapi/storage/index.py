"""The index of a store: in which row of which shard each run is, kept up while other processes write."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.storage.folder import is_store, shards_of
from nasapi.storage.header import Header
from nasapi.storage.rows import Row, RunKey
from nasapi.storage.shard import Shard
from nasapi.words import quoted

Pair = tuple[str, str]
"""A benchmark's spec and a strategy's."""

Place = tuple[Path, int]
"""A run by its shard and the number of its row."""

_MOST_OPEN = 64  # shards at once; a process may have a thousand files
_ROWS = 1 << 40


def _stores_within(folder: Path) -> str:
    """What a message adds where a folder is no store and others in it are: people name the folder of all their runs."""
    try:
        found = [place.name for place in sorted(folder.iterdir()) if is_store(place)]
    except OSError:
        return ""
    names = ", ".join(map(quoted, found[:5]))
    return f", but in it there {'are' if len(found) > 1 else 'is'} {names}" if found else ""


@define(eq=False)
class _Seen:
    """What was read of one shard."""

    number: int
    shard: Shard | None = None
    version: int | None = None
    """The database's data_version at the last look, of the connection that is open."""
    runs: int = 0
    about: tuple[Any, Any] = (None, None)
    header: Header = field(factory=lambda: Header(1))


class Index:
    """Where the runs of a store are. A run that several shards hold has several places."""

    def __init__(self, store: Path, damaged: list[str] | None = None):
        """Read all shards of `store`; raises NotAvailable where there is none, CorruptData for what is damaged.

        With a list, what is damaged is told there and left out: a shard that cannot be read, rows that are lost.
        """
        self._store = store
        self._damaged = damaged
        self._lost: set[Path] = set()
        self._seen: dict[Path, _Seen] = {}
        self._paths: list[Path] = []
        self._runs: dict[Pair, dict[int, int | tuple[int, ...]]] = {}
        self._headers: list[Header] = []
        self.header = Header(1)
        """What all shards have room for."""
        self.refresh()

    def refresh(self) -> None:
        """See what other processes have written since, to shards that are known and to others."""
        try:
            paths = shards_of(self._store)
        except FileNotFoundError:
            paths = []
        except OSError as error:
            if self._store.is_file():
                raise StoreError(
                    f"{str(self._store)!r} is a file, and a store is a folder; name the one that it is in."
                ) from error
            raise StoreError(f"{str(self._store)!r} cannot be read: {error.strerror or error}.") from error
        if not paths:
            raise NotAvailable(f"There is no store at {str(self._store)!r}{_stores_within(self._store)}.")
        if not set(self._paths) <= set(paths):  # some were taken away
            self.close()
            self._seen, self._paths, self._runs = {}, [], {}
        for path in paths:
            self._look_if_whole(path)
        headers = [self._seen[path].header for path in paths if path not in self._lost]
        if not headers:
            raise CorruptData(f"Nothing of the store {str(self._store)!r} can be read.")
        if len(headers) != len(self._headers) or any(map(operator.is_not, headers, self._headers)):
            self._headers, self.header = headers, headers[0]
            for header in headers[1:]:
                self.header = self.header.joined(header, self._store)

    def _look_if_whole(self, path: Path) -> None:
        if path in self._lost:
            return
        try:
            self.look(path)
        except CorruptData as error:
            if self._damaged is None:
                raise CorruptData(
                    f"{error} Move the file out of the store, and the study makes its runs again; `nasapi merge` with "
                    "--skip-damaged leaves out what cannot be read."
                ) from error
            self._damaged.append(str(error))
            self._lost.add(path)

    def look(self, path: Path) -> None:
        """See what one shard holds that it did not at the last look."""
        seen = self._seen.get(path)
        if seen is None:
            seen = self._seen[path] = _Seen(len(self._paths))
            self._paths.append(path)
        shard = self.shard(path)
        version = shard.version
        if version == seen.version and not shard.writable:
            return
        if (about := shard.header()) != seen.about:
            seen.header, seen.about = Header.read(*about, str(path)), about
        for number, benchmark, strategy, seed in shard.keys(seen.runs, self._damaged):
            self._add(seen, path, number, benchmark, strategy, seed)
            seen.runs = number
        seen.version = version

    def add(self, path: Path, numbers: Sequence[int], rows: Sequence[Row]) -> None:
        """Know the rows that this process has just written to its shard."""
        seen = self._seen[path]
        for number, row in zip(numbers, rows, strict=True):
            self._add(seen, path, number, row.benchmark, row.strategy, row.seed)
            seen.runs = number

    def shard(self, path: Path) -> Shard:
        """A shard, open."""
        seen = self._seen[path]
        if seen.shard is None:
            opened = [each for each in self._seen.values() if each.shard is not None and not each.shard.writable]
            if len(opened) >= _MOST_OPEN:
                self._close(opened[0])
            seen.shard = Shard(path)
        return seen.shard

    def adopt(self, path: Path, shard: Shard) -> None:
        """Read a shard through the connection that writes it."""
        if path not in self._seen:
            self._seen[path] = _Seen(len(self._paths))
            self._paths.append(path)
        self._close(self._seen[path])
        self._seen[path].shard = shard

    def release(self, path: Path) -> None:
        """Close a shard's connection; the next look opens another."""
        self._close(self._seen[path])

    def places(self, benchmark: str, strategy: str, seed: int) -> list[Place]:
        """Where a run is; nowhere if it is not recorded."""
        found = self._runs.get((benchmark, strategy), {}).get(seed, ())
        several = found if isinstance(found, tuple) else (found,)
        return [(self._paths[place // _ROWS], place % _ROWS) for place in several]

    def has(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether a run is recorded."""
        return seed in self._runs.get((benchmark, strategy), ())

    def keys(self) -> Iterator[RunKey]:
        """Every run that is recorded, by benchmark, strategy and seed in the order of their names."""
        for benchmark, strategy in sorted(self._runs):
            for seed in sorted(self._runs[benchmark, strategy]):
                yield benchmark, strategy, seed

    def verify(self) -> None:
        """Raise CorruptData for a shard that is damaged anywhere."""
        for path in list(self._paths):
            self.shard(path).verify()

    def close(self) -> None:
        """Close all shards."""
        for seen in self._seen.values():
            self._close(seen)

    def _add(self, seen: _Seen, path: Path, number: int, benchmark: Any, strategy: Any, seed: Any) -> None:
        known = seen.header
        if type(seed) is not int or benchmark not in known.benchmarks or strategy not in known.strategies:
            raise CorruptData(
                f"Row {number} of {str(path)!r} is a run of {strategy!r:.80} on {benchmark!r:.80}, which its header "
                "does not name: it is damaged."
            )
        runs = self._runs.setdefault((sys.intern(benchmark), sys.intern(strategy)), {})
        place = seen.number * _ROWS + number
        before = runs.get(seed)
        if before is None:
            runs[seed] = place
        else:
            runs[seed] = (*(before if isinstance(before, tuple) else (before,)), place)

    def _close(self, seen: _Seen) -> None:
        if seen.shard is not None:
            seen.shard.close()
        seen.shard, seen.version = None, None
