"""Estimates over several benchmarks, which come in groups: bootstraps of the runs of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from nasapi_report.stats.intervals import Estimate, Floats, percentiles


@frozen(eq=False)
class Stratum:
    """The runs of one strategy on one benchmark with one setting."""

    values: Floats
    """(n,)"""
    weight: float
    """Its part of the whole, 1 in all; groups have equal parts, and the benchmarks of each."""
    benchmark: str
    """What the stratum shares with those of other settings, which are one benchmark."""
    group: str
    """What the benchmark has in common with others, such as its space."""
    farthest: float
    """The value that a further run is taken to end at, at worst."""

    def drawn(self, rng: np.random.Generator, resamples: int) -> Floats:
        """(resamples, n): values drawn with replacement.

        Where half of the runs or more agree, as at a ceiling, one more takes part that ended as far as any may.
        """
        _, counts = np.unique(self.values, return_counts=True)
        n = len(self.values)
        pool = np.append(self.values, self.farthest) if 2 * counts.max() >= n else self.values
        return np.asarray(pool[rng.integers(0, len(pool), (resamples, n))])


def total_estimate(
    strata: Sequence[Stratum],
    rng: np.random.Generator,
    *,
    groups: bool = False,
    level: float = 0.95,
    resamples: int = 2000,
) -> Estimate:
    """The weighted mean over strata with a percentile bootstrap of the runs within each.

    With `groups`, groups are drawn anew too, and benchmarks within them, each with all its settings: the interval is
    then for other benchmarks of which these are a sample (Field & Welsh, Bootstrapping clustered data, J. R. Statist.
    Soc. B 2007).
    """
    weights = np.array([stratum.weight for stratum in strata])
    means = np.stack([stratum.drawn(rng, resamples).mean(axis=1) for stratum in strata], axis=1)
    drawn = np.broadcast_to(weights, means.shape)
    if groups:
        names = [(stratum.group, stratum.benchmark) for stratum in strata]
        benchmarks = list(dict.fromkeys(names))
        parts = np.array([[name == one for name in names] for one in benchmarks]) * weights
        parts /= parts.sum(axis=1, keepdims=True)  # of each benchmark, its settings by weight
        drawn = _drawn_shares([group for group, _ in benchmarks], rng, resamples) @ parts
    value = float(sum(stratum.weight * stratum.values.mean() for stratum in strata))
    low, high = percentiles((drawn * means).sum(axis=1), level).tolist()
    return Estimate(value, min(low, value), max(high, value))


def _drawn_shares(groups: Sequence[str], rng: np.random.Generator, resamples: int) -> Floats:
    """(resamples, n): what each of n benchmarks weighs where groups are drawn anew, and benchmarks within each."""
    distinct = list(dict.fromkeys(groups))
    chosen = _shares(len(distinct), rng, resamples)
    found = np.zeros((resamples, len(groups)))
    for place, group in enumerate(distinct):
        columns = [column for column, name in enumerate(groups) if name == group]
        found[:, columns] = chosen[:, [place]] * _shares(len(columns), rng, resamples)
    return found


def _shares(n: int, rng: np.random.Generator, resamples: int) -> Floats:
    """(resamples, n): how often each of n was drawn, of n draws with replacement, as shares."""
    return np.asarray(rng.multinomial(n, np.full(n, 1 / n), resamples) / n)


def middle_estimate(
    strata: Sequence[Stratum], rng: np.random.Generator, *, level: float = 0.95, resamples: int = 1000
) -> Estimate:
    """The weighted interquartile mean over all runs of all strata, with a bootstrap as in `total_estimate`.

    The mean between the weighted quartiles (Agarwal et al., NeurIPS 2021, where all weights are equal).
    """
    weights = np.concatenate([np.full(len(stratum.values), stratum.weight / len(stratum.values)) for stratum in strata])
    value = float(_middle(np.concatenate([stratum.values for stratum in strata])[None], weights)[0])
    drawn = np.concatenate([stratum.drawn(rng, resamples) for stratum in strata], axis=1)
    low, high = percentiles(_middle(drawn, weights), level).tolist()
    return Estimate(value, min(low, value), max(high, value))


def _middle(values: Floats, weights: Floats) -> Floats:
    """(m,): the mean of the values (m, n) between their weighted quartiles."""
    order = np.argsort(values, axis=1, kind="stable")
    part = weights[order]
    ends = part.cumsum(axis=1)
    inside = np.clip(np.minimum(ends, 0.75) - np.maximum(ends - part, 0.25), 0, None)
    return np.asarray((inside * np.take_along_axis(values, order, axis=1)).sum(axis=1) / inside.sum(axis=1))


def pointwise_band(
    strata: Sequence[Floats],
    weights: Floats,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    resamples: int = 500,
) -> tuple[Floats, Floats, Floats]:
    """The weighted mean over strata (runs, ...), each a mean over its runs, with its band, as (mean, low, high) (...,).

    Whole runs of each stratum are drawn anew, with all that belongs to their seed.
    """
    shape = strata[0].shape[1:]
    mean, drawn = np.zeros(shape), np.zeros((resamples, int(np.prod(shape))))
    for stratum, weight in zip(strata, weights, strict=True):
        n = len(stratum)
        counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
        mean += weight * stratum.mean(axis=0)
        drawn += weight * (counts @ stratum.reshape(n, -1)) / n
    low, high = percentiles(drawn, level)
    return mean, low.reshape(shape), high.reshape(shape)
