"""Weighted retraining: the rank of every result, and the weight that the rank gives it.

Tripp, Daxberger & Hernández-Lobato, "Sample-efficient optimization in the latent space of deep generative models via
weighted retraining", NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

_PENALTY = 1000.0  # by which the paper multiplies the ranks of what breaks a constraint


def ranks(losses: NDArray[np.float64], violations: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): rank of each row, 0 the best, equal rows sharing the smaller rank; failures are last.

    `losses` is (n, goals), `violations` (n, constraints). With one goal and no constraint it is the loss's rank. With
    several the goals' ranks, from 1, are added, and the sum is multiplied by 1000 where a constraint is broken, as
    AG-Net does (supplement, hardware-aware search); among the broken a smaller violation then decides.
    """
    added = np.column_stack([rankdata(column, method="min") for column in losses.T]).sum(axis=1)
    broken = violations.sum(axis=1)
    order = np.where(broken > 0, _PENALTY * added.max(initial=1.0) + rankdata(broken, method="min"), added)
    return np.asarray(rankdata(np.where(np.isfinite(losses).all(axis=1), order, np.inf), method="min") - 1.0)


def retraining_weights(rank: NDArray[np.float64], k: float) -> NDArray[np.float64]:
    """(n,): weights proportional to 1 / (kN + rank), with mean 1 (Tripp et al. 2020, eq. 2)."""
    weights = 1.0 / (k * len(rank) + rank)
    return np.asarray(weights / weights.mean())


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """How many equally weighted rows would average as well (Kish): (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / (weights**2).sum())
