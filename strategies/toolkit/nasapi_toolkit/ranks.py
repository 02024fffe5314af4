"""Ranks: the place of each value among all, and of each row of goals and constraints.

The former are as scipy.stats has them, whose import takes longer than a whole search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi import ranking


def least_ranks(values: ArrayLike) -> NDArray[np.int64]:
    """(n,): from 1 for the smallest; equal values all have the least of their ranks. None is NaN."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts + 1)[place])


def mean_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """(n,): from 1 for the smallest; equal values all have the mean of their ranks. None is NaN."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])


def ranks(losses: NDArray[np.float64], violations: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): rank of each row, 0 the best, equal rows sharing the smaller rank; failures are last.

    `losses` is (n, goals), `violations` (n, constraints). With one goal and no constraint it is the loss's rank. With
    several the goals' ranks are added, as AG-Net does (Lukasik, Jung & Keuper, ECCV 2022, supplement). What breaks a
    constraint comes behind all that keep it, the less broken first (Deb 2000).
    """
    added = np.column_stack([least_ranks(column) for column in losses.T]).sum(axis=1)
    failed = ~np.isfinite(losses).all(axis=1)
    keys = np.column_stack([violations.sum(axis=1), added])
    keys[failed] = np.inf
    order = ranking.order(keys[:, 1], keys[:, 0])
    new = np.ones(len(order), np.bool_)
    new[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    found = np.empty(len(order))
    found[order] = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    return found
