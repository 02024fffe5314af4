"""The runs of several stores by benchmark, strategy and setting; those that do not go together are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import field, frozen

from nasapi.budget import Budget
from nasapi.errors import InvalidOption, NotAvailable, StoreError
from nasapi.history import History
from nasapi.storage import BenchmarkSummary, Store, StrategySummary
from nasapi_report.measure import benchmark_of

_COMPARABLE = ("space", "genes", "goals", "constraints", "fidelity", "noise", "optima", "point")
"""What runs on one benchmark must agree in; what else is known of it may differ."""


@frozen
class Setting:
    """What a row's runs have in common beside their strategy."""

    budget: Budget
    batch: int
    workers: int = 1

    def __str__(self) -> str:
        batch = f", batch {self.batch}" if self.batch > 1 else ""
        return f"{self.budget}{batch}" + (f", {self.workers:,} workers" if self.workers > 1 else "")


@frozen(eq=False)
class StoredRun:
    """A recorded run and where it is: its trials are read when they are needed, for there may be very many runs."""

    store: Store
    record: BenchmarkSummary
    strategy: StrategySummary
    seed: int

    @property
    def history(self) -> History:
        """Its trials, read and checked."""
        return self.store.read(self.record.spec, self.strategy.spec, self.seed)

    @property
    def content(self) -> bytes:
        """SHA-256 of what it is, read and checked."""
        return self.store.content(self.record.spec, self.strategy.spec, self.seed)


@frozen(eq=False)
class RunsOnBenchmark:
    """The runs on one benchmark, whatever their budgets, by row and seed."""

    benchmark: str
    record: BenchmarkSummary
    rows: dict[tuple[str, Setting], dict[int, StoredRun]] = field(factory=dict)

    @property
    def histories(self) -> Iterator[History]:
        """All of them, one after the other."""
        return (run.history for runs in self.rows.values() for run in runs.values())


def runs_by_benchmark(stores: Sequence[Store]) -> list[RunsOnBenchmark]:
    """Every recorded run by benchmark; raises StoreError for runs that do not go together."""
    groups: dict[str, RunsOnBenchmark] = {}
    for store in stores:
        if not isinstance(store, Store):
            raise InvalidOption(f"Standings are of stores, such as nasapi.Store('runs/first'), not of {store!r:.80}.")
        strategies = {strategy.spec: strategy for strategy in store.strategies}
        done: dict[str, list[tuple[str, int]]] = {}
        for benchmark, strategy, seed in store.keys():
            done.setdefault(benchmark, []).append((strategy, seed))
        for record in store.benchmarks:
            if record.spec in done:
                group = _group_of(record, store, groups)
                setting = Setting(record.budget, store.batch, record.workers)
                for strategy, seed in done[record.spec]:
                    _add(
                        StoredRun(store, record, strategies[strategy], seed),
                        group.rows.setdefault((strategy, setting), {}),
                    )
    if not groups:
        raise NotAvailable(f"There are no runs yet in {' or '.join(repr(str(store.path)) for store in stores)}.")
    return list(groups.values())


def _group_of(record: BenchmarkSummary, store: Store, groups: dict[str, RunsOnBenchmark]) -> RunsOnBenchmark:
    """The group that runs on a benchmark belong to, made where there is none."""
    name = benchmark_of(record.spec)
    group = groups.setdefault(name, RunsOnBenchmark(name, record))
    if different := [key for key in group.record.differs(record) if key in _COMPARABLE]:
        raise StoreError(
            f"{str(store.path)!r} holds runs on a {name!r} with other {', '.join(different)} than the stores before "
            "it; their standings cannot be compared."
        )
    return group


def _add(run: StoredRun, runs: dict[int, StoredRun]) -> None:
    """Put a run into its row, once if it is the same in several stores; raises StoreError for what does not belong."""
    strategy, seed = run.strategy.spec, run.seed
    if twin := runs.get(seed):
        if twin.content == run.content:
            return
        raise StoreError(
            f"Seed {seed} of {strategy!r} on {run.record.spec!r} is in {str(twin.store.path)!r} and differs in "
            f"{str(run.store.path)!r}; leave out the store that you trust less."
        )
    other = next(iter(runs.values()), run)
    if not other.strategy.same_code(run.strategy):
        here, there = (one.strategy.offered_by or "not recorded" for one in (run, other))
        raise StoreError(
            f"The runs of {strategy!r} in {str(run.store.path)!r} are of other code ({here:.80}) than those in "
            f"{str(other.store.path)!r} ({there:.80}); they have no common mean."
        )
    runs[seed] = run
