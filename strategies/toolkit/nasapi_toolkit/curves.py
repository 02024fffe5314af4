"""What a run had after each of its trials: hypervolume, IGD+, feasible share, least breach."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi import History
from nasapi_toolkit.indicators import hypervolume, igd_plus

Floats = NDArray[np.float64]


def hypervolume_curve(history: History, point: ArrayLike) -> Floats:
    """(N,): the hypervolume of the feasible architectures after each trial; 0 before the first."""
    return _curve(history, lambda losses: hypervolume(losses, point))


def igd_plus_curve(history: History, front: ArrayLike, scale: ArrayLike = 1.0) -> Floats:
    """(N,): the IGD+ of the feasible architectures to a front, (m, goals), after each trial; infinite before the first.

    Losses and front are divided by `scale`, one number or one for each goal.
    """
    known, size = np.asarray(front, np.float64), np.asarray(scale, np.float64)
    return _curve(history, lambda losses: igd_plus(losses / size, known / size))


def feasible_share(history: History) -> Floats:
    """(N,): the share of the trials so far that kept all constraints; a failure kept none."""
    kept = feasible(history)
    return np.cumsum(kept) / np.arange(1, len(kept) + 1)


def least_violation(history: History) -> Floats:
    """(N,): the smallest sum of breaches so far, 0 from the first feasible trial on, infinite before any success."""
    succeeded = np.isfinite(history.losses).all(axis=1)
    return np.minimum.accumulate(np.where(succeeded, history.violation, np.inf))


def feasible(history: History) -> NDArray[np.bool_]:
    """(N,): which trials succeeded and kept all constraints."""
    return np.asarray(np.isfinite(history.losses).all(axis=1) & (history.violation == 0))


def _curve(history: History, indicator: Callable[[Floats], float]) -> Floats:
    """(N,): an indicator of the feasible losses so far, computed anew when the front has changed."""
    losses, kept = history.losses, feasible(history)
    front = np.empty((0, losses.shape[1]))
    value, found = indicator(front), np.empty(len(losses))
    for row, point in enumerate(losses):
        if kept[row] and not (front <= point).all(axis=1).any():
            front = np.vstack([front[~(point <= front).all(axis=1)], point])
            value = indicator(front)
        found[row] = value
    return found
