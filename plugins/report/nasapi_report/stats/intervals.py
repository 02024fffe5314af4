"""Estimates with confidence intervals whose coverage is measured (docs/statistics.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEW = 10
"""With fewer values than this an interval is plain Student's: skewness and rare values cannot be told from so few."""
FEW_OTHERS = 4
"""With fewer values than this beside the most common one, an interval rests on how rare they are."""


@frozen
class Estimate:
    """A number with its confidence interval; a `nan` interval where there are too few values for one."""

    value: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside the interval."""
        return bool(value < self.low or value > self.high)


NOTHING = Estimate(np.nan, np.nan, np.nan)
"""The estimate from no values."""


def mean_interval(
    values: Floats,
    *,
    reach: tuple[float, float] | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
    level: float = 0.95,
) -> Estimate:
    """The mean of values (n,) with its interval: Student's, transformed by the skewness of the values.

    It is cut where it goes beyond `within`, which no mean is outside of, or beyond the values where they break that. Of
    fewer than `FEW` values it is plain Student's; equal ones have none, and `reach` does not count then. The rest is
    said of `FEW` values or more.

    Hall's transformation (On the removal of skewness by transformation, J. R. Statist. Soc. B 1992) with quantiles of
    Student's law: with s the standard deviation, g the skewness and W = (mean - truth) / s,
    W + g W²/3 + g² W³/27 + g/6n is taken for t/sqrt(n). Without skewness it is Student's interval.

    `reach` is the range (lowest, highest) that a further run is taken to end in. It counts where half of the values or
    more agree, as at a ceiling, since spread and skewness say little of what is rare. The interval is then moved out
    by what may not have been seen: the share that n runs miss with the chance (1 - level) / 2, times the way from the
    values to either end of the reach. Where fewer than `FEW_OTHERS` values differ from the common one, it is that value
    moved by Clopper and Pearson's upper bound of the share of others, times the way to either end. So thirty runs at
    the optimum have an interval. Equal values without a reach have none, as has one value.
    """
    values = np.asarray(values, np.float64)
    _check(values, level)
    n, mean = len(values), float(values.mean())
    if n < 2:
        return Estimate(mean, np.nan, np.nan)
    found = _students(values, level) if n < FEW else _halls(values, reach, level)
    lowest, highest = min(within[0], float(values.min())), max(within[1], float(values.max()))
    return Estimate(found.value, *(float(np.clip(end, lowest, highest)) for end in (found.low, found.high)))


def reaches_further(values: Floats, reach: tuple[float, float] | None) -> bool:
    """Whether `mean_interval` of values (n,) goes further than their spread says, for what may not have been seen."""
    n = len(values)
    if n < FEW or reach is None:
        return False
    found, counts = np.unique(values, return_counts=True)
    beyond = reach[0] < found[0] or reach[1] > found[-1]
    return bool(2 * counts.max() >= n and (beyond or (len(found) > 1 and n - counts.max() < FEW_OTHERS)))


def _halls(values: Floats, reach: tuple[float, float] | None, level: float) -> Estimate:
    """The mean of `FEW` values or more with Hall's interval, or at a ceiling by what may have been missed."""
    n, mean = len(values), float(values.mean())
    found, counts = np.unique(values, return_counts=True)
    common, others = float(found[counts.argmax()]), n - int(counts.max())
    least, most = float(found[0]), float(found[-1])
    lowest, highest = (least, most) if reach is None else (min(reach[0], least), max(reach[1], most))
    if others < FEW_OTHERS and lowest < highest:
        share = proportion_interval(others, n, level=level).high
        mean = mean if others else common  # not a sum that rounding moved
        return Estimate(mean, common - share * (common - lowest), common + share * (highest - common))
    if not others:
        return Estimate(common, np.nan, np.nan)
    low, high = map(float, skewed_interval(values, level))
    if 2 * others <= n:
        share = proportion_interval(0, n, level=level).high
        low, high = max(lowest, low - share * (least - lowest)), min(highest, high + share * (highest - most))
    return Estimate(mean, low, high)


