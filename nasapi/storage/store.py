"""The store: the runs of a study on disk as checked zarr columns, each run recorded whole or not at all."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError, UnknownId, near
from nasapi.files.lock import locked
from nasapi.files.places import require_ours, resolve
from nasapi.history import History
from nasapi.storage.arrays import ERROR_CHUNK, ERRORS, LEDGER, build
from nasapi.storage.header import TIMINGS, Header
from nasapi.storage.schema import (
    ENDINGS,
    Column,
    checksum,
    columns_of,
    error_bytes,
    error_texts,
    from_columns,
    to_columns,
)
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.tables.layout import chunk_file, create_array, foreign_store, open_array, sweep

_MOST_BYTES = 1 << 33  # of one chunk: ten million trials of a hundred genes


class Store:
    """The recorded runs of a grid of benchmarks, strategies and seeds.

    A run is done once its row of the ledger is written, which happens last. Reading checks every byte: a flipped bit,
    a missing file or a wrong count raises CorruptData that names store, run and column.
    """

    def __init__(self, path: str | os.PathLike[str]):
        """Open the store at `path`; raises NotAvailable where there is none, CorruptData where it is damaged."""
        self.path = Path(path)
        self._header = Header.read(self.path)
        self._benchmarks = {summary.spec: (folder, summary) for folder, summary in self._header.benchmarks.items()}
        self._strategies = {summary.spec: folder for folder, summary in self._header.strategies.items()}
        self._rows = {seed: row for row, seed in enumerate(self._header.seeds)}
        self._arrays: dict[tuple[Path, bool], Any] = {}
        self._held = False

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
        folder = Path(path)
        resolve(folder)
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        _require_own(folder)  # before anything in it is touched
        with locked(folder), _writing(folder):
            _require_own(folder)
            sweep(folder)
            if not (folder / "zarr.json").exists():
                Header(batch).write(folder)
            old = Header.read(folder)
            new = old.grown(folder, benchmarks, strategies, seeds, batch)
            if new != old:
                build(folder, old, new)
                new.write(folder)
        return cls(folder)

    @property
    def benchmarks(self) -> tuple[BenchmarkSummary, ...]:
        """What the store holds runs on, in the order they were added."""
        return tuple(self._header.benchmarks.values())

    @property
    def strategies(self) -> tuple[StrategySummary, ...]:
        """What the store holds runs of, in the order they were added."""
        return tuple(self._header.strategies.values())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that the store has room for, a row each."""
        return self._header.seeds

    @property
    def batch(self) -> int:
        """The batch of every run."""
        return self._header.batch

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other processes from writing for a while; `record` does so by itself, for one run."""
        if self._held:
            yield
            return
        with locked(self.path):
            self._held = True
            try:
                yield
            finally:
                self._held = False

    def record(self, history: History) -> None:
        """Write a run; it counts as done once all of it is there.

        Raises StoreError where the disk refuses it, leaving earlier runs as they were, and InvalidOption for a run
        that does not belong into this store.
        """
        benchmark = self._summary(history.benchmark)
        columns, errors = to_columns(history), error_bytes(history.errors)
        wanted = columns_of(benchmark)
        _check(history, benchmark, self.batch, columns, wanted)
        row = self._row(history.seed)
        ledger = [len(history), ENDINGS.index(history.ended), len(errors)]
        ledger.append(checksum({column.name: columns[column.name] for column in wanted}, errors))
        if not self.path.is_dir():
            raise StoreError(
                f"The store {str(self.path)!r} is gone: it was moved or deleted while runs were being recorded. "
                "What was recorded is where it was moved to; go on there with the same study."
            )
        with self.writing(), _writing(self.path, self._label(history.benchmark, history.strategy, history.seed)):
            for column in wanted:
                place = self._folder(history.benchmark, history.strategy, column.repeatable) / column.name
                self._write(place, row, columns[column.name])
            folder = self._folder(history.benchmark, history.strategy)
            if errors:
                self._write_errors(folder / ERRORS, row, errors)
            self._array(folder / LEDGER, writable=True)[row] = np.array(ledger, np.int64)

    def holds(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether the store has room for that run."""
        return benchmark in self._benchmarks and strategy in self._strategies and seed in self._rows

    def done(self, benchmark: str, strategy: str, seed: int) -> bool:
        """Whether that run is recorded."""
        return chunk_file(self._folder(benchmark, strategy) / LEDGER, self._row(seed), 0).exists()

    def read(self, benchmark: str, strategy: str, seed: int) -> History:
        """The recorded run; raises NotAvailable where it is not done, CorruptData where it is damaged.

        The message says what to delete to have a damaged run done again.
        """
        try:
            return self._read(benchmark, strategy, seed)
        except _DamagedRun as error:
            done = chunk_file(self._folder(benchmark, strategy) / LEDGER, self._row(seed))
            raise CorruptData(
                f"{error} Delete the folder {str(done)!r} and run the same study again: that run is done again, "
                "the others stay."
            ) from error

    def _read(self, benchmark: str, strategy: str, seed: int) -> History:
        label = self._label(benchmark, strategy, seed)
        if not self.done(benchmark, strategy, seed):
            raise NotAvailable(f"{label} is not recorded yet; run the study to its end.")
        summary, row, folder = self._summary(benchmark), self._row(seed), self._folder(benchmark, strategy)
        ledger = self._values(folder / LEDGER, row, 1, f"The ledger of {label}").reshape(-1).tolist()
        trials, ended, size, crc = ledger
        if trials < 0 or size < 0 or not 0 <= ended < len(ENDINGS):
            raise _DamagedRun(f"The ledger of {label} cannot be what was written: {ledger}.")
        columns = {}
        for column in columns_of(summary):
            if column.repeatable or (self.path / TIMINGS).exists():
                place = self._folder(benchmark, strategy, column.repeatable) / column.name
                columns[column.name] = self._values(place, row, trials, f"Column {column.name!r} of {label}")
        errors = b""
        if size:
            errors = self._values(folder / ERRORS, row, size, f"The errors of {label}").tobytes()
        if checksum(columns, errors) != crc:
            raise _DamagedRun(f"{label} is not what was written: its CRC-32 differs.")
        return from_columns(summary, strategy, seed, self.batch, columns, ENDINGS[ended], error_texts(errors))

    def verify(self) -> int:
        """How many runs are recorded, each of them read; raises CorruptData at the first that is damaged."""
        count = 0
        for benchmark in self._benchmarks:
            for strategy in self._strategies:
                for seed in self.seeds:
                    if self.done(benchmark, strategy, seed):
                        self.read(benchmark, strategy, seed)
                        count += 1
        return count

    def _write(self, place: Path, row: int, values: NDArray[Any]) -> None:
        """Write one run's column, whole chunks of it, with room made at the end where it is longer than any before."""
        array = self._array(place, writable=True)
        width = array.chunks[1]
        room = -(-len(values) // width) * width
        if array.shape[1] < room:
            array.resize((array.shape[0], room, *array.shape[2:]))
        if room:
            padded = np.full((room, *values.shape[1:]), array.fill_value, array.dtype)
            padded[: len(values)] = values
            array[row, :room] = padded

    def _write_errors(self, place: Path, row: int, errors: bytes) -> None:
        if not place.exists():
            attributes = {"description": "what went wrong, by trial: JSON, padded with zeros"}
            shape = (len(self.seeds), ERROR_CHUNK)
            create_array(place, shape, "|u1", (1, ERROR_CHUNK), fill_value=0, attributes=attributes)
        self._write(place, row, np.frombuffer(errors, np.uint8))

    def _values(self, place: Path, row: int, count: int, what: str) -> NDArray[Any]:
        """The first `count` entries of a run's column, if every chunk of them is there."""
        array = self._array(place)
        wanted = f"{what} has shape {array.shape}; wanted {len(self.seeds)} runs of {count} trials."
        if array.shape[0] < len(self.seeds):
            raise CorruptData(f"{wanted} Delete the store and run the study again.")
        if array.ndim > 1 and array.shape[1] < count:
            raise _DamagedRun(wanted)
        _require_bounded(array, what)
        tail = (0,) * (array.ndim - 2)
        for chunk in range(-(-count // array.chunks[1])):
            if not chunk_file(place, row, chunk, *tail).exists():
                raise _DamagedRun(f"{what} has lost its file {str(chunk_file(place, row, chunk, *tail))!r}.")
        try:
            return np.ascontiguousarray(array[row, : max(count, 0)] if place.name != LEDGER else array[row])
        except Exception as error:
            raise _DamagedRun(f"{what} cannot be read: {type(error).__name__}: {error}.") from error

    def _array(self, place: Path, *, writable: bool = False) -> Any:
        if (place, writable) not in self._arrays:
            self._arrays[place, writable] = open_array(place, writable=writable)
        return self._arrays[place, writable]

    def _summary(self, benchmark: str) -> BenchmarkSummary:
        return self._found(benchmark)[1]

    def _found(self, benchmark: str) -> tuple[str, BenchmarkSummary]:
        if benchmark not in self._benchmarks:
            raise UnknownId(f"{str(self.path)!r} has no benchmark {benchmark!r}. {near(benchmark, self._benchmarks)}")
        return self._benchmarks[benchmark]

    def _folder(self, benchmark: str, strategy: str, repeatable: bool = True) -> Path:
        if strategy not in self._strategies:
            raise UnknownId(f"{str(self.path)!r} has no strategy {strategy!r}. {near(strategy, self._strategies)}")
        root = self.path if repeatable else self.path / TIMINGS
        return root / self._found(benchmark)[0] / self._strategies[strategy]

    def _row(self, seed: int) -> int:
        if seed not in self._rows:
            raise UnknownId(f"{str(self.path)!r} has no room for seed {seed!r}; its study was made without it.")
        return self._rows[seed]

    def _label(self, benchmark: str, strategy: str, seed: int) -> str:
        return f"Run {seed} of {strategy!r} on {benchmark!r} in {str(self.path)!r}"


def _require_own(folder: Path) -> None:
    """Raise StoreError or CorruptData where a folder holds anything but a store that can be read."""
    require_ours(folder, foreign_store, folder)
    if (folder / "zarr.json").exists():
        Header.read(folder)


class _DamagedRun(CorruptData):
    """A run that is not what was written, in a store of which the rest can be read."""


def _check(
    history: History, benchmark: BenchmarkSummary, batch: int, columns: dict[str, Any], wanted: Sequence[Column]
) -> None:
    """Refuse a history that is not of this benchmark as it was summarised."""
    names = [column.name for column in wanted]
    same = (history.goals, history.constraints, dict(history.optima)) == (
        benchmark.goals,
        benchmark.constraints,
        dict(benchmark.optima),
    )
    if not same or history.batch != batch or sorted(columns) != sorted(names) or history.ended not in ENDINGS:
        raise InvalidOption(
            f"The run of {history.strategy!r} with seed {history.seed} does not go with this store's "
            f"{benchmark.spec!r}: its goals, columns or batch ({history.batch}; the store's is {batch}) differ."
        )


def _require_bounded(array: Any, what: str) -> None:
    """Refuse chunks larger than any run's, which would be memory that no file fills, and types that no column has."""
    if array.dtype.kind not in "biuf" or array.ndim < 2 or array.chunks[0] != 1:
        raise _DamagedRun(f"{what} holds {array.dtype} in chunks of {array.chunks}; wanted numbers, a run a chunk.")
    if math.prod(array.chunks) * array.dtype.itemsize > _MOST_BYTES:
        raise _DamagedRun(f"{what} has chunks of {array.chunks}; wanted at most {_MOST_BYTES:,} bytes in one.")


@contextmanager
def _writing(folder: Path, what: str = "") -> Iterator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        subject = f"{what} cannot be recorded" if what else f"{str(folder)!r} cannot be written"
        raise StoreError(f"{subject}: {reason}. What was recorded before is as it was.") from error
