"""Whether draws can come from a distribution: chi-square tests with a tiny rate of false alarms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-12
"""The smallest probability that is put down to chance: a false alarm in a million million tests."""
FEWEST = 5.0
"""The smallest expected count; rarer outcomes are counted together."""


def chance_of_counts(counts: NDArray[np.integer], shares: NDArray[np.float64]) -> float:
    """The probability that counts are at least as far from the shares that were expected."""
    expected = shares * counts.sum()
    rare = expected < FEWEST
    found = np.append(counts[~rare], counts[rare].sum())
    wanted = np.append(expected[~rare], expected[rare].sum())
    if (found[wanted == 0] > 0).any():
        return 0.0
    found, wanted = found[wanted > 0], wanted[wanted > 0]
    return _chance(float((np.square(found - wanted) / wanted).sum()), len(found) - 1)


def chance_of_both(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """The probability that two counts of one distribution are at least as far apart."""
    there = (one + other) >= 2 * FEWEST
    a, b = (np.append(counts[there], counts[~there].sum()).astype(np.float64) for counts in (one, other))
    if not a.sum() or not b.sum():
        return 1.0  # nothing was drawn, so nothing is known
    a, b = a[a + b > 0], b[a + b > 0]
    ratio = np.sqrt(b.sum() / a.sum())
    return _chance(float((np.square(a * ratio - b / ratio) / (a + b)).sum()), len(a) - 1)


def chance_of_pairs(one: NDArray[np.integer], other: NDArray[np.integer], values: int) -> float:
    """The probability that two independent columns of equal length hang together at least as much."""
    counts = np.bincount(one.astype(np.int64) * values + other, minlength=values * values)
    shares = [np.bincount(column, minlength=values) / len(column) for column in (one, other)]
    return chance_of_counts(counts, np.outer(*shares).ravel())


def _chance(statistic: float, freedom: int) -> float:
    """The probability of a larger chi-square statistic."""
    from scipy.special import chdtrc

    return float(chdtrc(freedom, statistic)) if freedom > 0 else 1.0
