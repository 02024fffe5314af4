"""One strategy's runs on one benchmark, and what they amount to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.storage import BenchmarkSummary
from nasapi_report.measure import Measure, held_curve, places, run_curve
from nasapi_report.stats.intervals import (
    NOTHING,
    Estimate,
    Floats,
    interquartile_mean,
    mean_interval,
    proportion_interval,
    reach_of,
    reaches_further,
)


@frozen(eq=False)
class Runs:
    """One strategy's runs on one benchmark, by rising seed, and what they amount to."""

    strategy: str
    histories: tuple[History, ...]
    curves: tuple[Floats, ...]
    """The measure after each trial, one array (N,) a run; NaN before anything feasible was found."""
    final_values: Mapping[int, float]
    """The measure at the end by seed, for the runs that found anything."""
    possible_range: tuple[float, float] | None
    """The range in which a further run is taken to end; None where no run found anything."""
    mean: Estimate
    interquartile_mean: float
    sd: float
    """The standard deviation over runs."""
    best: float
    share_at_optimum: Estimate | None
    """The share of runs that reached the optimum, where it is known."""
    report_metrics: Mapping[str, Estimate]
    """Report metrics of the final incumbents that are feasible."""
    moved_out: frozenset[str]
    """The measure and report metrics whose interval is moved out by what runs that end alike may have missed."""
    repeats: Mapping[str, float]
    """The mean share of trials that repeat a "code" or a "network"."""
    failures: int
    feasible: Estimate | None
    """The mean share of a run's trials that keep the constraints, where there are some; failed trials keep none."""
    simulated: float
    """The mean simulated seconds of a run, until its last result; NaN where costs are not known."""
    wall: float
    """The mean wall seconds that the strategy itself took for a run."""

    @property
    def places(self) -> tuple[NDArray[Any], ...]:
        """(N,) a run: how many trials were charged after each value of its curve, in trials at the highest level."""
        return tuple(places(history, "trials") for history in self.histories)

    @property
    def evaluations(self) -> int:
        """How many evaluations all runs made, at whatever level."""
        return sum(len(history) for history in self.histories)


def summarise(
    name: str,
    histories: list[History],
    record: BenchmarkSummary,
    benchmark: Benchmark | None,
    measure: Measure,
    *,
    timed: bool,
) -> Runs:
    """The runs of the strategy `name`, and what they amount to by `measure`; there is at least one run.

    `timed` says whether the benchmark's evaluations have costs.
    """
    curves = tuple(run_curve(measure, benchmark, history) for history in histories)
    finals = {
        history.seed: float(curve[-1])
        for history, curve in zip(histories, curves, strict=True)
        if len(curve) and np.isfinite(curve[-1])
    }
    values = np.array(list(finals.values()))
    reach = measure.possible_range(curves)
    moved_out = {measure.name} if len(values) and reaches_further(values, reach) else set()
    reported, also_moved = _report_metrics(histories, record)
    optimal = None
    if measure.optimum is not None:
        optimal = proportion_interval(int((measure.gap(values) == 0).sum()), len(histories))
    return Runs(
        strategy=name,
        histories=tuple(histories),
        curves=curves,
        final_values=finals,
        possible_range=reach,
        mean=mean_interval(values, reach=reach, within=measure.limits) if len(values) else NOTHING,
        interquartile_mean=interquartile_mean(values) if len(values) else np.nan,
        sd=_deviation(values),
        best=float(measure.sign * (measure.sign * values).min()) if len(values) else np.nan,
        share_at_optimum=optimal,
        report_metrics=reported,
        moved_out=frozenset(moved_out | also_moved),
        repeats={
            kind: float(np.mean([history.repeats[kind].mean() if len(history) else 0.0 for history in histories]))
            for kind in ("code", "network")
        },
        failures=sum(len(history.errors) for history in histories),
        feasible=_feasible(histories),
        simulated=float(np.mean([simulated_seconds(history) for history in histories])) if timed else np.nan,
        wall=float(np.mean([history.seconds.sum() for history in histories])),
    )


def simulated_seconds(history: History) -> float:
    """The simulated seconds of a run until its last result."""
    return float(history.elapsed[-1]) if len(history) else 0.0


def _deviation(values: Floats) -> float:
    """The standard deviation of a sample, exactly 0 for equal values; NaN for fewer than two."""
    if len(values) < 2:
        return np.nan
    return float(values.std(ddof=1)) if np.ptp(values) else 0.0


def _feasible(histories: Sequence[History]) -> Estimate | None:
    """The mean over runs, whose trials depend on one another, of the share of feasible trials; None for no trials."""
    made = [history for history in histories if len(history)]
    if not made or not made[0].constraints:
        return None
    return mean_interval(np.array([float(history.feasible_share()[-1]) for history in made]), within=(0.0, 1.0))


def _report_metrics(
    histories: Sequence[History], record: BenchmarkSummary
) -> tuple[dict[str, Estimate], frozenset[str]]:
    """Report metrics of each run's final incumbent that is feasible, and those whose interval is moved out.

    For several goals there is no one incumbent.
    """
    found: dict[str, Estimate] = {}
    moved_out = set()
    if len(record.goals) > 1:
        return found, frozenset()
    for name in record.report_metrics:
        columns = [(history, history.report_metrics[name]) for history in histories if name in history.report_metrics]
        curves = [held_curve(history, column) for history, column in columns]
        values = np.array([curve[-1] for curve in curves if len(curve) and np.isfinite(curve[-1])])
        if len(values):
            known = record.metrics.get(name)
            bounds = (known and known.bounds) or (-np.inf, np.inf)
            reach = reach_of(curves)
            found[name] = mean_interval(values, reach=reach, within=bounds)
            if reaches_further(values, reach):
                moved_out.add(name)
    return found, frozenset(moved_out)
