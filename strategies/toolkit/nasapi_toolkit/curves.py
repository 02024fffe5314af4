"""What a run had after each of its trials: hypervolume, IGD+, least breach."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi import History
from nasapi.ranking import hypervolume, running
from nasapi_toolkit.indicators import igd_plus

Floats = NDArray[np.float64]


def hypervolume_curve(history: History, point: ArrayLike) -> Floats:
    """(N,): the hypervolume of the feasible architectures after each trial; 0 before the first."""
    return running(lambda losses: hypervolume(losses, point), history.losses, history.feasible)


def igd_plus_curve(history: History, front: ArrayLike, scale: ArrayLike = 1.0) -> Floats:
    """(N,): the IGD+ of the feasible architectures to a front, (m, goals), after each trial; infinite before the first.

    Losses and front are divided by `scale`, one number or one for each goal.
    """
    reference, size = np.asarray(front, np.float64), np.asarray(scale, np.float64)
    return running(lambda losses: igd_plus(losses / size, reference / size), history.losses, history.feasible)


def least_violation(history: History) -> Floats:
    """(N,): the smallest sum of breaches so far, 0 from the first feasible trial on, infinite before any success."""
    succeeded = np.isfinite(history.losses).all(axis=1)
    return np.minimum.accumulate(np.where(succeeded, history.violation, np.inf))
