"""The numbers of several benchmarks together: regret in one unit, ranks and targets reached, benchmarks in groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from nasapi_report.analysis import Analysis
from nasapi_report.measure import Measure, benchmark_of
from nasapi_report.stats.curves import step, whole_grid
from nasapi_report.stats.groups import Stratum, middle_estimate, pointwise_band, total_estimate
from nasapi_report.stats.intervals import Estimate, Floats
from nasapi_report.stats.paired import Comparison, compare
from nasapi_report.words import listing

TARGETS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.0)
"""Targets as parts of the regret of the median first trial of all runs, which moves where a strategy joins."""
_FEWEST_GROUPS = 3  # from which intervals are also given for other benchmarks like these


@frozen(eq=False)
class Task:
    """One benchmark as a part of the whole."""

    spec: str
    group: str
    """The space: benchmarks of one space are correlated, and share one weight."""
    weight: float
    seeds: tuple[int, ...]
    """The seeds that every strategy has a final value for."""
    regret: Floats
    """(seeds, strategies): final regret, 1 being that of the median first trial of all runs and 0 the best value."""
    curves: Floats
    """(seeds, strategies, points): regret after each number of trials of the grid, infinite before anything."""
    farthest: Floats
    """(strategies,): the regret at which a further run is taken to end at worst."""
    known: bool
    """Whether the best value is the known optimum, not the best that was seen."""

    def stratum(self, strategy: int) -> Stratum:
        """The final regrets of one strategy."""
        return Stratum(
            values=self.regret[:, strategy],
            weight=self.weight,
            benchmark=benchmark_of(self.spec),
            group=self.group,
            farthest=float(self.farthest[strategy]),
        )


@frozen(eq=False)
class Overall:
    """Strategies over several benchmarks."""

    strategies: tuple[str, ...]
    """From the least regret to the most."""
    tasks: tuple[Task, ...]
    left_out: Mapping[str, str]
    """Benchmarks that cannot be part of it, each with the reason, as the end of a sentence."""
    grid: NDArray[np.int64]
    """Numbers of trials at the highest level, up to the shortest budget."""
    gaps: tuple[Estimate, ...]
    """The optimality gap of each strategy: its mean normalised regret, with its interval for these benchmarks."""
    gaps_elsewhere: tuple[Estimate, ...] | None
    """The same with an interval for other groups of benchmarks like these; None for fewer than three groups."""
    middles: tuple[Estimate, ...]
    """The interquartile mean of normalised regret over all runs."""
    ranks: tuple[Floats, Floats, Floats]
    """Mean rank and its band (strategies, points), 1 the best; a seed's runs are ranked, ties share."""
    reached: tuple[Floats, Floats, Floats]
    """The share of (benchmark, target, run) reached, and its band (strategies, points)."""
    comparisons: tuple[Comparison, ...]
    """Every pair by the weighted regret of a seed on all benchmarks, less being better."""

    @property
    def benchmarks(self) -> frozenset[str]:
        """The benchmarks by name, without the budgets and numbers of workers they were run with."""
        return frozenset(benchmark_of(task.spec) for task in self.tasks)

    @property
    def groups(self) -> dict[str, list[str]]:
        """The benchmarks by their group."""
        found: dict[str, list[str]] = {}
        for task in self.tasks:
            found.setdefault(task.group, []).append(task.spec)
        return found


@frozen
class _Scale:
    """How the values of one benchmark become regrets."""

    measure: Measure
    best: float
    """The score of the optimum, or of the best value that any run ended on."""
    unit: float
    """How far the median of all runs' first values is from it."""

    @classmethod
    def of(cls, analysis: Analysis) -> Self:
        """The scale of a benchmark, of no unit where nothing was found."""
        measure = analysis.measure
        ends = [measure.score(value) for row in analysis.runs for value in row.final_values.values()]
        firsts = [measure.score(float(v)) for row in analysis.runs for c in row.curves for v in c[np.isfinite(c)][:1]]
        if not ends:
            return cls(measure, np.nan, 0.0)
        best = max(ends) if measure.optimum is None else measure.score(measure.optimum)
        return cls(measure, best, best - float(np.median(firsts)))

    def regret(self, values: ArrayLike) -> Floats:
        """Values as regrets; infinite where there is none, exactly 0 where only rounding is in between."""
        regret = (self.best + self.measure.sign * np.asarray(values, np.float64)) / self.unit
        return np.nan_to_num(np.where(np.abs(regret) < 1e-9, 0.0, regret), nan=np.inf)


