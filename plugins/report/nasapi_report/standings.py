"""How strategies stand after so many trials or seconds, from the runs of one or several stores and no plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, NotAvailable, UnknownId, near
from nasapi.frames import Framed, html_of
from nasapi.storage import Store
from nasapi_report.held_values import By, held_values, known_for
from nasapi_report.measure import Measure, measure_of, title
from nasapi_report.stats.intervals import NOTHING, Estimate, mean_interval, proportion_interval
from nasapi_report.stats.paired import holm
from nasapi_report.stats.signs import mean_test
from nasapi_report.stored_runs import RunsOnBenchmark, Setting, StoredRun, runs_by_benchmark


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
    share_at_optimum: Estimate | None
    """The share of runs at the optimum at the last number; None where it, or what a run held there, is not known."""
    seconds: float
    """The strategy's own wall seconds a trial, as mean over runs; NaN where they were not kept."""
    given: float | None
    """How many trials or seconds each of its runs was given; None where no budget ended one."""
    longest: float
    """The trials or seconds of its longest run."""
    endless: bool
    """Whether one of its runs ended for a reason that is not its budget."""
    final_values: Mapping[int, float]
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

        `low` and `high` are the mean's interval, `at_optimum` the share of runs at the optimum, NaN where it is not
        known.
        """
        shares = [
            (np.nan,) * (len(self.at) - 1) + (row.share_at_optimum.value if row.share_at_optimum else np.nan,)
            for row in self.rows
        ]
        rows = [
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
                "at_optimum": share,
                "strategy_seconds": row.seconds,
            }
            for row, of_row in zip(self.rows, shares, strict=True)
            for number, mean, count, share in zip(self.at, row.means, row.counts, of_row, strict=True)
        ]
        return {name: [line[name] for line in rows] for name in rows[0]} if rows else {}

    def _repr_html_(self) -> str:
        after = f"{'simulated seconds' if self.by == 'seconds' else 'trials'}, none for the end of each run"
        return html_of(f"{self.benchmark}: {self.measure.title} after so many {after}", self.to_dict())


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
    groups = runs_by_benchmark(stores)
    numbers: tuple[float | None, ...] = tuple(sorted(set(at))) or (None,)
    tables = [_standings(group, numbers, metric, by) for group in groups]
    rows = [row for table in tables for row in table.rows]
    longest = max(row.longest for row in rows)
    if numbers[-1] is not None and numbers[-1] > longest and not any(row.endless for row in rows):
        raise InvalidOption(f"No run goes on for {numbers[-1]:,.15g} {by}; the longest has {longest:,.15g}.")
    return _against_best(tables)


def _standings(group: RunsOnBenchmark, at: tuple[float | None, ...], metric: str | None, by: By) -> Standings:
    measure = _measure(group, metric)
    rows = [_standing(key, runs, measure, at, by) for key, runs in group.rows.items()]

    def place(row: Standing) -> list[tuple[bool, float, int]]:
        """From the last number back: rows with a mean before rows without, by their means."""
        return [
            (bool(np.isnan(mean.value)), measure.sign * np.nan_to_num(mean.value), -count)
            for mean, count in zip(row.means[::-1], row.counts[::-1], strict=True)
        ]

    return Standings(group.benchmark, measure, at, tuple(sorted(rows, key=place)), by)


def _measure(group: RunsOnBenchmark, metric: str | None) -> Measure:
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
    recorded = [*record.metrics, *record.report_metrics]
    if metric not in recorded:
        raise UnknownId(f"The runs on {record.spec} recorded no {metric!r}. {near(metric, set(recorded))}")
    if metric in record.missing:
        raise NotAvailable(f"{metric!r} was not here when {record.spec} was run: {record.missing[metric]}")
    known = record.metrics[metric]
    return Measure(metric, title(metric), known.shown_unit, known.sign, None, bounds=known.bounds)


def _standing(
    key: tuple[str, Setting], runs: dict[int, StoredRun], measure: Measure, at: tuple[float | None, ...], by: By
) -> Standing:
    read = (runs[seed] for seed in sorted(runs))
    found = [held_values(run.history, measure, at, by, known_for(run.record, by)) for run in read]
    held = np.array([run.held for run in found])
    known: NDArray[np.bool_] = np.isfinite(held)
    optimal = None
    if measure.optimum is not None and all(run.reaches[-1] for run in found):
        optimal = proportion_interval(int((measure.gap(held[known[:, -1], -1]) == 0).sum()), len(found))
    return Standing(
        *key,
        seeds=tuple(sorted(runs)),
        means=tuple(
            mean_interval(
                held[:, place], reach=measure.possible_range([run.ends[place] for run in found]), within=measure.limits
            )
            if full
            else NOTHING
            for place, full in enumerate(np.logical_and.reduce(known))
        ),
        counts=tuple(known.sum(axis=0).tolist()),
        share_at_optimum=optimal,
        seconds=float(np.mean([run.seconds for run in found])),
        given=min((run.given for run in found if run.cut), default=None),
        longest=max(run.given for run in found),
        endless=not all(run.cut for run in found),
        final_values={
            seed: value for seed, value in zip(sorted(runs), held[:, -1].tolist(), strict=True) if np.isfinite(value)
        },
    )


def _against_best(tables: Sequence[Standings]) -> list[Standings]:
    """The standings with each row's p-value against the best of its table, corrected over all of them."""
    raw: dict[tuple[int, int], float] = {}
    for place, table in enumerate(tables):
        best = table.rows[0]
        for row, other in enumerate(table.rows[1:], 1):
            seeds = sorted(best.final_values.keys() & other.final_values.keys())
            if seeds and np.isfinite([best.means[-1].value, other.means[-1].value]).all():
                raw[place, row] = mean_test(
                    np.array([best.final_values[seed] - other.final_values[seed] for seed in seeds])
                )
    adjusted = dict(zip(raw, holm(list(raw.values())).tolist(), strict=True))
    return [
        evolve(
            table,
            rows=tuple(evolve(row, against_best=adjusted.get((place, at))) for at, row in enumerate(table.rows)),
        )
        for place, table in enumerate(tables)
    ]
