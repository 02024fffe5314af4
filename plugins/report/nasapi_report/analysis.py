"""The numbers of a report: every strategy's runs on one benchmark, summarised and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from attrs import frozen

from nasapi.benchmark import Benchmark
from nasapi.errors import NasapiError, UntrustedId
from nasapi.history import History
from nasapi.plugins import load_benchmark, require_registered
from nasapi.storage import BenchmarkSummary
from nasapi_report.measure import Measure, measure_of, run_curve
from nasapi_report.stats.intervals import (
    NOTHING,
    Estimate,
    Floats,
    interquartile_mean,
    mean_interval,
    proportion_interval,
    reach_of,
)
from nasapi_report.stats.paired import Comparison, compare


class Source(Protocol):
    """Where a report's runs come from: a study, a store, or anything with these four.

    What a record names is loaded only if an installed plugin registers it, or the source has `trusted` set: a study of
    benchmarks that a person named.
    """

    @property
    def benchmarks(self) -> Sequence[Benchmark | BenchmarkSummary]:
        """The benchmarks that were run, or what was recorded of them."""

    @property
    def strategies(self) -> Sequence[Any]:
        """The strategies that were run: their specs, or anything that has one as `spec`."""

    @property
    def seeds(self) -> Sequence[int]:
        """The seeds that were asked for."""

    def histories(self, *, benchmark: str, strategy: str) -> Iterable[History]:
        """The finished runs of one strategy on the benchmark with that spec, in any order."""


@frozen(eq=False)
class Runs:
    """One strategy's runs on one benchmark, by rising seed, and what they amount to."""

    strategy: str
    histories: tuple[History, ...]
    curves: tuple[Floats, ...]
    """The measure after each trial, one array (N,) a run; NaN before anything feasible was found."""
    finals: Mapping[int, float]
    """The measure at the end by seed, for the runs that found anything."""
    reach: tuple[float, float] | None
    """The range in which a further run is taken to end; None where no run found anything."""
    mean: Estimate
    trimmed: float
    """The interquartile mean."""
    spread: float
    """The standard deviation over runs."""
    best: float
    optimal: Estimate | None
    """The share of runs that reached the optimum, where it is known."""
    report_metrics: Mapping[str, Estimate]
    """Report metrics of the final incumbents."""
    repeats: Mapping[str, float]
    """The mean share of trials that repeat a "code" or a "network"."""
    failures: int
    feasible: Estimate | None
    """The share of successful trials that keep the constraints, where there are some, over all runs."""
    simulated: float
    """The mean simulated seconds of a run, until its last result."""
    wall: float
    """The mean wall seconds that the strategy itself took for a run."""

    @property
    def trials(self) -> int:
        """How many trials all runs made."""
        return sum(len(history) for history in self.histories)


@frozen(eq=False)
class Analysis:
    """One benchmark's part of a report."""

    record: BenchmarkSummary
    benchmark: Benchmark | None
    """The benchmark itself, where its plugin is installed."""
    measure: Measure
    runs: tuple[Runs, ...]
    """From the best mean to the worst."""
    comparisons: tuple[Comparison, ...]
    """Every pair, on scores: larger is better; p-values are corrected for all tests of the page."""
    tests: int
    """How many tests the page makes."""
    region: float | None
    """The difference that is practically nothing; None where no training again was measured."""
    leading: frozenset[str]
    """The strategies whose mean no test tells from the best."""
    missing: Mapping[str, str]
    """Report metrics that are not here, each with a sentence that says how to get it."""
    seeds: tuple[int, ...]
    absent: tuple[tuple[str, int], ...]
    """(strategy, seed) of runs that were asked for and are not there."""
    unregistered: str = ""
    """What a store names and no plugin registers, as a sentence; it was not loaded. Empty where there is nothing."""


def analyse(source: Source) -> list[Analysis]:
    """One analysis for each benchmark of the source that has runs, its tests not corrected for those of others yet."""
    found = []
    load: Callable[[str], Benchmark] = getattr(source, "benchmark", load_benchmark)  # a study has them already
    for given in source.benchmarks:
        strategies = [str(getattr(strategy, "spec", strategy)) for strategy in source.strategies]
        histories = {
            name: sorted(source.histories(benchmark=given.spec, strategy=name), key=lambda history: history.seed)
            for name in strategies
        }
        if any(histories.values()):
            found.append(_analyse(given, histories, source.seeds, trusted=is_trusted(source), load=load))
    return found


def is_trusted(source: Source) -> bool:
    """Whether a person named what a source holds: it says so, or gives the benchmarks themselves and no records."""
    return bool(getattr(source, "trusted", False)) or all(isinstance(given, Benchmark) for given in source.benchmarks)


def unregistered_in(record: BenchmarkSummary) -> str:
    """A sentence on the first id of a record that no plugin registers; empty where there is none."""
    try:
        require_registered("benchmark", record.spec)
        require_registered("space", record.space)
    except UntrustedId as error:
        return str(error)
    return ""


def _installed(record: BenchmarkSummary, load: Callable[[str], Benchmark]) -> Benchmark | None:
    """The benchmark that a record tells of, None where it cannot be loaded here or is another by now."""
    try:
        benchmark = load(record.spec)
    except NasapiError:
        return None
    changed = {"space", "genes", "goals", "optima"} & set(record.differs(BenchmarkSummary.of(benchmark)))
    return None if changed else benchmark


