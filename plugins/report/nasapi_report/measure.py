"""The measure of runs: the incumbent's value for one goal, the hypervolume of what was found for several."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.plugins import Spec
from nasapi.ranking import hypervolume, running
from nasapi.storage import BenchmarkSummary
from nasapi_report.stats.intervals import Floats, reach_of
from nasapi_report.stats.runtimes import first_reached


@frozen
class Measure:
    """One number a run has after each trial, and how to read it."""

    name: str
    title: str
    unit: str
    sign: int
    """The factor that makes smaller better."""
    optimum: float | None
    """The best possible value, where it is known."""
    kind: str = "value"
    """"value" of the incumbent, "expected" value where the run saw noise, or "hypervolume"."""
    reference: tuple[float, ...] = ()
    """The hypervolume's reference point, as losses."""
    scale: float = 1.0
    """What hypervolumes are divided by: the box from the reference point to the best value of each goal."""
    note: str = ""
    bounds: tuple[float, float] | None = None
    """What no value is outside of, where that is known."""

    @property
    def limits(self) -> tuple[float, float]:
        """What no mean is outside of: the bounds, and on the better side the optimum."""
        low, high = self.bounds or (-np.inf, np.inf)
        if self.optimum is None:
            return low, high
        return (max(low, self.optimum), high) if self.sign > 0 else (low, min(high, self.optimum))

    def score(self, value: float) -> float:
        """The value with the sign that makes larger better."""
        return -self.sign * value

    def reached(self, at: NDArray[Any], curve: Floats, target: float) -> float:
        """The first of places `at` (n,) where a curve (n,) is as good as a target, up to rounding; or infinite."""
        return first_reached(at, self.sign * curve, self.sign * target + 1e-9 * max(1.0, abs(target)))

    def possible_range(self, curves: Sequence[Floats]) -> tuple[float, float] | None:
        """The range in which a further run is taken to end: what runs held late, and the optimum where it is known."""
        reach = reach_of(curves)
        if reach is None or self.optimum is None:
            return reach
        return min(reach[0], self.optimum), max(reach[1], self.optimum)

    def gap(self, values: Floats) -> Floats:
        """How far values are from the optimum, never below 0 and exactly 0 where only rounding separates them."""
        assert self.optimum is not None
        gap = self.sign * (values - self.optimum)
        return np.where(gap <= 1e-9 * max(1.0, abs(self.optimum)), 0.0, gap)


def benchmark_of(spec: str) -> str:
    """A benchmark's spec without what its runs are given, budget and workers: two such settings are one benchmark."""
    read = Spec.parse(spec)
    given = ("budget", "unit", "workers")
    return str(Spec(read.id, {key: value for key, value in read.options.items() if key not in given}))


def measure_of(record: BenchmarkSummary, benchmark: Benchmark | None, histories: Iterable[History]) -> Measure:
    """The measure for a benchmark's runs; `benchmark` is None where its plugin is not installed."""
    goal = record.goals[0]
    optimum = record.optima.get(goal.name)
    value = Measure(goal.name, title(goal.name), goal.shown_unit, goal.sign, optimum, bounds=goal.bounds)
    if len(record.goals) == 1:
        if not record.noise:
            return value
        if benchmark is None:
            note = "Runs are judged by the noisy values they saw: the plugin with the expected ones is not installed."
            return evolve(value, optimum=None, note=note)
        note = "Runs saw noisy values; they are judged by the expected value of the architecture they held to be best."
        return evolve(value, kind="expected", note=note)
    names = ", ".join(title(goal.name) for goal in record.goals)
    if importlib.util.find_spec("moocore") is None:
        note = (
            f"There are several goals ({names}), but runs are ranked by {title(goal.name)} alone: the hypervolume "
            "needs the package moocore, which is not installed (pip install 'nasapi[hypervolume]')."
        )
        return evolve(value, note=note)
    given = all(goal.name in record.point for goal in record.goals)
    if given:
        point = tuple(goal.sign * record.point[goal.name] for goal in record.goals)
        note = f"Runs are judged by the hypervolume of {names}; its reference point is the benchmark's own."
    else:
        losses = np.concatenate([history.losses for history in histories])
        losses = losses[np.isfinite(losses).all(axis=1)]
        point = tuple(losses.max(axis=0).tolist()) if len(losses) else (0.0,) * len(record.goals)
        note = (
            f"Runs are judged by the hypervolume of {names}. The benchmark gives no reference point for it; the worst "
            "value of each goal that any run saw is taken, so it cannot be compared with that of another report."
        )
    scale, unit = 1.0, ""
    if all(goal.name in record.optima for goal in record.goals):
        sides = np.array(point) - [goal.sign * record.optima[goal.name] for goal in record.goals]
        if (sides > 0).all():
            scale = float(np.prod(sides))
            note += " It is given as a share of the box between that point and the best value of each goal."
    return Measure("hypervolume", "hypervolume", unit, -1, None, "hypervolume", point, scale, note)


def run_curve(measure: Measure, benchmark: Benchmark | None, history: History) -> Floats:
    """(N,): the measure after each trial of a run; NaN before it has found anything feasible."""
    if measure.kind == "hypervolume":
        return _hypervolumes(measure, history)
    column = {**history.report_metrics, **history.values}[measure.name]
    if measure.kind == "expected" and benchmark is not None:
        rows = history.incumbents()
        column = np.full(len(history), np.nan)
        held = np.unique(rows[rows >= 0])
        column[held] = benchmark.look_up(history.codes[held], [measure.name])[measure.name]
    return held_curve(history, column)


def held_curve(history: History, column: Floats) -> Floats:
    """(N,): after each trial what the incumbent has in a column (N,); NaN before anything feasible was found.

    A run whose best network breaks a constraint has found none, and reports no metric of it.
    """
    rows = history.incumbents()
    values: Floats = np.append(column, np.nan)[rows]
    if not history.constraints:
        return values
    feasible = (rows >= 0) & (np.append(history.violation, np.inf)[rows] == 0)
    return np.where(feasible, values, np.nan)


def _hypervolumes(measure: Measure, history: History) -> Floats:
    """(N,): the hypervolume of the feasible points after each trial, computed anew when the front has changed."""

    def volume(front: Floats) -> float:
        return hypervolume(front, measure.reference) / measure.scale if len(front) else np.nan

    return running(volume, history.losses, history.feasible)


def title(name: str) -> str:
    """A metric's name as words: "validation accuracy" for "valid_accuracy"."""
    words = {"valid": "validation", "params": "parameters", "flops": "FLOPs"}
    return " ".join(words.get(word, word) for word in name.split("_")).replace(
        "multiply additions", "multiply-additions"
    )


def places(history: History, by: str) -> NDArray[Any]:
    """(N,): how far a run was after each trial, by "seconds" of its clock or else by trials.

    Trials are whole numbers from 1. Of a run with trials at lower levels they are what was charged, in trials at the
    highest.
    """
    if by == "seconds":
        return history.elapsed
    if history.unit == "trials" and (history.fidelity >= 0).any():
        return np.round(np.cumsum(history.charged), 9)  # shares come to whole numbers
    return np.arange(1, len(history) + 1)
