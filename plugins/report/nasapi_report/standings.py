"""How strategies stand after so many trials or seconds, from the runs of one or several stores and no plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, NotAvailable, StoreError, UnknownId, near
from nasapi.frames import Framed
from nasapi.history import History
from nasapi.plugins import Spec
from nasapi.problem import Budget
from nasapi.storage import BenchmarkSummary, Store, StrategySummary
from nasapi_report.measure import Measure, measure_of, places, run_curve, title
from nasapi_report.stats.intervals import NOTHING, Estimate, Floats, mean_interval, proportion_interval, reach_of
from nasapi_report.stats.paired import holm
from nasapi_report.stats.signs import mean_test

By = Literal["trials", "seconds"]
"""What standings are told after: trials, or simulated seconds."""

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
class Standing:
    """One strategy with one setting on one benchmark."""

    strategy: str
    setting: Setting
    seeds: tuple[int, ...]
    means: tuple[Estimate, ...]
    """The mean over all runs after each number; NaN unless every run has a value there."""
    counts: tuple[int, ...]
    """How many of the runs have a value there."""
    optimal: Estimate | None
    """The share of runs at the optimum at the last number; None where it, or what a run held there, is not known."""
    seconds: float
    """The strategy's own wall seconds a trial, as mean over runs; NaN where they were not kept."""
    given: float | None
    """How many trials or seconds each of its runs was given; None where no budget ended one."""
    longest: float
    """The trials or seconds of its longest run."""
    endless: bool
    """Whether one of its runs ended for a reason that is not its budget."""
    finals: Mapping[int, float]
    """What each run held at the last number of trials, by seed, for those that held anything."""
    against_best: float | None = None
    """The p-value that the mean at the last number is that of the first row, corrected over all tables."""