def _students(values: Floats, level: float) -> Estimate:
    """The mean with Student's interval; none for equal values."""
    n, mean = len(values), float(values.mean())
    if np.ptp(values) == 0:
        return Estimate(float(values[0]), np.nan, np.nan)
    half = float(student_quantile((1 + level) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, mean - half, mean + half)


def skewed_interval(values: Floats, level: float) -> tuple[Floats, Floats]:
    """The ends (...,) of Hall's interval for the mean of values (n, ...) along the first axis; NaN where all agree."""
    n, mean = len(values), values.mean(axis=0)
    centred = values - mean
    spread = np.sqrt((centred**2).sum(axis=0) / (n - 1))
    alike = np.ptp(values, axis=0) == 0
    scale = np.where(alike, 1.0, spread * np.sqrt((n - 1) / n))
    skew = np.asarray((centred**3).mean(axis=0) / scale**3)
    skew = np.where(np.abs(skew) < 1e-6, 1e-6, skew)  # the transformation's limit is Student's interval
    spread = np.where(alike, np.nan, spread)
    quantile = student_quantile((1 + level) / 2, n - 1) / np.sqrt(n)

    def inverse(t: float) -> Floats:
        return np.asarray(3 / skew * (np.cbrt(1 + skew * (t - skew / (6 * n))) - 1))

    return mean - spread * inverse(quantile), mean - spread * inverse(-quantile)


def student_quantile(probability: float, degrees: float | Floats) -> Any:
    """The quantile of Student's law with so many degrees of freedom."""
    from scipy.special import stdtrit

    return stdtrit(degrees, probability)


def interquartile_mean(values: Floats) -> float:
    """The mean of the middle half of values (n,): the lowest and highest floor(n / 4) are dropped.

    Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice, NeurIPS 2021.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    return float(ordered[len(ordered) // 4 : len(ordered) - len(ordered) // 4].mean())


def mean_band(
    curves: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 1000
) -> tuple[Floats, Floats, Floats]:
    """The mean of curves (runs, points) with a pointwise percentile bootstrap band, as (mean, low, high) of (points,).

    Whole runs are drawn with replacement, as counts of a multinomial: mean* = counts @ curves / runs.
    """
    curves = np.asarray(curves, np.float64)
    _check(curves, level)
    runs = len(curves)
    counts = rng.multinomial(runs, np.full(runs, 1 / runs), size=resamples)
    low, high = percentiles(counts @ curves / runs, level)
    return curves.mean(axis=0), low, high


def proportion_interval(successes: int, n: int, *, level: float = 0.95) -> Estimate:
    """The share successes / n with the exact interval of Clopper and Pearson (Biometrika 1934).

    Its ends are the shares for which so many successes or more, or so many or fewer, have the probability
    (1 - level) / 2: quantiles of beta laws. It covers at least as often as it says, and has width for 0 and n of n.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"A share needs 0 to n successes of n > 0, not {successes!r} of {n!r}.")
    _check_level(level)
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Estimate(successes / n, low, high)


def percentiles(statistics: NDArray[Any], level: float) -> Floats:
    """The ends of the central interval of bootstrap statistics (resamples, ...)."""
    return np.asarray(np.quantile(statistics, [(1 - level) / 2, (1 + level) / 2], axis=0))


def reach_of(curves: Sequence[Floats]) -> tuple[float, float] | None:
    """The range in which a further run is taken to end, from the curves of some: as far as they stood from their end.

    The ends of all runs, and what each run held before its last change; None where no curve has a finite end. A run
    that had missed the optimum would have ended on what others held before they reached it.
    """
    held = []
    for curve in curves:
        known = curve[np.isfinite(curve)]
        if len(known):
            held += [known[-1:], known[known != known[-1]][-1:]]
    if not held:
        return None
    values = np.concatenate(held)
    return float(values.min()), float(values.max())


def _check(values: Floats, level: float) -> None:
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"An interval needs finite values, at least one; given shape {values.shape}.")
    _check_level(level)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"A confidence level lies between 0 and 1, not {level!r}.")
