"""Runtimes to a target: their distribution, their expectation and performance profiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi_report.stats.intervals import Floats


def first_reached(curve: Floats, target: float) -> float:
    """The first place, counted from 1, at which a curve (n,) is at most `target`; infinite where it never is."""
    hit = np.flatnonzero(np.asarray(curve) <= target)
    return float(hit[0] + 1) if len(hit) else np.inf


def runtime_distribution(runtimes: Floats, grid: NDArray[Any]) -> Floats:
    """(len(grid),): the share of runtimes (runs,) that are at most each grid point; unsuccessful ones are infinite.

    The empirical cumulative distribution F(t) = #{runtimes <= t} / runs (Hoos & Stützle, UAI 1998).
    """
    return np.searchsorted(np.sort(runtimes), grid, side="right") / len(runtimes)


def expected_runtime(runtimes: Floats, spent: Floats) -> float:
    """The queries of all runs, until success or their end, over the number of successes; infinite without one.

    `spent` (runs,) is how much each run used in all. The ERT of COCO (Hansen et al., Optimization Methods and Software
    2021).
    """
    solved = np.isfinite(runtimes)
    if not solved.any():
        return np.inf
    return float(np.where(solved, runtimes, spent).sum() / solved.sum())


def performance_ratios(runtimes: Floats) -> Floats:
    """(problems, strategies): runtimes over the fastest of the same problem, infinite where unsolved."""
    runtimes = np.asarray(runtimes, np.float64)
    ratios = np.full(runtimes.shape, np.inf)
    np.divide(runtimes, runtimes.min(axis=1, keepdims=True), out=ratios, where=np.isfinite(runtimes))
    return ratios


def performance_profile(runtimes: Floats, factors: NDArray[Any]) -> Floats:
    """(strategies, len(factors)): the share of problems that each strategy solves within a factor of the fastest.

    `runtimes` is (problems, strategies), infinite where unsolved. rho_s(r) = #{p : t_ps <= r min_s t_ps} / #p; a
    problem that nobody solves counts for nobody (Dolan & Moré, Mathematical Programming 2002).
    """
    return np.stack([runtime_distribution(column, np.asarray(factors)) for column in performance_ratios(runtimes).T])