@frozen(eq=False)
class Standings(Framed):
    """The strategies on one benchmark, best first by the mean after the last number of trials or seconds."""

    benchmark: str
    """The spec without its budget, which the rows have."""
    measure: Measure
    at: tuple[float | None, ...]
    """The numbers of trials or seconds, rising; None for the end of each run."""
    rows: tuple[Standing, ...]
    by: By = "trials"

    @property
    def comparable(self) -> float | None:
        """After how many trials or seconds, at most, rows can be compared; None where all can at the last number."""
        last = self.at[-1]
        given = [row.given for row in self.rows if row.given is not None]
        several = len({row.setting.budget for row in self.rows}) > 1
        if not given or (last is None and not several) or (last is not None and min(given) >= last):
            return None
        return min(given)

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name, a row a strategy and number; `trials`, or `seconds`, is None for the end of each run.

        `low` and `high` are the mean's interval, `optimal` the share of runs at the optimum, NaN where it is not known.
        """
        shares = [(np.nan,) * (len(self.at) - 1) + (row.optimal.value if row.optimal else np.nan,) for row in self.rows]
        told = [
            {
                "benchmark": self.benchmark,
                "strategy": row.strategy,
                "budget": row.setting.budget.limit,
                "unit": row.setting.budget.unit,
                "batch": row.setting.batch,
                "workers": row.setting.workers,
                "metric": self.measure.name,
                self.by: number,
                "mean": mean.value,
                "low": mean.low,
                "high": mean.high,
                "runs": count,
                "optimal": share,
                "strategy_seconds": row.seconds,
            }
            for row, of_row in zip(self.rows, shares, strict=True)
            for number, mean, count, share in zip(self.at, row.means, row.counts, of_row, strict=True)
        ]
        return {name: [line[name] for line in told] for name in told[0]} if told else {}


@frozen(eq=False)
class _Run:
    """A recorded run and where it is: its trials are read when they are needed, for there may be very many runs."""

    store: Store
    record: BenchmarkSummary
    strategy: StrategySummary
    seed: int

    @property
    def history(self) -> History:
        """Its trials, read and checked."""
        return self.store.read(self.record.spec, self.strategy.spec, self.seed)


@frozen(eq=False)
class _Group:
    """The runs on one benchmark, whatever their budgets, by row and seed."""

    benchmark: str
    record: BenchmarkSummary
    rows: dict[tuple[str, Setting], dict[int, _Run]] = field(factory=dict)

    @property
    def histories(self) -> Iterator[History]:
        """All of them, one after the other."""
        return (run.history for runs in self.rows.values() for run in runs.values())


def standings(
    stores: Sequence[Store], at: Iterable[float] = (), metric: str | None = None, *, by: By = "trials"
) -> list[Standings]:
    """The standings on each benchmark that the stores hold runs on, after each number in `at`.

    Numbers are of trials, or `by` simulated seconds: a run then has what it had been told by that time. Without
    numbers, at the end of each run. `metric` is a goal, constrained or report metric of the incumbent, in place
    of what the benchmark is judged by. A strategy's runs with several budgets or batches are rows of their own. A run
    has a value after t trials if it had found something feasible by then and made so many trials, or ended early for a
    reason that is not its budget: it then keeps what it had. Each row is tested against the best of its table by the
    signs of paired differences at the last number, corrected by Holm over all tables. Raises StoreError for runs that
    do not go together.
    """
    groups = _groups(stores)
    numbers: tuple[float | None, ...] = tuple(sorted(set(at))) or (None,)
    tables = [_standings(group, numbers, metric, by) for group in groups]
    rows = [row for table in tables for row in table.rows]
    longest = max(row.longest for row in rows)
    if numbers[-1] is not None and numbers[-1] > longest and not any(row.endless for row in rows):
        raise InvalidOption(f"No run goes on for {numbers[-1]:,.15g} {by}; the longest has {longest:,.15g}.")
    return _against_best(tables)


def _standings(group: _Group, at: tuple[float | None, ...], metric: str | None, by: By) -> Standings:
    measure = _measure(group, metric)
    rows = [_standing(key, runs, measure, at, by) for key, runs in group.rows.items()]

    def place(row: Standing) -> list[tuple[bool, float, int]]:
        """From the last number back: rows with a mean before rows without, by their means."""
        return [
            (bool(np.isnan(mean.value)), measure.sign * np.nan_to_num(mean.value), -count)
            for mean, count in zip(row.means[::-1], row.counts[::-1], strict=True)
        ]

    return Standings(group.benchmark, measure, at, tuple(sorted(rows, key=place)), by)


def _groups(stores: Sequence[Store]) -> list[_Group]:
    """Every recorded run by benchmark; raises StoreError for runs that do not go together."""
    groups: dict[str, _Group] = {}
    for store in stores:
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
                        _Run(store, record, strategies[strategy], seed), group.rows.setdefault((strategy, setting), {})
                    )
    if not groups:
        raise NotAvailable(f"There are no runs yet in {' or '.join(repr(str(store.path)) for store in stores)}.")
    return list(groups.values())


def _group_of(record: BenchmarkSummary, store: Store, groups: dict[str, _Group]) -> _Group:
    """The group that runs on a benchmark belong to, made where there is none."""
    name = _without_budget(record.spec)
    group = groups.setdefault(name, _Group(name, record))
    if different := [key for key in group.record.differs(record) if key in _COMPARABLE]:
        raise StoreError(
            f"{str(store.path)!r} holds runs on a {name!r} with other {', '.join(different)} than the stores before "
            "it; their standings cannot be compared."
        )
    return group


def _without_budget(spec: str) -> str:
    read = Spec.parse(spec)
    set_apart = ("budget", "unit", "workers")
    return str(Spec(read.id, {key: value for key, value in read.options.items() if key not in set_apart}))


def _add(run: _Run, runs: dict[int, _Run]) -> None:
    """Put a run into its row, unless the row has its seed or is of other code."""
    strategy, seed = run.strategy.spec, run.seed
    if twin := runs.get(seed):
        raise StoreError(
            f"Seed {seed} of {strategy!r} on {run.record.spec!r} is in {str(twin.store.path)!r} and again in "
            f"{str(run.store.path)!r}; give one of them."
        )
    other = next(iter(runs.values()), run)
    if not other.strategy.same_code(run.strategy):
        here, there = (one.strategy.offered_by or "not recorded" for one in (run, other))
        raise StoreError(
            f"The runs of {strategy!r} in {str(run.store.path)!r} are of other code ({here:.80}) than those in "
            f"{str(other.store.path)!r} ({there:.80}); they have no common mean."
        )
    runs[seed] = run


def _measure(group: _Group, metric: str | None) -> Measure:
    """What runs are judged by: the benchmark's own measure, or a metric of the incumbent."""
    record = group.record
    if metric is None or (len(record.goals) == 1 and metric == record.goals[0].name):
        measure = measure_of(record, None, group.histories)
        noisy = "Runs saw noisy values, which are shown: a lucky draw counts. `nasapi report` looks expected ones up."
        return evolve(measure, note=noisy) if record.noise and len(record.goals) == 1 else measure
    if len(record.goals) > 1:
        raise InvalidOption(
            f"{record.spec} has several goals, so that a run ends with a front and no one incumbent; "
            "leave the metric out to see hypervolumes."
        )
    told = [*record.metrics, *record.report_metrics]
    if metric not in told:
        raise UnknownId(f"The runs on {record.spec} recorded no {metric!r}. {near(metric, set(told))}")
    if metric in record.missing:
        raise NotAvailable(f"{metric!r} was not here when {record.spec} was run: {record.missing[metric]}")
    known = record.metrics[metric]
    return Measure(metric, title(metric), known.shown_unit, known.sign, None)


