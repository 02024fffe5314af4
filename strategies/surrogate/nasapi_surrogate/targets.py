"""What a model learns of the results so far: ranks turned into normal scores, or standardised values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

TARGETS = ("ranks", "values")


def scores(losses: NDArray[np.float64], violations: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """(n,): targets to be minimised, from losses (n,), infinite for failures, and sums of violations (n,).

    "ranks" are normal scores, ndtri((rank - 1/2) / n), equal results sharing the mean rank: what is feasible goes by
    loss and comes before what is not, which goes by violation (Deb 2000); failures are last. "values" are losses with
    mean 0 and deviation 1, in which what failed or is not feasible counts as the worst that did well.
    """
    good = np.isfinite(losses) & (violations == 0)
    if kind == "ranks":
        broken = np.where(np.isfinite(losses), violations, np.inf)
        ranked = np.where(good, losses, 0.0)
        first = rankdata(ranked[good]) if good.any() else np.empty(0)
        ranked[good] = first
        ranked[~good] = good.sum() + rankdata(broken[~good])
        return np.asarray(ndtri((ranked - 0.5) / len(ranked)))
    if not good.any():
        return np.zeros(len(losses))
    filled = np.where(good, losses, losses[good].max())
    spread = filled.std()
    return np.asarray((filled - filled.mean()) / (spread if spread > 0 else 1.0))
