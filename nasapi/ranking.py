"""Ranking: what comes first where constraints may be broken, what nothing dominates, and how that grows in a run.

Feasible beats infeasible, a smaller violation beats a larger one, then the goals decide (Deb, "An efficient constraint
handling method for genetic algorithms", CMAME 186, 2000). What failed comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi.errors import InvalidOption, NotAvailable, how_to_install
from nasapi.problem import Problem
from nasapi.trial import Result

Floats = NDArray[np.float64]
Key = tuple[float, float]
"""A result's violation and loss, for one goal: of two keys the smaller is the better."""

FAILED: Key = (float("inf"), float("inf"))
"""The key of an evaluation that failed."""


def keys(problem: Problem, results: Sequence[Result]) -> list[Key]:
    """The key of each result by the problem's first goal."""
    goal = problem.goals[0]
    name, sign = goal.name, goal.sign  # in plain Python, for strategies are told few results at once
    values = [float(result.values.get(name, nan)) for result in results]
    losses = [sign * value if value == value else inf for value in values]
    if not problem.constraints:
        return [(0.0, loss) if loss < inf else FAILED for loss in losses]
    violations = problem.violations(results).sum(axis=1).tolist()
    return [(a, b) if b < inf else FAILED for a, b in zip(violations, losses, strict=True)]


def order(losses: Floats, violations: Floats) -> NDArray[np.int64]:
    """(n,): the rows from the best to the worst, by violation (n,), then loss (n,); equal rows keep their order."""
    return np.lexsort((losses, violations))


def feasible(losses: Floats, violations: Floats) -> NDArray[np.bool_]:
    """(n,): which rows succeeded in every goal, (n, goals), and keep every constraint: violations (n,) are 0."""
    return np.asarray(np.isfinite(losses).all(axis=1) & (violations == 0))


def nondominated(losses: Floats) -> NDArray[np.int64]:
    """The rows of (n, goals) that no row with finite losses dominates, rising, each distinct point once."""
    rows = np.flatnonzero(np.isfinite(losses).all(axis=1))
    points, first = np.unique(losses[rows], axis=0, return_index=True)
    rows = rows[first]
    kept, left = [], np.arange(len(points))
    while len(left):  # in lexicographic order the first point left is dominated by none that is left
        kept.append(left[0])
        beaten = (points[left] >= points[left[0]]).all(axis=1)
        left = left[~beaten]
    return np.sort(rows[np.array(kept, np.int64)])


def running(indicator: Callable[[Floats], float], losses: Floats, kept: NDArray[np.bool_]) -> Floats:
    """(N,): an indicator of the front after each trial, of the rows of losses (N, goals) that are `kept` so far.

    The indicator is computed again only where the front has changed.
    """
    front = np.empty((0, losses.shape[1]))
    value, found = indicator(front), np.empty(len(losses))
    for row, point in enumerate(losses):
        if kept[row] and not (front <= point).all(axis=1).any():
            front = np.vstack([front[~(point <= front).all(axis=1)], point])
            value = indicator(front)
        found[row] = value
    return found


def hypervolume(losses: ArrayLike, point: ArrayLike) -> float:
    """The volume between losses, (n, goals), and a reference point, (goals,), that at least one of the rows dominates.

    Rows that are not better than the point in every goal add nothing, failures (infinite) neither; without any it is 0.
    The unit is the product of the goals' units. Zitzler & Thiele, PPSN 1998. Raises NotAvailable without moocore.
    """
    rows, reference = finite_rows(losses), np.asarray(point, np.float64)
    if reference.shape != (rows.shape[1],) or not np.isfinite(reference).all():
        raise InvalidOption(f"A reference point has a finite loss for each of {rows.shape[1]} goals, not {point!r}.")
    inside = rows[(rows < reference).all(axis=1)]
    return float(_moocore().hypervolume(inside, ref=reference)) if len(inside) else 0.0


def finite_rows(losses: ArrayLike) -> Floats:
    """(m, goals): the rows of (n, goals) without failures."""
    rows = np.asarray(losses, np.float64)
    if rows.ndim != 2:
        raise InvalidOption(f"Losses are an array (n, goals), not of shape {rows.shape}.")
    return np.ascontiguousarray(rows[np.isfinite(rows).all(axis=1)])


def _moocore() -> Any:
    try:
        import moocore
    except ImportError as error:
        raise NotAvailable(
            "The hypervolume needs the package moocore, which is not installed; install it with "
            f"{how_to_install('nasapi[hypervolume]')}."
        ) from error
    return moocore
