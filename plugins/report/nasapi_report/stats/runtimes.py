"""Runtimes to a target: their distribution and their expectation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi_report.stats.intervals import Floats


def first_reached(at: NDArray[Any], curve: Floats, target: float) -> float:
    """The first of rising places `at` (n,) at which a curve (n,) is at most `target`; infinite where it never is."""
    hit = np.flatnonzero(np.asarray(curve) <= target)
    return float(at[hit[0]]) if len(hit) else np.inf


def runtime_distribution(runtimes: Floats, grid: NDArray[Any]) -> Floats:
    """(len(grid),): the share of runtimes (runs,) that are at most each grid point; unsuccessful ones are infinite.

    The empirical cumulative distribution F(t) = #{runtimes <= t} / runs (Hoos & Stützle, UAI 1998).
    """
    return np.searchsorted(np.sort(runtimes), grid, side="right") / len(runtimes)


def expected_runtime(runtimes: Floats, spent: Floats) -> float:
    """The trials of all runs, until success or their end, over the number of successes; infinite without one.

    `spent` (runs,) is how much each run used in all. The ERT of COCO (Hansen et al., Optimization Methods and Software
    2021).
    """
    solved = np.isfinite(runtimes)
    if not solved.any():
        return np.inf
    return float(np.where(solved, runtimes, spent).sum() / solved.sum())
