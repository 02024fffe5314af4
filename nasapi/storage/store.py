"""The store: the runs of a study in a folder of shards, each run recorded whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from nasapi.errors import CorruptData, NotAvailable, StoreError, UnknownId, near
from nasapi.history import History
from nasapi.storage.folder import claimed
from nasapi.storage.header import Header
from nasapi.storage.index import Index, Place
from nasapi.storage.preparing import described_write_errors, opened_with, prepare
from nasapi.storage.rows import DamagedRun, Row, RunKey, content_digest, pack, unpack
from nasapi.storage.schema import Layout, columns_of
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.words import counted

GROUP = 64
"""Runs that are written in one transaction where many are there at once."""


class Store:
    """The recorded runs of a grid of benchmarks, strategies and seeds.

    A run is done once the transaction that holds it is. Reading checks every byte: a flipped bit, a missing row or a
    wrong count raises CorruptData that names store and run. Any number of processes may write, each a shard of its own;
    what others have recorded, `refresh` lets this object see.
    """

    def __init__(self, path: str | os.PathLike[str], *, damaged: list[str] | None = None):
        """Open the store at `path`; raises NotAvailable where there is none, CorruptData where it is damaged.

        With a list, shards and rows that are lost are told there and left out.
        """
        self.path = Path(path)
        self._index = Index(self.path, damaged)
        self._layouts: dict[str, Layout] = {}
        self._seeds: frozenset[int] = frozenset()
        self._seeds_of: Header | None = None
        self._own: Path | None = None
        self._held = ExitStack()

    @classmethod
    def prepare(
        cls,
        path: str | os.PathLike[str],
        benchmarks: Sequence[BenchmarkSummary],
        strategies: Sequence[StrategySummary],
        seeds: Sequence[int],
        batch: int = 1,
    ) -> Self:
        """The store at `path` with room for these runs: made if there is none, extended if it holds less.

        Raises StoreError where the place cannot be written, or holds what does not go with these runs: another batch,
        a benchmark with other goals, budget or values, a strategy whose code has changed.
        """
        prepare(Path(path), benchmarks, strategies, seeds, batch)
        return cls(path)

    @property
    def benchmarks(self) -> tuple[BenchmarkSummary, ...]:
        """What the store holds runs on, in the order they were added."""
        return tuple(self._index.header.benchmarks.values())

    @property
    def strategies(self) -> tuple[StrategySummary, ...]:
        """What the store holds runs of, in the order they were added."""
        return tuple(self._index.header.strategies.values())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that the store has room for."""
        return self._index.header.seeds

    @property
    def batch(self) -> int:
        """The batch of every run."""
        return self._index.header.batch

    @property
    def mark(self) -> str:
        """What tells this store, with the room that it has, from another at a place of the same name."""
        try:
            return f"{self.path.stat().st_ino} {self._index.header.written()[1]}"
        except OSError as error:
            raise StoreError(f"{str(self.path)!r} cannot be used: {error.strerror or error}.") from error

    def refresh(self, shard: str | None = None) -> None:
        """See what other processes have recorded since the last look: in all shards, or in the one of this name."""
        if shard is None:
            self._index.refresh()
        else:
            self._index.look(self.path / shard)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have a shard of one's own for a while; `record` does so by itself, for one call."""
        if self._own is not None:
            yield
            return
        self.claim()
        try:
            yield
        finally:
            self.close()

    def claim(self) -> None:
        """Have a shard of one's own until `close`: for a process that records one run after the other."""
        if self._own is None:
            self._require_there()
            with described_write_errors(self.path):
                path = self._held.enter_context(claimed(self.path))
                try:
                    self._index.adopt(path, opened_with(path, self._index.header))
                    self._index.refresh()
                except BaseException:
                    self._held.close()
                    raise
            self._own = path

    def close(self) -> None:
        """Give the shard back, and close every file; the store may still be read."""
        self._own = None
        self._index.close()
        self._held.close()

    def record(self, *histories: History) -> str:
        """Write runs, and give the name of the shard they are in.

        Each is done once the disk has it; several are written in groups, each whole or not at all. A run that is there
        already stays as it is. Raises StoreError where the disk refuses it, leaving earlier runs as they were, or where
        a run of this seed is there that differs, and InvalidOption for one that does not belong into this store.
        """
        rows = []
        for history in histories:
            benchmark = self._summary(history.benchmark)
            self._require_room(history.benchmark, history.strategy, history.seed)
            rows.append(pack(history, benchmark, self.batch, self._layout(benchmark)))
        return self.append(rows)

    def append(self, rows: Sequence[Row]) -> str:
        """Write rows as `record` writes those it makes of histories."""
        self._require_there()
        with self.writing():
            assert self._own is not None
            shard = self._index.shard(self._own)
            missing = [row for row in rows if not self._is_there(row)]
            for start in range(0, len(missing), GROUP):
                group = missing[start : start + GROUP]
                try:
                    numbers = shard.append(group)
                except StoreError as error:
                    raise StoreError(
                        f"{self._label(group[0].benchmark, group[0].strategy, group[0].seed)} cannot be recorded: "
                        f"{error.__cause__ or error}. What was recorded before is as it was."
                    ) from error
                self._index.add(self._own, numbers, group)
            return self._own.name

    def has_slot(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether the store has room for that run."""
        header = self._index.header
        if self._seeds_of is not header:
            self._seeds, self._seeds_of = frozenset(header.seeds), header
        return benchmark in header.benchmarks and strategy in header.strategies and seed in self._seeds

    def done(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether that run is recorded."""
        self._require_room(benchmark, strategy, seed)
        return self._index.has(benchmark, strategy, seed)

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        """Pickled and copied as its place, which is opened again to be read."""
        return type(self), (self.path.absolute(),)

    def __repr__(self) -> str:
        return f"<store {str(self.path)!r}: {counted(len(self.keys()), 'run', 'runs')}>"

    def keys(self) -> list[RunKey]:
        """The recorded runs by benchmark, strategy and seed, in the order of their names."""
        return list(self._index.keys())

    def read(self, benchmark: str, strategy: str, seed: int) -> History:
        """The recorded run; raises NotAvailable where it is not done, CorruptData where it is damaged.

        The message says how to have a damaged run done again.
        """
        layout = self._layout(self._summary(benchmark))
        row = self.row(benchmark, strategy, seed)
        try:
            return unpack(row, self._summary(benchmark), self.batch, layout)
        except DamagedRun as error:
            raise self._damaged(benchmark, strategy, seed, error) from error

    def row(self, benchmark: str, strategy: str, seed: int) -> Sequence[Any]:
        """The values of a recorded run in the order of `nasapi.storage.rows.FIELDS`, as they are in the database.

        Where several shards hold the run they are compared; raises CorruptData where they differ.
        """
        self._require_room(benchmark, strategy, seed)
        places = self._index.places(benchmark, strategy, seed)
        if not places:
            label = self._label(benchmark, strategy, seed)
            raise NotAvailable(f"{label} is not recorded yet; run the study to its end.")
        try:
            rows = [self._row_at(place, (benchmark, strategy, seed)) for place in places]
            if len(rows) > 1:
                layout = self._layout(self._summary(benchmark))
                if len({content_digest(row, layout) for row in rows}) > 1:
                    shards = " and ".join(repr(place[0].name) for place in places)
                    raise CorruptData(
                        f"{self._label(benchmark, strategy, seed)} is in {shards} with different contents; move the "
                        "shard that you trust less away and run the study again."
                    )
        except DamagedRun as error:
            raise self._damaged(benchmark, strategy, seed, error) from error
        return rows[0]

    def content(self, benchmark: str, strategy: str, seed: int) -> bytes:
        """SHA-256 of what a recorded run is, without the wall time that its strategy took."""
        try:
            return content_digest(self.row(benchmark, strategy, seed), self._layout(self._summary(benchmark)))
        except DamagedRun as error:
            raise self._damaged(benchmark, strategy, seed, error) from error

    def verify(self) -> int:
        """How many runs are recorded, each of them read; raises CorruptData at the first that is damaged."""
        keys = self.keys()
        for key in keys:
            self.read(*key)
        self._index.verify()
        return len(keys)

    def _row_at(self, place: Place, key: RunKey) -> Sequence[Any]:
        row = self._index.shard(place[0]).row(place[1])
        if tuple(row[:3]) != key:
            raise DamagedRun("another run is in its place")
        return row

    def _is_there(self, row: Row) -> bool:
        """Whether a run is recorded with this content; raises StoreError where it is with another."""
        key = (row.benchmark, row.strategy, row.seed)
        if not self._index.has(*key):
            return False
        if self.content(*key) != content_digest(row.values, self._layout(self._summary(row.benchmark))):
            raise StoreError(
                f"{self._label(*key)} is recorded already, and this one differs from it: the strategy, the benchmark "
                "or what they depend on gives other results than it did. Choose another store."
            )
        return True

    def _damaged(self, benchmark: str, strategy: str, seed: int, reason: Exception) -> CorruptData:
        return CorruptData(
            f"{self._label(benchmark, strategy, seed)} is damaged: {reason}. nasapi merge {str(self.path)!r} -o NEW "
            "--skip-damaged copies the runs that are whole; run the study on in NEW and the others are done again."
        )

    def _require_there(self) -> None:
        if not self.path.is_dir():
            raise StoreError(
                f"The store {str(self.path)!r} is gone: it was moved or deleted while runs were being recorded. "
                "What was recorded is where it was moved to; go on there with the same study."
            )

    def _require_room(self, benchmark: str, strategy: str, seed: int) -> None:
        if self.has_slot(benchmark, strategy, seed):
            return
        self._summary(benchmark)
        strategies = self._index.header.strategies
        if strategy not in strategies:
            raise UnknownId(f"{str(self.path)!r} has no strategy {strategy!r}. {near(strategy, strategies)}")
        raise UnknownId(f"{str(self.path)!r} has no room for seed {seed!r}; its study was made without it.")

    def _summary(self, benchmark: str) -> BenchmarkSummary:
        known = self._index.header.benchmarks
        if benchmark not in known:
            raise UnknownId(f"{str(self.path)!r} has no benchmark {benchmark!r}. {near(benchmark, known)}")
        return known[benchmark]

    def _layout(self, benchmark: BenchmarkSummary) -> Layout:
        if benchmark.spec not in self._layouts:
            self._layouts[benchmark.spec] = columns_of(benchmark)
        return self._layouts[benchmark.spec]

    def _label(self, benchmark: str, strategy: str, seed: int) -> str:
        return f"Run {seed} of {strategy!r} on {benchmark!r} in {str(self.path)!r}"
