"""What several stores are as one: their content digest, and one store written of them in the grid's order."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from attrs import frozen

from nasapi.errors import CorruptData, InvalidOption, StoreError
from nasapi.files.replacing import replacing
from nasapi.history import History
from nasapi.storage.header import Header
from nasapi.storage.rows import Row, RunKey, checked
from nasapi.storage.schema import columns_of
from nasapi.storage.store import GROUP, Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary


@frozen
class Merged:
    """What a merge did."""

    store: Path
    runs: int
    damaged: tuple[str, ...]
    """What is wrong with each run that was left out."""


class JoinedStores:
    """Stores read as one: what each holds room for joined, and each run in one of them or the same in several.

    Raises StoreError for stores that do not go together.
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]], damaged: list[str] | None = None):
        if isinstance(paths, (str, bytes, os.PathLike)) or not isinstance(paths, Iterable):
            raise InvalidOption(f"Stores are given as a list of their paths, not as {paths!r:.80}; put it in brackets.")
        self.stores = [Store(path, damaged=damaged) for path in paths]
        self.header = self._joined()

    @property
    def benchmarks(self) -> tuple[BenchmarkSummary, ...]:
        """What the stores hold runs on."""
        return tuple(self.header.benchmarks.values())

    @property
    def strategies(self) -> tuple[StrategySummary, ...]:
        """What the stores hold runs of."""
        return tuple(self.header.strategies.values())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of all stores."""
        return self.header.seeds

    @property
    def batch(self) -> int:
        """The batch of every run."""
        return self.header.batch

    def refresh(self) -> None:
        """See what other processes have recorded since."""
        for store in self.stores:
            store.refresh()
        self.header = self._joined()

    def has_slot(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether one of the stores has room for that run."""
        return any(store.has_slot(benchmark, strategy, seed) for store in self.stores)

    def done(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether one of the stores holds that run."""
        return bool(self.stores_of((benchmark, strategy, seed)))

    def read(self, benchmark: str, strategy: str, seed: int) -> History:
        """The run; raises NotAvailable where it is not done, CorruptData where it is damaged or two stores differ."""
        key = (benchmark, strategy, seed)
        holding = self.stores_of(key)
        if len(holding) > 1:
            self.content(key)
        return (holding or self.stores)[0].read(*key)

    def stores_of(self, key: RunKey) -> list[Store]:
        """The stores that hold a run."""
        return [store for store in self.stores if store.has_slot(*key) and store.done(*key)]

    def keys(self) -> list[RunKey]:
        """The recorded runs by benchmark, strategy and seed, in the order of their names."""
        return sorted({key for store in self.stores for key in store.keys()})

    def content(self, key: RunKey) -> bytes:
        """SHA-256 of what a run is; raises CorruptData where two stores hold different runs by one name."""
        holding = self.stores_of(key)
        contents = [store.content(*key) for store in holding]
        for store, content in zip(holding, contents, strict=True):
            if content != contents[0]:
                benchmark, strategy, seed = key
                raise CorruptData(
                    f"Run {seed} of {strategy!r} on {benchmark!r} in {str(store.path)!r} differs from the one in "
                    f"{str(holding[0].path)!r}; leave out the store that you trust less."
                )
        return contents[0]

    def row(self, key: RunKey) -> Row:
        """A run as it is in the first store that holds it, once it is checked and compared with the others."""
        self.content(key)
        return checked(self.stores_of(key)[0].row(*key), columns_of(self.header.benchmarks[key[0]]))[0]

    def _joined(self) -> Header:
        header = _header(self.stores[0])
        for other in self.stores[1:]:
            if unlike := header.unlike(_header(other)):
                raise StoreError(
                    f"{str(other.path)!r} has {unlike}: it does not go with what stands before it; leave it out."
                )
            header = header.joined(_header(other), other.path)
        return header


def digest(paths: Sequence[str | os.PathLike[str]]) -> str:
    """SHA-256 of all that the runs in stores are, without wall time and without who ran them where.

    It is the same for any number of workers and shards, any order and any interruption. Raises CorruptData for a run
    that is damaged, or of which two shards or stores hold different ones.
    """
    several = JoinedStores(paths)
    keys = several.keys()
    whole = hashlib.sha256()
    for spec in sorted({benchmark for benchmark, _, _ in keys}):
        summary = several.header.benchmarks[spec]
        goals = [[goal.name, goal.goal] for goal in summary.goals]
        columns = [[column.name, column.dtype, column.width] for column in columns_of(summary)]
        whole.update(json.dumps([spec, goals, several.header.batch, columns], separators=(",", ":")).encode() + b"\n")
    for key in keys:
        whole.update(several.content(key))
    return whole.hexdigest()


def merge(
    paths: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    skip_damaged: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Merged:
    """Write the runs of stores into a new one, in one shard: by benchmark, strategy and seed, seeds rising.

    A run that several hold must be the same in all. With `skip_damaged` runs and shards that cannot be read are left
    out and told of. Raises StoreError where there is something at `output`.
    """
    damaged: list[str] = []
    several = JoinedStores(paths, damaged if skip_damaged else None)
    with replacing(output, _nothing_there, "The store") as draft:
        runs = _write(several, draft, damaged if skip_damaged else None, progress)
    return Merged(Path(output), runs, tuple(damaged))


def _write(several: JoinedStores, place: Path, damaged: list[str] | None, progress: Callable[[int, int], None]) -> int:
    """Write the runs in the grid's order, in groups; what cannot be read is raised, or told in `damaged`."""
    header = several.header
    benchmarks, strategies = tuple(header.benchmarks.values()), tuple(header.strategies.values())
    store = Store.prepare(place, benchmarks, strategies, sorted(header.seeds), header.batch)
    recorded = set(several.keys())
    grid = [key for key in _grid(header) if key in recorded]
    runs = 0
    with store.writing():
        for start in range(0, len(grid), GROUP):
            rows = []
            for key in grid[start : start + GROUP]:
                try:
                    if damaged is not None:
                        several.read(*key)
                    rows.append(several.row(key))
                except CorruptData as error:
                    if damaged is None:
                        raise
                    damaged.append(str(error))
            store.append(rows)
            runs += len(rows)
            progress(min(start + GROUP, len(grid)), len(grid))
    return runs


def _nothing_there(place: Path) -> str | None:
    """Why a store must not be written at `place`: anything is there."""
    if place.is_dir() and not any(place.iterdir()):
        return None
    return "is there already; name a place where nothing is"


def _grid(header: Header) -> list[RunKey]:
    return [
        (benchmark, strategy, seed)
        for benchmark in header.benchmarks
        for strategy in header.strategies
        for seed in sorted(header.seeds)
    ]


def _header(store: Store) -> Header:
    return Header(
        store.batch,
        store.seeds,
        {summary.spec: summary for summary in store.benchmarks},
        {summary.spec: summary for summary in store.strategies},
    )