def _standing(
    key: tuple[str, Setting], runs: dict[int, _Run], measure: Measure, at: tuple[float | None, ...], by: By
) -> Standing:
    read = (runs[seed] for seed in sorted(runs))
    found = [_held(run.history, measure, at, by, _limit(run.record, by)) for run in read]
    held = np.array([run.held for run in found])
    known: NDArray[np.bool_] = np.isfinite(held)
    optimal = None
    if measure.optimum is not None and all(run.reaches[-1] for run in found):
        optimal = proportion_interval(int((measure.gap(held[known[:, -1], -1]) == 0).sum()), len(found))
    return Standing(
        *key,
        seeds=tuple(sorted(runs)),
        means=tuple(
            mean_interval(held[:, place], reach=_reach([run.ends[place] for run in found], measure))
            if full
            else NOTHING
            for place, full in enumerate(np.logical_and.reduce(known))
        ),
        counts=tuple(known.sum(axis=0).tolist()),
        optimal=optimal,
        seconds=float(np.mean([run.seconds for run in found])),
        given=min((run.given for run in found if run.cut), default=None),
        longest=max(run.given for run in found),
        endless=not all(run.cut for run in found),
        finals={
            seed: value for seed, value in zip(sorted(runs), held[:, -1].tolist(), strict=True) if np.isfinite(value)
        },
    )


def _reach(ends: Sequence[Floats], measure: Measure) -> tuple[float, float] | None:
    """The range in which a further run is taken to stand, from what runs held at the end and before."""
    reach = reach_of(ends)
    if reach is None or measure.optimum is None:
        return reach
    return min(reach[0], measure.optimum), max(reach[1], measure.optimum)


def _against_best(tables: Sequence[Standings]) -> list[Standings]:
    """The standings with each row's p-value against the best of its table, corrected over all of them."""
    raw: dict[tuple[int, int], float] = {}
    for place, table in enumerate(tables):
        best = table.rows[0]
        for row, other in enumerate(table.rows[1:], 1):
            seeds = sorted(best.finals.keys() & other.finals.keys())
            if seeds and np.isfinite([best.means[-1].value, other.means[-1].value]).all():
                raw[place, row] = mean_test(np.array([best.finals[seed] - other.finals[seed] for seed in seeds]))
    adjusted = dict(zip(raw, holm(list(raw.values())).tolist(), strict=True))
    return [
        evolve(
            table,
            rows=tuple(evolve(row, against_best=adjusted.get((place, at))) for at, row in enumerate(table.rows)),
        )
        for place, table in enumerate(tables)
    ]


@frozen(eq=False)
class _Held:
    """What is kept of a run."""

    held: Floats
    """(len(at),): what it held after each number of trials; NaN where it had nothing or was not given so many."""
    ends: tuple[Floats, ...]
    """For each number the last two different values of its curve until then."""
    reaches: tuple[bool, ...]
    """Whether it can tell what it held after each number: it made so many, or would have gone no further."""
    given: float
    """How many trials it made, or for how many simulated seconds it is known what it held."""
    cut: bool
    """Whether it was its budget that ended it."""
    seconds: float


def _limit(record: BenchmarkSummary, by: By) -> float:
    """How many trials, or seconds of one worker, a budget lasts for: the trial that would exceed it was dropped."""
    return record.budget.limit if record.budget.unit == by and (by == "trials" or record.workers == 1) else 0.0


def _held(history: History, measure: Measure, at: tuple[float | None, ...], by: By, limit: float) -> _Held:
    """What a run held after each number of trials, or of seconds where its budget is known to last for `limit`."""
    curve = run_curve(measure, None, history)
    cut = history.ended == "budget"
    times = places(history, by)
    given = float(max(times[-1], limit)) if len(history) else limit
    reaches = tuple(number is None or given >= number or not cut for number in at)
    parts = [curve if number is None else curve[: np.searchsorted(times, number, "right")] for number in at]
    return _Held(
        np.array([part[-1] if len(part) and known else np.nan for part, known in zip(parts, reaches, strict=True)]),
        tuple(_last_two(part) for part in parts),
        reaches,
        given,
        cut,
        float(history.seconds.mean()) if len(history.seconds) else np.nan,
    )


def _last_two(curve: Floats) -> Floats:
    """The last value and the last that differs from it, in their order; fewer where there are not so many."""
    known = curve[np.isfinite(curve)]
    return np.append(known[known != known[-1]][-1:], known[-1]) if len(known) else known
