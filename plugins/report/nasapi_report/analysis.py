"""The numbers of a report: every strategy's runs on one benchmark, summarised and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import frozen

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.storage import BenchmarkSummary
from nasapi_report.measure import Measure, measure_of
from nasapi_report.runs import Runs, summarise
from nasapi_report.source import Source, installed, is_trusted, loader_of, names_of, unregistered_in
from nasapi_report.stats.paired import Comparison, compare


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
    """The difference below which means are practically equal; None where no training again was measured."""
    leading: frozenset[str]
    """The strategies whose mean no test tells from the best."""
    missing: Mapping[str, str]
    """What is not here, report metrics or simulated time, each with a sentence on why or how to get it."""
    timed: bool
    """Whether evaluations have costs, so that there is simulated time."""
    seeds: tuple[int, ...]
    absent: tuple[tuple[str, int], ...]
    """(strategy, seed) of runs that were asked for and are not there."""
    unregistered: str = ""
    """What a store names and no plugin registers, as a sentence; it was not loaded. Empty where there is nothing."""


def analyse(source: Source) -> list[Analysis]:
    """One analysis for each benchmark of the source that has runs, its tests not corrected for those of others yet."""
    found = []
    load, strategies = loader_of(source), names_of(source)
    for given in source.benchmarks:
        histories = {
            name: sorted(source.histories(benchmark=given.spec, strategy=name), key=lambda history: history.seed)
            for name in strategies
        }
        if any(histories.values()):
            found.append(_analyse(given, histories, source.seeds, trusted=is_trusted(source), load=load))
    return found


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
    benchmark = given if isinstance(given, Benchmark) else None if unregistered else installed(record, load)
    measure = measure_of(record, benchmark, [history for some in histories.values() for history in some])
    timed = any(history.cost.any() for some in histories.values() for history in some)
    runs = [summarise(name, some, record, benchmark, measure, timed=timed) for name, some in histories.items() if some]
    runs.sort(key=lambda row: -measure.score(row.mean.value) if row.final_values else np.inf)
    scores = {row.strategy: {seed: measure.score(value) for seed, value in row.final_values.items()} for row in runs}
    region = region_of(record, benchmark, measure)
    comparisons = compare(
        {name: values for name, values in scores.items() if values},
        reaches={row.strategy: _scored(measure, row.possible_range) for row in runs if row.possible_range},
        within=_widest_difference(measure),
        region=region,
    )
    there = {(row.strategy, history.seed) for row in runs for history in row.histories}
    return Analysis(
        record=record,
        benchmark=benchmark,
        measure=measure,
        runs=tuple(runs),
        comparisons=tuple(comparisons),
        tests=0,  # this and who leads is known when the whole page is
        region=region,
        leading=frozenset(),
        missing=_missing(record, runs) | ({} if timed else _no_time(runs, benchmark)),
        timed=timed,
        seeds=tuple(seeds),
        absent=tuple((name, seed) for name in histories for seed in seeds if (name, seed) not in there),
        unregistered=unregistered,
    )


def region_of(record: BenchmarkSummary, benchmark: Benchmark | None, measure: Measure) -> float | None:
    """The difference below which means are practically equal: what training one network again changes, where known.

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


def _missing(record: BenchmarkSummary, runs: Sequence[Runs]) -> dict[str, str]:
    """Report metrics without values; one with a value for some runs only is not missing."""
    missing = dict(record.missing)
    if len(record.goals) == 1:
        for name in record.report_metrics:
            if name not in missing and not any(name in row.report_metrics for row in runs):
                missing[name] = "the benchmark has no value of it for what was found."
    return missing


def _no_time(runs: Sequence[Runs], benchmark: Benchmark | None) -> dict[str, str]:
    """Why there is no simulated time, where something was evaluated; the benchmark may say why costs are not known."""
    if not any(row.evaluations for row in runs):
        return {}
    why = "" if benchmark is None else benchmark.objective.missing.get("cost", "").removesuffix(".")
    because = f" ({why})" if why else ""
    return {
        "simulated time": f"every evaluation is recorded at a cost of 0 s{because}; there are no curves by seconds."
    }