def overall(analyses: Sequence[Analysis], strategies: Sequence[str], rng: np.random.Generator) -> Overall | None:
    """All benchmarks together; None for one strategy, or fewer than two benchmarks on which all have final values.

    One benchmark with several budgets or numbers of workers is one benchmark: its settings share its weight.
    """
    scales = [(analysis, _Scale.of(analysis)) for analysis in analyses]
    reasons = [(analysis, _unusable(analysis, scale, strategies)) for analysis, scale in scales]
    usable = [pair for pair, (_, why) in zip(scales, reasons, strict=True) if not why]
    names = [benchmark_of(analysis.record.spec) for analysis, _ in usable]
    if len(strategies) < 2 or len(set(names)) < 2:
        return None
    last = min(max(float(at[-1]) for row in analysis.runs for at in row.places if len(at)) for analysis, _ in usable)
    grid = whole_grid(max(int(last), 1), 60)
    spaces = [analysis.record.space for analysis, _ in usable]
    distinct = {space: len({name for name, of in zip(names, spaces, strict=True) if of == space}) for space in spaces}
    weights = np.array(
        [1 / (len(distinct) * distinct[of] * names.count(name)) for name, of in zip(names, spaces, strict=True)]
    )
    order = _order(usable, strategies, weights)
    tasks = [
        _task(analysis, scale, order, float(weight), grid)
        for (analysis, scale), weight in zip(usable, weights, strict=True)
    ]
    strata = [[task.stratum(place) for task in tasks] for place in range(len(order))]
    elsewhere = None
    if len(set(spaces)) >= _FEWEST_GROUPS:
        elsewhere = tuple(total_estimate(each, rng, groups=True) for each in strata)
    return Overall(
        strategies=order,
        tasks=tuple(tasks),
        left_out={analysis.record.spec: why for analysis, why in reasons if why},
        grid=grid,
        gaps=tuple(total_estimate(each, rng) for each in strata),
        gaps_elsewhere=elsewhere,
        middles=tuple(middle_estimate(each, rng) for each in strata),
        ranks=pointwise_band([_ranks(task.curves) for task in tasks], weights, rng),
        reached=pointwise_band([_targets_reached(task.curves) for task in tasks], weights, rng),
        comparisons=tuple(_compared(tasks, order)),
    )


def _shared(analysis: Analysis, strategies: Sequence[str]) -> list[int]:
    """The seeds for which every strategy has a final value."""
    finals = {row.strategy: row.final_values.keys() for row in analysis.runs}
    if set(finals) != set(strategies):
        return []
    return sorted(set.intersection(*(set(seeds) for seeds in finals.values())))


def _unusable(analysis: Analysis, scale: _Scale, strategies: Sequence[str]) -> str:
    """Why a benchmark cannot be part of the whole, as the end of a sentence; empty where it can."""
    measured = {row.strategy for row in analysis.runs if row.final_values}
    if lacking := [name for name in strategies if name not in measured]:
        return f"where {listing(lacking)} {'has' if len(lacking) == 1 else 'have'} no final value"
    if not _shared(analysis, strategies):
        return "where no seed has a final value of every strategy"
    return "" if scale.unit > 0 else "where the median first trial has the best value already"


def _order(usable: Sequence[tuple[Analysis, _Scale]], strategies: Sequence[str], weights: Floats) -> tuple[str, ...]:
    """The strategies from the least mean regret to the most."""
    gaps = dict.fromkeys(strategies, 0.0)
    for (analysis, scale), weight in zip(usable, weights.tolist(), strict=True):
        seeds = _shared(analysis, strategies)
        for row in analysis.runs:
            gaps[row.strategy] += weight * float(scale.regret([row.final_values[seed] for seed in seeds]).mean())
    return tuple(sorted(strategies, key=lambda name: gaps[name]))


def _task(analysis: Analysis, scale: _Scale, strategies: Sequence[str], weight: float, grid: NDArray[np.int64]) -> Task:
    seeds, rows = _shared(analysis, strategies), {row.strategy: row for row in analysis.runs}
    curves = {
        (name, history.seed): scale.regret(step(at, curve, grid))
        for name, row in rows.items()
        for history, at, curve in zip(row.histories, row.places, row.curves, strict=True)
        if history.seed in row.final_values
    }
    return Task(
        spec=analysis.record.spec,
        group=analysis.record.space,
        weight=weight,
        seeds=tuple(seeds),
        regret=np.stack(
            [scale.regret([rows[name].final_values[seed] for seed in seeds]) for name in strategies], axis=1
        ),
        curves=np.array([[curves[name, seed] for name in strategies] for seed in seeds]),
        farthest=np.array([scale.regret(rows[name].possible_range or (np.nan, np.nan)).max() for name in strategies]),
        known=analysis.measure.optimum is not None,
    )


def _ranks(curves: Floats) -> Floats:
    """(seeds, strategies, points): the rank of each strategy's run among those of its seed, ties sharing."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(curves, axis=1), np.float64)


def _targets_reached(curves: Floats) -> Floats:
    """(seeds, strategies, points): the share of `TARGETS` that a run has reached."""
    return np.asarray(np.mean([curves <= target + 1e-9 for target in TARGETS], axis=0))


def _compared(tasks: Sequence[Task], strategies: Sequence[str]) -> list[Comparison]:
    """Every pair by what a seed's runs regret on all benchmarks, for the seeds that all benchmarks have."""
    seeds = sorted(set.intersection(*(set(task.seeds) for task in tasks)))
    scores: dict[str, dict[int, float]] = {name: dict.fromkeys(seeds, 0.0) for name in strategies}
    for task in tasks:
        for row, seed in enumerate(task.seeds):
            if seed in seeds:
                for place, name in enumerate(strategies):
                    scores[name][seed] -= task.weight * float(task.regret[row, place])
    worst = np.sum([task.weight * task.farthest for task in tasks], axis=0)
    reaches = {name: (-float(end), 0.0) for name, end in zip(strategies, worst, strict=True)}
    return compare(scores, reaches=reaches)