def _analyse(
    given: Benchmark | BenchmarkSummary,
    histories: Mapping[str, list[History]],
    seeds: Sequence[int],
    *,
    trusted: bool,
    load: Callable[[str], Benchmark],
) -> Analysis:
    record = BenchmarkSummary.of(given) if isinstance(given, Benchmark) else given
    unregistered = "" if trusted or isinstance(given, Benchmark) else unregistered_in(record)
    benchmark = given if isinstance(given, Benchmark) else None if unregistered else _installed(record, load)
    measure = measure_of(record, benchmark, [history for some in histories.values() for history in some])
    runs = [_summarise(name, some, record, benchmark, measure) for name, some in histories.items() if some]
    runs.sort(key=lambda row: -measure.score(row.mean.value) if row.finals else np.inf)
    scores = {row.strategy: {seed: measure.score(value) for seed, value in row.finals.items()} for row in runs}
    region = region_of(record, benchmark, measure)
    comparisons = compare(
        {name: values for name, values in scores.items() if values},
        reaches={row.strategy: _scored(measure, row.reach) for row in runs if row.reach},
        within=_widest_difference(measure),
        region=region,
    )
    there = {(row.strategy, history.seed) for row in runs for history in row.histories}
    return Analysis(
        record,
        benchmark,
        measure,
        tuple(runs),
        tuple(comparisons),
        0,
        region,
        frozenset(),
        _missing(record, runs),
        tuple(seeds),
        tuple((name, seed) for name in histories for seed in seeds if (name, seed) not in there),
        unregistered,
    )


def region_of(record: BenchmarkSummary, benchmark: Benchmark | None, measure: Measure) -> float | None:
    """The difference that is practically nothing: as much as training one network again changes, where it is known.

    The store knows it also of a benchmark that nobody offers.
    """
    if measure.kind == "hypervolume":
        return None
    known = record.training_sd if benchmark is None else {**record.training_sd, **benchmark.reference.training_sd}
    return known.get(measure.name)


def _widest_difference(measure: Measure) -> tuple[float, float]:
    """What no difference of two means is outside of."""
    low, high = measure.limits
    return low - high, high - low


def _scored(measure: Measure, reach: tuple[float, float]) -> tuple[float, float]:
    """A range of values as a range of scores."""
    low, high = sorted(map(measure.score, reach))
    return low, high


def _reach(curves: Sequence[Floats], measure: Measure) -> tuple[float, float] | None:
    """The range in which a further run is taken to end: what runs held late, and the optimum where it is known."""
    reach = reach_of(curves)
    if reach is None or measure.optimum is None:
        return reach
    return min(reach[0], measure.optimum), max(reach[1], measure.optimum)


def _summarise(
    name: str,
    histories: list[History],
    record: BenchmarkSummary,
    benchmark: Benchmark | None,
    measure: Measure,
) -> Runs:
    curves = tuple(run_curve(measure, benchmark, history) for history in histories)
    finals = {
        history.seed: float(curve[-1])
        for history, curve in zip(histories, curves, strict=True)
        if len(curve) and np.isfinite(curve[-1])
    }
    values = np.array(list(finals.values()))
    reach = _reach(curves, measure)
    optimal = None
    if measure.optimum is not None:
        optimal = proportion_interval(int((measure.gap(values) == 0).sum()), len(histories))
    return Runs(
        strategy=name,
        histories=tuple(histories),
        curves=curves,
        finals=finals,
        reach=reach,
        mean=mean_interval(values, reach=reach, within=measure.limits) if len(values) else NOTHING,
        trimmed=interquartile_mean(values) if len(values) else np.nan,
        spread=_deviation(values),
        best=float(measure.sign * (measure.sign * values).min()) if len(values) else np.nan,
        optimal=optimal,
        report_metrics=_report_metrics(histories, record),
        repeats={
            kind: float(np.mean([history.repeats[kind].mean() if len(history) else 0.0 for history in histories]))
            for kind in ("code", "network")
        },
        failures=sum(len(history.errors) for history in histories),
        feasible=_feasible(histories),
        simulated=float(np.mean([history.elapsed[-1] if len(history) else 0.0 for history in histories])),
        wall=float(np.mean([history.seconds.sum() for history in histories])),
    )


def _deviation(values: Floats) -> float:
    """The standard deviation of a sample, exactly 0 for equal values; NaN for fewer than two."""
    if len(values) < 2:
        return np.nan
    return float(values.std(ddof=1)) if np.ptp(values) else 0.0


def _feasible(histories: Sequence[History]) -> Estimate | None:
    if not histories[0].constraints:
        return None
    kept = np.concatenate([history.violation == 0 for history in histories])
    succeeded = np.concatenate([np.isfinite(history.violation) for history in histories])
    return proportion_interval(int(kept.sum()), int(succeeded.sum())) if succeeded.any() else None


def _report_metrics(histories: Sequence[History], record: BenchmarkSummary) -> dict[str, Estimate]:
    """Report metrics of each run's final incumbent; for several goals there is no one incumbent."""
    if len(record.goals) > 1:
        return {}
    found = {}
    for name in record.report_metrics:
        curves = [history.curve(name) for history in histories if len(history) and name in history.report_metrics]
        values = np.array([curve[-1] for curve in curves if np.isfinite(curve[-1])])
        if len(values):
            known = record.metrics.get(name)
            bounds = (known and known.bounds) or (-np.inf, np.inf)
            found[name] = mean_interval(values, reach=reach_of(curves), within=bounds)
    return found


def _missing(record: BenchmarkSummary, runs: Sequence[Runs]) -> dict[str, str]:
    """Report metrics without values; one with a value for some runs only is not missing."""
    missing = dict(record.missing)
    if len(record.goals) == 1:
        for name in record.report_metrics:
            if name not in missing and not any(name in row.report_metrics for row in runs):
                missing[name] = "the benchmark has no value of it for what was found."
    return missing
