"""What a report says of constraints: how often strategies kept them, and how near those came that never did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nasapi_report.analysis import Analysis
from nasapi_report.canvas import Figure, Style, figure, label
from nasapi_report.runs import Runs
from nasapi_report.stats.curves import align, common_grid
from nasapi_report.stats.intervals import mean_band
from nasapi_report.words import listing

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def least_violation(row: Runs) -> float:
    """The smallest sum of breaches among all trials of a strategy's runs; infinite where all failed."""
    return min((float(history.violation.min()) for history in row.histories if len(history)), default=np.inf)


def shortfalls(analysis: Analysis) -> list[str]:
    """A sentence on how near the strategies came of which no run found anything feasible; none where there are none."""
    if not analysis.record.constraints:
        return []
    least = {row.strategy: least_violation(row) for row in analysis.runs if not row.final_values}
    misses = [f"{name} by {value:.4g}" for name, value in least.items() if np.isfinite(value)]
    if not misses:
        return []
    broken = listing([f"{constraint.metric!r}" for constraint in analysis.record.constraints])
    return [f"Where nothing feasible was found, the constraint on {broken} was broken least of all: {listing(misses)}."]


def feasibility(analysis: Analysis, styles: Mapping[str, Style], slug: str, rng: np.random.Generator) -> Figure:
    """The mean share of feasible trials after so many trials."""
    drawn = []
    for row in analysis.runs:
        at = [places for places in row.places if len(places)]
        curves = [history.feasible_share() for history in row.histories if len(history)]
        if curves and len(grid := common_grid(at)):
            drawn.append((row.strategy, grid, mean_band(align(at, curves, grid), rng)))

    def draw(axes: Axes) -> None:
        for name, grid, (mean, low, high) in drawn:
            style = styles[name]
            axes.fill_between(grid, low, high, color=style.colour, alpha=0.18, linewidth=0)
            axes.plot(grid, mean, color=style.colour, linestyle=style.dash, linewidth=1.9, label=label(name))
        axes.set_xlabel("trials")
        axes.set_ylabel("share of feasible trials so far")
        axes.set_ylim(0, 1.02)
        axes.legend(frameon=False)

    ends = "; ".join(f"{name} ends at {mean[-1]:.2f}" for name, _, (mean, _, _) in drawn)
    return figure(
        f"{slug}-feasibility",
        "Share of feasible trials",
        f"Mean over runs with its 95% bootstrap band; a failed trial counts as not feasible; {ends}.",
        draw,
    )
