"""Ranks: the place of each value among all, as scipy.stats has them, whose import takes longer than a whole search."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def least_ranks(values: ArrayLike) -> NDArray[np.int64]:
    """(n,): from 1 for the smallest; equal values all have the least of their ranks. None is NaN."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts + 1)[place])


def mean_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """(n,): from 1 for the smallest; equal values all have the mean of their ranks. None is NaN."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])
