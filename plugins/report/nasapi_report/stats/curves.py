"""Anytime curves of runs on common axes: what a run had found is a step function, never a slope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi_report.stats.intervals import Floats


def step(at: NDArray[Any], values: Floats, grid: NDArray[Any], *, before: float = np.nan) -> Floats:
    """(len(grid),): the last value whose place in `at` (n,), rising, is not beyond the grid point.

    `before` is given left of the first place; the last value holds to the right of the last.
    """
    index = np.searchsorted(at, grid, side="right")
    return np.concatenate([[before], np.asarray(values, np.float64)])[index]


def align(at: Sequence[NDArray[Any]], values: Sequence[Floats], grid: NDArray[Any]) -> Floats:
    """(runs, len(grid)): the curves of runs, each with its own places, on one grid; NaN before a run's first place."""
    return np.stack([step(places, curve, grid) for places, curve in zip(at, values, strict=True)])


def whole_grid(last: int, points: int = 160) -> NDArray[np.int64]:
    """Whole numbers from 1 to `last`, all of them or about `points` spaced evenly in the logarithm, both ends kept."""
    if last <= points:
        return np.arange(1, last + 1)
    return np.unique(np.round(np.geomspace(1, last, points)).astype(np.int64))


def common_grid(at: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Places at which all of some runs, at least one, are compared: whole numbers where all places `at` are, or times.

    It ends where the first of the runs does.
    """
    if all(places.dtype.kind == "i" for places in at):
        return whole_grid(int(min(places[-1] for places in at)))
    return time_grid(at)


def time_grid(at: Sequence[Floats], points: int = 160) -> Floats:
    """Times from the latest first place to the earliest last place of runs, spaced evenly in the logarithm.

    At each of them every run has begun and none has ended. Empty where no such stretch exists.
    """
    start = max(float(places[0]) for places in at)
    end = min(float(places[-1]) for places in at)
    if not 0 < start < end:
        return np.empty(0)
    grid = np.geomspace(start, end, points)
    grid[0], grid[-1] = start, end
    return grid
