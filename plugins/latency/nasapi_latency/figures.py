"""The figures of searches for accuracy and latency: the exact front with what runs attained, and curves of progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from nasapi_report.canvas import INK, Figure, figure, label, styles_of
from nasapi_report.stats.intervals import mean_band
from nasapi_toolkit.curves import hypervolume_curve, igd_plus_curve
from nasapi_toolkit.fronts import exact_front, reference_point
from nasapi_toolkit.indicators import attainment, igd_plus
from numpy.typing import NDArray

from nasapi import Benchmark, History
from nasapi.ranking import hypervolume

_GREY = "#8a8f98"
FRONT, PROGRESS = "hardware-front", "hardware-progress"
"""The names of the figures."""
Runs = Mapping[str, Sequence[History]]
"""The runs of each strategy."""


def front_figure(benchmark: Benchmark, runs: Runs, *, floor: float = 80.0) -> Figure:
    """Every cell, the exact Pareto front, and what half of each strategy's runs attained; accuracy from `floor` %."""
    front = exact_front(benchmark)
    space = benchmark.problem.space
    every = benchmark.look_up(np.concatenate(list(space.enumerate())), ["valid_accuracy", "latency"])
    styles = styles_of(list(runs))

    def draw(axes: Any) -> None:
        axes.plot(every["latency"], every["valid_accuracy"], ".", color=_GREY, ms=1, alpha=0.25, rasterized=True)
        end = min((c.upper for c in benchmark.problem.constraints), default=float(np.nanmax(every["latency"])))
        axes.plot(*_staircase(front.losses, end), color=INK, linewidth=1.6, label="exact front")
        for name, histories in runs.items():
            attained = attainment([_feasible(history) for history in histories], 0.5)
            style = styles[name]
            axes.plot(*_staircase(attained, end), color=style.colour, linestyle=style.dash, label=label(name))
        for constraint in benchmark.problem.constraints:
            axes.axvline(constraint.upper, color=_GREY, linestyle=":", label=f"limit, {constraint.upper:g} ms")
        best = float(np.nanmax(every["valid_accuracy"]))
        axes.set_ylim(floor, best + 0.05 * (best - floor))
        axes.set_xlim(0, float(np.nanquantile(every["latency"], 0.999)))
        axes.set_xlabel("latency (ms)")
        axes.set_ylabel("validation accuracy (%)")
        axes.legend(frameon=False, fontsize=8, loc="lower right")

    n = len(next(iter(runs.values())))
    return figure(
        FRONT,
        "Accuracy against latency",
        f"Grey: all cells. Black: the exact Pareto front. Lines: what half of {n} runs of each strategy attained.",
        draw,
        height=4.2,
    )


def progress_figure(benchmark: Benchmark, runs: Runs, rng: np.random.Generator) -> Figure:
    """Hypervolume as a share of the exact front's, IGD+ to it, and the share of feasible trials, by trials.

    For IGD+ both goals are divided by the distance from the reference point to the best of the exact front; a run that
    has found nothing feasible has that of the reference point.
    """
    point, front = reference_point(benchmark), exact_front(benchmark).losses
    most = hypervolume(front, point) or 1.0  # 0 where nothing is feasible, for runs too
    extent = point - front.min(axis=0) if len(front) else np.ones_like(point)
    nothing = igd_plus(point[None] / extent, front / extent) if len(front) else 1.0
    space = benchmark.problem.space
    latency = benchmark.look_up(np.concatenate(list(space.enumerate())), ["latency"])["latency"]
    styles = styles_of(list(runs))

    def panel(axes: Any, curve: Callable[[History], NDArray[np.float64]]) -> None:
        for name, histories in runs.items():
            mean, low, high = mean_band(_stacked([curve(history) for history in histories]), rng)
            at = np.arange(1, len(mean) + 1)
            axes.plot(at, mean, color=styles[name].colour, linestyle=styles[name].dash, label=label(name))
            axes.fill_between(at, low, high, color=styles[name].colour, alpha=0.18, linewidth=0)
        axes.set_xlabel("trials")

    def draw(panels: Sequence[Any]) -> None:
        panel(panels[0], lambda history: hypervolume_curve(history, point) / most)
        panels[0].set_ylabel("share")
        panels[0].set_title("hypervolume, of the exact front's", fontsize=10)
        if len(front):
            panel(panels[1], lambda history: np.minimum(igd_plus_curve(history, front, extent), nothing))
        panels[1].set_title("IGD+ to the exact front", fontsize=10)
        panel(panels[2], History.feasible_share)
        panels[2].set_title("feasible trials so far", fontsize=10)
        for constraint in benchmark.problem.constraints:
            share = float((latency <= constraint.upper).mean())
            panels[2].axhline(share, color=_GREY, linestyle=":", label=f"feasible share of the space, {share:.2f}")
        panels[0].set_ylim(0, 1.02)
        lines = {line.get_label(): line for each in panels for line in each.get_lines()}
        panels[1].legend(lines.values(), lines.keys(), frameon=False, fontsize=8, loc="upper right")

    n = len(next(iter(runs.values())))
    return figure(
        PROGRESS,
        "Hypervolume, IGD+ and feasibility",
        f"Means over {n} runs with 95 % bands; hypervolume as a share of the exact front's.",
        draw,
        height=3.6,
        panels=3,
    )


def _feasible(history: History) -> NDArray[np.float64]:
    """(n, 2): the losses of a run's feasible trials."""
    losses: NDArray[np.float64] = history.losses[history.feasible]
    return losses


def _staircase(losses: NDArray[np.float64], end: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latencies up to `end` and the best accuracy within each, as corners of a line."""
    order = np.argsort(losses[:, 1])
    latency, accuracy = losses[order, 1], -losses[order, 0]
    right = np.append(latency[1:], end) if len(latency) else latency
    return np.column_stack([latency, right]).ravel(), np.repeat(accuracy, 2)


def _stacked(curves: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """(runs, N): curves of runs that may have ended early, each held at its last value."""
    length = max(map(len, curves))
    return np.stack([np.pad(curve, (0, length - len(curve)), mode="edge") for curve in curves])
