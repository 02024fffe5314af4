"""Ranks of strategies over many benchmarks: Friedman's test and the critical difference."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from nasapi_report.stats.intervals import Floats


@frozen
class Ranking:
    """Strategies ranked over benchmarks, 1 the best."""

    names: tuple[str, ...]
    """From the best mean rank to the worst."""
    ranks: tuple[float, ...]
    """The mean rank of each."""
    benchmarks: int
    p: float
    """Friedman's test that all strategies are alike."""
    critical: float
    """Nemenyi's critical difference of mean ranks."""

    @property
    def groups(self) -> tuple[tuple[int, int], ...]:
        """Maximal stretches (first, last) of two or more places whose ranks differ by no more than `critical`."""
        ranks = np.asarray(self.ranks)
        last = np.searchsorted(ranks, ranks + self.critical, side="right") - 1
        found: list[tuple[int, int]] = []
        for first, end in enumerate(last.tolist()):
            if end > first and (not found or end > found[-1][1]):
                found.append((first, end))
        return tuple(found)


def rank_strategies(names: tuple[str, ...], values: Floats, *, alpha: float = 0.05) -> Ranking:
    """Rank strategies by values (benchmarks, strategies), larger being better, ties sharing their mean rank.

    Friedman's chi-squared with the correction for ties, and Nemenyi's critical difference
    CD = q_alpha sqrt(k (k + 1) / 6 N), q_alpha the studentised range of k means over sqrt 2 (Demšar, Statistical
    comparisons of classifiers over multiple data sets, JMLR 2006). Needs 3 strategies and 2 benchmarks.
    """
    values = np.asarray(values, np.float64)
    n, k = values.shape
    if k < 3 or n < 2 or k != len(names):
        raise ValueError(f"Ranking needs 3 strategies and 2 benchmarks or more; given {k} and {n}.")
    from scipy import stats

    ranks = stats.rankdata(-values, axis=1)
    mean = ranks.mean(axis=0)
    order = np.argsort(mean, kind="stable")
    tied = bool((ranks == ranks[:, :1]).all())
    p = 1.0 if tied else float(stats.friedmanchisquare(*values.T).pvalue)
    q = float(stats.studentized_range.ppf(1 - alpha, k, np.inf)) / np.sqrt(2)
    critical = q * np.sqrt(k * (k + 1) / (6 * n))
    return Ranking(tuple(names[i] for i in order), tuple(mean[order].tolist()), n, p, float(critical))
