"""Weights of evaluated architectures by rank, with and without constraints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_agnet.settings import PENALTY

Vector = NDArray[np.float64]


def places(values: Vector) -> NDArray[np.int64]:
    """(n,): the rank of each value, 0 the smallest; of equal values the earlier comes first."""
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")


def ranks(losses: NDArray[np.float64], broken: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,): ranks from 0, the best, by r = (sum of the ranks from 1 in each loss) * (1000 where broken).

    `losses` is (n, goals). With one goal and nothing broken it is the rank of the loss.
    """
    added = sum(places(column) + 1 for column in losses.T)
    return places(np.where(broken, PENALTY, 1) * np.asarray(added, np.float64))


def weights(rank: NDArray[np.int64], k: float) -> Vector:
    """(n,): 1 / (kN + rank), not normalised, as the authors' code has them; see `nasapi_toolkit.weights`."""
    return np.asarray(1.0 / (k * len(rank) + rank), np.float64)
