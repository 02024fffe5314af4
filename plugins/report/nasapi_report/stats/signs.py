"""Tests of pairs by the signs of their differences: exact whatever the law, as long as it is the same for both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_report.stats.intervals import Floats

_EXACT = 200  # pairs up to which every choice of signs is counted
_STEPS = 1000  # of the mean size; sums that rounding to them may have parted count as equal


def mean_test(difference: Floats) -> float:
    """The two-sided p-value of the sign-flip test that paired differences (n,) have mean 0.

    Under the null that both of a pair have one law each difference is as likely as its negative; p is the share of all
    2^n choices of signs whose sum is as far from 0 as the one seen (Fisher, The design of experiments, 1935, section
    21). Signs leave the sum of squares alone, so the order is that of Student's t, and the test keeps its level for
    equal means of unequal laws as n grows (Romano, J. Am. Statist. Assoc. 1990, on the mean of one sample that is not
    symmetric). No differences give 1. Of more than 200 pairs it is Student's test.
    """
    if len(difference) > _EXACT:
        return min(1.0, 2 * min(_student(difference), _student(-difference)))
    weights = _whole(difference)
    positive = int(weights[difference > 0].sum())
    total = int(weights.sum())
    return min(1.0, 2 * _tail(weights, max(positive, total - positive)))


def equivalence_test(difference: Floats, region: float) -> float:
    """The p-value against the null that the mean of differences (n,) is `region` or more from 0 on either side.

    The larger of two one-sided sign-flip tests, of the differences moved up and down by the region (Schuirmann,
    Journal of Pharmacokinetics and Biopharmaceutics 1987); Student's of more than 200 pairs, as in `mean_test`.
    """
    if not region > 0:
        raise ValueError(f"A region of equivalence is larger than 0, not {region!r}.")
    difference = np.asarray(difference, np.float64)
    return max(_above(difference + region), _above(region - difference))


def _above(values: Floats) -> float:
    """The one-sided p-value that values (n,) have mean 0 against a larger one."""
    if len(values) > _EXACT:
        return _student(values)
    weights = _whole(values)
    return _tail(weights, int(weights[values > 0].sum()))


def _student(values: Floats) -> float:
    """The one-sided p-value of Student's test that values (n,) have mean 0 against a larger one."""
    from scipy.special import stdtr

    if np.ptp(values) == 0:
        return 0.0 if values[0] > 0 else 1.0
    n = len(values)
    return float(stdtr(n - 1, -values.mean() / (values.std(ddof=1) / np.sqrt(n))))


def _whole(values: Floats) -> NDArray[np.int64]:
    """Sizes as whole numbers whose mean is about `_STEPS`."""
    sizes = np.abs(np.asarray(values, np.float64))
    mean = float(sizes.mean()) if len(sizes) else 0.0
    return np.rint(sizes * (_STEPS / mean)).astype(np.int64) if mean > 0 else np.zeros(len(sizes), np.int64)


def _tail(weights: NDArray[np.int64], least: int) -> float:
    """The chance that the sum of weights (n,), each taken or not like the toss of a coin, is at least so much.

    The law of the sum has the generating function prod (1 + x^weight) / 2. Half a step a weight is what rounding moves.
    """
    least = max(0, least - (int(np.count_nonzero(weights)) + 1) // 2)
    law = np.zeros(int(weights.sum()) + 1)
    law[0], reached = 1.0, 0
    for weight in np.sort(weights[weights > 0]).tolist():
        law[weight : reached + weight + 1] += law[: reached + 1].copy()
        reached += weight
        law[: reached + 1] /= 2
    return float(law[least:].sum())
