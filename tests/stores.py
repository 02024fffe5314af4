"""Stores, strategies and benchmarks that the tests of stores are about."""

import contextlib
import resource
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np
from attrs import define

import nasapi
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.history import History
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.testing.toy import ToyObjective, toy_v1
from nasapi.trial import Result, Trial


@define(eq=False)
class Drawing(nasapi.Strategy):
    """Random search."""

    supports = frozenset({"constraints", "multi-objective"})

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        pass


@define(eq=False)
class Short(Drawing):
    """Stops after three trials, or before the first."""

    left: int = attrs.field(default=3, kw_only=True)

    def ask(self, n: int) -> list[Trial]:
        self.left -= 1
        return super().ask(n) if self.left >= 0 else []


class Failing(ToyObjective):
    """Fails for cells that begin with a convolution."""

    def evaluate(self, codes, fidelity=None, noise=None):  # type: ignore[no-untyped-def]
        if (codes[:, 0] == 2).any():
            raise RuntimeError("out of memory – " + "x" * 2000)
        return super().evaluate(codes, fidelity, noise)


def several_goals() -> nasapi.Benchmark:
    benchmark = toy_v1()
    params = benchmark.objective.metric("params")
    problem = attrs.evolve(
        benchmark.problem,
        goals=(*benchmark.problem.goals, params),
        constraints=(Constraint("params", upper=250.0),),
        budget=Budget(12),
    )
    return attrs.evolve(benchmark, id="toy/several-v1", spec="toy/several-v1", problem=problem)


def store_of(path: Path, benchmark: nasapi.Benchmark, seeds: Sequence[int] = range(3)) -> Store:
    return Store.prepare(path, [BenchmarkSummary.of(benchmark)], [StrategySummary("Drawing")], seeds)


def assert_same(one: History, other: History) -> None:
    for name in ("benchmark", "strategy", "seed", "batch", "goals", "constraints", "errors", "optima", "ended"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("values", "repeats", "report_metrics"):
        assert list(getattr(one, name)) == list(getattr(other, name)), name
        for key, column in getattr(one, name).items():
            np.testing.assert_array_equal(column, getattr(other, name)[key], strict=True)
    for name in ("codes", "fidelity", "cost", "seconds"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


def recorded(path: Path, *histories: History, benchmark: nasapi.Benchmark, seeds: Sequence[int] = range(3)) -> Store:
    store = store_of(path, benchmark, seeds)
    for history in histories:
        store.record(history)
    return store


def key(seed: int) -> tuple[str, str, int]:
    return "toy/formula-v1", "Drawing", seed


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything at or below a folder, to the byte and the nanosecond."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        info = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
        found[str(path)] = (info.st_ino, info.st_mode, info.st_mtime_ns, content)
    return found


def flip(path: Path, at: int, bit: int) -> None:
    original = path.read_bytes()
    path.write_bytes(original[:at] + bytes([original[at] ^ (1 << bit)]) + original[at + 1 :])


def shard(store: Path, number: int = 0) -> Path:
    return store / f"shard-{number:04}.sqlite"


def change(database: Path, statement: str, *values: object) -> None:
    """Do to a shard what its owner may do with any tool."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute(statement, values).rowcount != 0


def select(database: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query, values).fetchall()


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
