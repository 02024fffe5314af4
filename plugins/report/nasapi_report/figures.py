"""The figures of one benchmark: anytime curves, final values, runtimes and fronts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nasapi_report.analysis import Analysis
from nasapi_report.canvas import INK, Figure, Style, figure, log_axis
from nasapi_report.canvas import label as shown
from nasapi_report.measure import places, title
from nasapi_report.runs import Runs
from nasapi_report.stats.curves import align, common_grid, whole_grid
from nasapi_report.stats.intervals import mean_band
from nasapi_report.stats.runtimes import runtime_distribution
from nasapi_report.tables import reached
from nasapi_report.words import listing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STRETCH = {"trials": "number of trials", "seconds": "stretch of time"}
"""What curves of several runs have in common, by what they go by."""


def anytime(
    analysis: Analysis, styles: Mapping[str, Style], slug: str, by: str, rng: np.random.Generator
) -> Figure | None:
    """The mean regret, or value where no optimum is known, after so many "trials" or simulated "seconds".

    None where no strategy has a curve: it goes over what is common to all of its runs that found anything.
    """
    measure = analysis.measure
    regret = measure.optimum is not None
    drawn = []
    for row in analysis.runs:
        at, curves = _curves(row, by)
        if not curves:
            continue
        grid = common_grid(at)
        values = align(at, curves, grid) if len(grid) else np.empty((len(curves), 0))
        there = np.isfinite(values).all(axis=0)
        if there.any():
            values = values[:, there]
            drawn.append((row.strategy, grid[there], mean_band(measure.gap(values) if regret else values, rng)))
    if not drawn:
        return None
    positive = [curve[curve > 0].min() for _, _, (curve, _, _) in drawn if regret and (curve > 0).any()]
    floor = min(positive) / 2 if positive else None
    unit = "points" if regret and measure.unit == "%" else measure.unit
    label = f"{'regret in ' if regret else ''}{measure.title}" + (f" ({unit})" if unit else "")
    workers = analysis.record.workers
    many = f" with {workers:,} workers" if workers > 1 else ""
    across = "trials" if by == "trials" else f"simulated seconds of evaluation{many}"

    def draw(axes: Axes) -> None:
        for name, grid, (mean, low, high) in drawn:
            style = styles[name]
            if floor is not None:
                mean, low, high = (np.maximum(curve, floor) for curve in (mean, low, high))
            axes.fill_between(grid, low, high, step="post", color=style.colour, alpha=0.18, linewidth=0)
            axes.step(
                grid, mean, where="post", color=style.colour, linestyle=style.dash, linewidth=1.9, label=shown(name)
            )
        log_axis(axes, "x")
        if floor is not None:
            log_axis(axes, "y")
            axes.set_ylim(bottom=floor)
        axes.set_xlabel(across)
        axes.set_ylabel(shown(label))
        axes.legend(frameon=False)

    ends = "; ".join(f"{name} ends at {mean[-1]:.3g}" for name, _, (mean, _, _) in drawn)
    bottom = " A curve on the bottom edge is at the optimum in every run." if regret else ""
    without = [row.strategy for row in analysis.runs if row.strategy not in {name for name, _, _ in drawn}]
    gap = f" Runs of {listing(without)} have no {_STRETCH[by]} in common, so no curve." if without else ""
    return figure(
        f"{slug}-{by}",
        f"Mean {label} by {across}",
        f"Mean over runs with its 95% bootstrap band, as a step function; {ends}. A curve stops where the first of its "
        f"runs ended.{gap}{bottom}",
        draw,
    )


def no_curve(by: str) -> str:
    """Why there is no figure by "trials" or "seconds" although runs found something and took time."""
    return (
        f"There is no curve by {'simulated ' * (by == 'seconds')}{by}: of no strategy do all runs that found anything "
        f"have a {_STRETCH[by]} in common."
    )


def finals(analysis: Analysis, styles: Mapping[str, Style], slug: str, rng: np.random.Generator) -> Figure:
    """Every run's final value as a dot, with the mean and its interval."""
    rows = [row for row in analysis.runs if row.final_values][::-1]
    measure = analysis.measure
    label = measure.title + (f" ({measure.unit})" if measure.unit else "")

    def draw(axes: Axes) -> None:
        for place, row in enumerate(rows):
            style, values = styles[row.strategy], np.array(list(row.final_values.values()))
            spread = rng.uniform(-0.17, 0.17, len(values)) + place - 0.06
            axes.scatter(values, spread, s=17, marker=style.marker, color=style.colour, alpha=0.55, linewidths=0)
            if np.isfinite(row.mean.low):
                axes.plot([row.mean.low, row.mean.high], [place + 0.26] * 2, color=INK, linewidth=2.2)
            axes.plot([row.mean.value], [place + 0.26], marker="|", color=INK, markersize=11, markeredgewidth=2)
        if measure.optimum is not None:
            axes.axvline(measure.optimum, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
            top = axes.get_xaxis_transform()
            axes.text(measure.optimum, 1.01, "optimum", transform=top, ha="center", va="bottom")
        axes.set_yticks(range(len(rows)), [shown(row.strategy) for row in rows])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(shown(label))

    return figure(
        f"{slug}-finals",
        f"Final {label} of every run",
        "One mark a run, spread up and down so that equal values show; the bar above: the mean with its 95% interval.",
        draw,
        height=max(1.9, 0.62 * len(rows) + 0.9),
    )


def runtimes(analysis: Analysis, styles: Mapping[str, Style], slug: str, targets: Mapping[str, float]) -> Figure:
    """The share of runs that had reached each target by so many trials."""
    sign = analysis.measure.sign
    grid = whole_grid(math.ceil(max(at[-1] for row in analysis.runs for at in row.places if len(at))))

    def draw(axes: Sequence[Axes]) -> None:
        for panel, (name, target) in zip(axes, targets.items(), strict=True):
            for row in analysis.runs:
                times = reached(analysis, row, target)
                style = styles[row.strategy]
                panel.step(
                    grid,
                    runtime_distribution(times, grid),
                    where="post",
                    color=style.colour,
                    linestyle=style.dash,
                    linewidth=1.9,
                    label=shown(row.strategy),
                )
            log_axis(panel, "x")
            panel.set_ylim(-0.03, 1.03)
            panel.set_title(shown(name), fontsize=10)
            panel.set_xlabel("trials")
        axes[0].set_ylabel("share of runs there")
        axes[0].legend(frameon=False, fontsize=9)

    better = "at least" if sign < 0 else "at most"
    words = "; ".join(f"{name}: {better} {value:.5g}" for name, value in targets.items())
    return figure(
        f"{slug}-runtimes",
        f"Runtime to reach a target {analysis.measure.title}",
        f"Empirical distribution over runs of the trials needed ({words}).",
        draw,
        panels=len(targets),
    )


def fronts(analysis: Analysis, styles: Mapping[str, Style], slug: str) -> Figure:
    """What each strategy found for the first two goals: the front over all its runs, and its runs' points behind."""
    first, second = analysis.record.goals[:2]

    def draw(axes: Axes) -> None:
        for row in analysis.runs:
            style = styles[row.strategy]
            points = [np.column_stack([h.values[first.name], h.values[second.name]])[h.front()] for h in row.histories]
            every = np.unique(np.concatenate(points), axis=0)
            losses = every * [first.sign, second.sign]
            every = every[np.lexsort((losses[:, 1], losses[:, 0]))]
            losses = losses[np.lexsort((losses[:, 1], losses[:, 0]))]
            best = losses[:, 1] < np.minimum.accumulate(np.append(np.inf, losses[:-1, 1]))
            axes.scatter(
                every[:, 0], every[:, 1], s=9, color=style.colour, alpha=0.25, linewidths=0, marker=style.marker
            )
            axes.step(*every[best].T, where="post", color=style.colour, linestyle=style.dash, linewidth=1.4)
            axes.plot(*every[best].T, style.marker, color=style.colour, markersize=5, label=shown(row.strategy))
        for set_label, goal in ((axes.set_xlabel, first), (axes.set_ylabel, second)):
            arrow = "less is better" if goal.sign > 0 else "more is better"
            unit = f" ({goal.unit})" if goal.shown_unit not in ("", "count") else ""
            set_label(shown(f"{title(goal.name)}{unit}, {arrow}"))
        axes.legend(frameon=False)

    return figure(
        f"{slug}-fronts",
        "Pareto fronts",
        "Strong marks: what no other point of any run of the strategy beats; faint marks: the fronts of single runs.",
        draw,
    )


def _curves(row: Runs, by: str) -> tuple[list[NDArray[Any]], list[NDArray[np.float64]]]:
    """Places and curves of the runs that found anything."""
    kept = [(h, c) for h, c in zip(row.histories, row.curves, strict=True) if len(c) and np.isfinite(c[-1])]
    return [places(h, by) for h, _ in kept], [c for _, c in kept]
