"""Weighted retraining: the weight that its rank gives a result.

Tripp, Daxberger & Hernández-Lobato, "Sample-efficient optimization in the latent space of deep generative models via
weighted retraining", NeurIPS 2020.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def retraining_weights(rank: NDArray[Any], k: float, squared: bool = False) -> NDArray[np.float64]:
    """(n,): weights proportional to 1 / (kN + rank), or to its square, with mean 1 (Tripp et al. 2020, eq. 2)."""
    weights = 1.0 / (k * len(rank) + rank)
    weights = weights**2 if squared else weights
    return np.asarray(weights / weights.mean())


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """How many equally weighted rows would average as well (Kish): (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / (weights**2).sum())
