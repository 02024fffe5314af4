"""Tests that may be looked at after every pair of runs: bets on the signs of paired differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_report.stats.intervals import Floats

_BETS = ((0.5, 0.95), (0.2, 0.05))
"""Bets in parts of a rank's normal score, with their weights: the first finds what a hundred pairs would find."""
_STAKES = (0.05, 0.15, 0.5, 1.5, 5.0)
"""Bets on equivalence in parts of the region, of equal weight: from differences much wider than it to much narrower."""

_ALL = 1e-9  # what is never staked


def sequential_mean_test(difference: Floats) -> Floats:
    """(..., n): after each pair the p-value that both of a pair have one law, valid at whatever pair one stops.

    Under the null the sign of a difference is a fair coin, given its size and all before. Money is bet on the sign,
    more where the size has a high rank among those so far: a bet of tanh(b z) for a normal score z multiplies it by
    1 + sign tanh(b z). The mean over bets on either sign is a test martingale, and p is 1 over the highest it has
    reached (Ville's inequality; Ramdas et al., Game-theoretic statistics and safe anytime-valid inference,
    Statistical Science 2023). A difference of 0 is no bet.
    """
    score = _signed_scores(np.asarray(difference, np.float64))
    wealth = np.zeros(score.shape)
    for bet, weight in _BETS:
        for sign in (1.0, -1.0):
            wealth += weight / 2 * _product(sign * bet * score)
    return _p(wealth)


def sequential_equivalence_test(difference: Floats, region: float) -> Floats:
    """(..., n): after each pair the p-value that the centre of the differences is `region` or more from 0.

    The larger of two p-values as in `sequential_mean_test`, of the differences moved up and down by the region, bets in
    parts of it; for a law that is symmetric about its centre.
    """
    if not region > 0:
        raise ValueError(f"A region of equivalence is larger than 0, not {region!r}.")
    scaled = np.asarray(difference, np.float64) / region
    return np.maximum(_p(_wealth(scaled + 1)), _p(_wealth(1 - scaled)))


def _wealth(moved: Floats) -> Floats:
    return np.asarray(np.mean([_product(stake * moved) for stake in _STAKES], axis=0), np.float64)


def _product(bets: Floats) -> Floats:
    """What 1 has become after each bet, of which none stakes all."""
    parts = np.clip(np.tanh(bets), _ALL - 1, 1 - _ALL)
    return np.asarray(np.exp(np.log1p(parts).cumsum(axis=-1)))


def _p(wealth: Floats) -> Floats:
    """1 over the highest wealth so far, which was 1 at the start."""
    return np.asarray(1 / np.maximum.accumulate(np.maximum(wealth, 1.0), axis=-1))


def _signed_scores(difference: Floats) -> Floats:
    """(..., n): each difference's normal score by the rank of its size among those so far, with its sign."""
    from scipy.special import ndtri

    sizes = np.abs(difference)
    ranks: NDArray[np.float64] = np.empty(sizes.shape)
    for at in range(sizes.shape[-1]):
        last = sizes[..., at : at + 1]
        below = (sizes[..., :at] < last).sum(axis=-1) + 0.5 * (sizes[..., :at] == last).sum(axis=-1)
        ranks[..., at] = (below + 0.5) / (at + 1)
    return np.asarray(np.sign(difference) * ndtri((1 + ranks) / 2))
