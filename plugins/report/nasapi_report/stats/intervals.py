"""Estimates with bootstrap confidence intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@frozen
class Estimate:
    """A number with its confidence interval; a `nan` interval where there are too few values for one."""

    value: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside the interval."""
        return bool(value < self.low or value > self.high)


def mean_interval(values: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 4000) -> Estimate:
    """The mean of values (n,) with its bias-corrected and accelerated bootstrap interval.

    BCa (Efron, Better bootstrap confidence intervals, JASA 1987): percentiles of the bootstrap distribution, shifted by
    its median bias and by the skewness of the jackknife. Equal values give an interval of no width; one value none.
    """
    values = np.asarray(values, np.float64)
    _check(values, level)
    mean = float(values.mean())
    if (certain := _without_spread(values)) is not None:
        return certain
    from scipy.stats import bootstrap

    interval = bootstrap(
        (values,), np.mean, confidence_level=level, n_resamples=resamples, method="BCa", rng=rng, batch=1000
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high))


def normal_interval(values: Floats, *, level: float = 0.95) -> Estimate:
    """The mean of values (n,) with its interval by standard error, as wide to the left as to the right.

    mean ± z s / sqrt(n), 1.96 standard errors at the level 0.95. It draws nothing and fits a cell of a table, but may
    reach beyond a bound that the values keep, where `mean_interval` does not. One value gives no interval.
    """
    values = np.asarray(values, np.float64)
    _check(values, level)
    mean = float(values.mean())
    if (certain := _without_spread(values)) is not None:
        return certain
    from statistics import NormalDist

    half = NormalDist().inv_cdf((1 + level) / 2) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Estimate(mean, float(mean - half), float(mean + half))


def _without_spread(values: Floats) -> Estimate | None:
    """The estimate of one value, which has no interval, or of equal ones, whose interval has no width; else None."""
    if len(values) < 2:
        return Estimate(float(values[0]), np.nan, np.nan)
    return Estimate(*[float(values[0])] * 3) if np.ptp(values) == 0 else None


def trimmed_interval(
    values: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 4000
) -> Estimate:
    """The interquartile mean of values (n,) with its percentile bootstrap interval.

    The mean of the middle half: the lowest and highest floor(n / 4) values are dropped (Agarwal et al., Deep
    reinforcement learning at the edge of the statistical precipice, NeurIPS 2021).
    """
    values = np.asarray(values, np.float64)
    _check(values, level)
    drawn = np.sort(values[rng.integers(0, len(values), (resamples, len(values)))], axis=1)
    middle = slice(len(values) // 4, len(values) - len(values) // 4)
    value = float(np.sort(values)[middle].mean())
    if len(values) < 2:
        return Estimate(value, np.nan, np.nan)
    low, high = _percentiles(drawn[:, middle].mean(axis=1), level)
    return Estimate(value, float(low), float(high))


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
    low, high = _percentiles(counts @ curves / runs, level)
    return curves.mean(axis=0), low, high


def proportion_interval(successes: int, n: int, *, level: float = 0.95) -> Estimate:
    """The share successes / n with Wilson's score interval (Wilson, JASA 1927).

    Centre (p + z²/2n) / (1 + z²/n), half-width z sqrt(p(1-p)/n + z²/4n²) / (1 + z²/n); it stays within 0 and 1 and has
    width where all succeed or all fail.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"A share needs 0 to n successes of n > 0, not {successes!r} of {n!r}.")
    from statistics import NormalDist

    z = NormalDist().inv_cdf((1 + level) / 2)
    p, scale = successes / n, 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    return Estimate(
        p, min(float(centre - half), p) if successes else 0.0, max(float(centre + half), p) if successes < n else 1.0
    )


def _percentiles(statistics: NDArray[Any], level: float) -> Floats:
    """The ends of the central interval of bootstrap statistics (resamples, ...)."""
    return np.asarray(np.quantile(statistics, [(1 - level) / 2, (1 + level) / 2], axis=0))


def _check(values: Floats, level: float) -> None:
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"An interval needs finite values, at least one; given shape {values.shape}.")
    if not 0 < level < 1:
        raise ValueError(f"A confidence level lies between 0 and 1, not {level!r}.")
