"""What a model learns of the results so far: ranks turned into normal scores, or standardised values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from nasapi_toolkit.ranks import mean_ranks

TARGETS = ("ranks", "values")
"""The kinds of targets that `scores` knows."""


def scores(losses: NDArray[np.float64], violations: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """(n,): targets to be minimised, from losses (n,), infinite for failures, and sums of violations (n,).

    "ranks" are normal scores, ndtri((rank - 1/2) / n), equal results sharing the mean rank: what is feasible goes by
    loss and comes before what is not, which goes by violation (Deb 2000); failures are last. "values" are losses with
    mean 0 and deviation 1, in which what failed or is not feasible counts as the worst that did well. Where that makes
    all alike though some break constraints, as while nothing feasible is known, they are scores of ranks.
    """
    good = np.isfinite(losses) & (violations == 0)
    broken = np.where(np.isfinite(losses), violations, np.inf)
    if kind == "values":
        found = standardised(np.where(good, losses, np.inf))
        if np.ptp(found) > 0 or not np.isfinite(broken[~good]).any():
            return found
    ranked = np.where(good, losses, 0.0)
    ranked[good] = mean_ranks(ranked[good])
    ranked[~good] = good.sum() + mean_ranks(broken[~good])
    return np.asarray(ndtri((ranked - 0.5) / len(ranked)))


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): mean 0 and deviation 1; what is not finite counts as the largest that is."""
    centre, scale = unit(values)
    return np.asarray((_filled(values) - centre) / scale)


def unit(values: NDArray[np.float64]) -> tuple[float, float]:
    """What `standardised` takes off values (n,), and what it then divides them by."""
    filled = _filled(values)
    spread = float(filled.std())
    return float(filled.mean()), spread if spread > 0 else 1.0


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    return np.where(finite, values, values[finite].max() if finite.any() else 0.0)
