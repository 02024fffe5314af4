"""Comparisons of strategies on one benchmark, their runs paired by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from attrs import frozen

from nasapi_report.stats.intervals import Estimate, Floats, mean_interval

_EXACT = 100  # pairs up to which the law of the rank sum is computed, in time of the cube of their number


@frozen
class Comparison:
    """Strategy `a` against strategy `b` on one benchmark, a pair of runs for each seed; positive favours `a`."""

    a: str
    b: str
    pairs: int
    difference: Estimate
    """The mean paired difference a - b with its BCa interval."""
    improvement: Estimate
    """The probability that a run of `a` is better than a run of `b`."""
    p: float
    """Wilcoxon's signed-rank test of the pairs."""
    adjusted: float
    """`p` after Holm's correction over all comparisons of the benchmark."""


def wilcoxon(a: Floats, b: Floats) -> float:
    """The two-sided p-value of Wilcoxon's signed-rank test of pairs (n,), zeros treated as Pratt (1959) does.

    Differences of 0 take part in the ranking and are then left out. Exact for up to 100 pairs, ties or not: under the
    null each rank is added or not with equal chance, so the law of the rank sum has the generating function
    prod (1 + x^rank) / 2. Beyond that the normal law. Equal pairs give 1.
    """
    difference = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    if not difference.any():
        return 1.0
    from scipy import stats

    if len(difference) > _EXACT:
        return float(stats.wilcoxon(difference, zero_method="pratt", method="asymptotic").pvalue)
    doubled = np.rint(2 * stats.rankdata(np.abs(difference))).astype(np.int64)  # whole numbers, shared ranks too
    ranks = doubled[difference != 0]
    law = np.zeros(ranks.sum() + 1)
    law[0] = 1.0
    for rank in ranks.tolist():
        law = (law + np.concatenate([np.zeros(rank), law[:-rank]])) / 2
    positive = int(doubled[difference > 0].sum())
    return min(1.0, 2 * float(law[max(positive, len(law) - 1 - positive) :].sum()))


def holm(p: Sequence[float] | Floats) -> Floats:
    """P-values (m,) adjusted for m tests by Holm's step-down method (Scandinavian Journal of Statistics 1979).

    The i-th smallest becomes max over j <= i of min(1, (m - j + 1) p_j); the order of the tests is kept.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def improvement(
    a: Floats, b: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 2000
) -> Estimate:
    """The probability that a value of `a` (n,) is larger than one of `b` (m,), ties counting one half.

    P(A > B) = mean over all pairs of [a > b] + [a = b] / 2, the Mann-Whitney statistic over n m, with a percentile
    bootstrap that draws the runs of each anew (Agarwal et al., NeurIPS 2021).
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    wins = (a[:, None] > b[None]) + 0.5 * (a[:, None] == b[None])
    left = rng.multinomial(len(a), np.full(len(a), 1 / len(a)), size=resamples)
    right = rng.multinomial(len(b), np.full(len(b), 1 / len(b)), size=resamples)
    drawn = ((left @ wins) * right).sum(axis=1) / (len(a) * len(b))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(wins.mean()), float(low), float(high))


def compare(
    runs: Mapping[str, Mapping[int, float]], rng: np.random.Generator, *, level: float = 0.95
) -> list[Comparison]:
    """Every pair of strategies compared by their final values by seed, larger being better; `a` is the one given first.

    Seeds that one of a pair lacks are left out of that pair; a pair without a common seed is left out.
    """
    found = []
    for a, b in combinations(runs, 2):
        seeds = sorted(runs[a].keys() & runs[b].keys())
        if not seeds:
            continue
        left, right = (np.array([runs[name][seed] for seed in seeds]) for name in (a, b))
        difference = mean_interval(left - right, rng, level=level)
        better = improvement(left, right, rng, level=level)
        found.append((a, b, len(seeds), difference, better, wilcoxon(left, right)))
    adjusted = holm([row[-1] for row in found])
    return [Comparison(*row, float(corrected)) for row, corrected in zip(found, adjusted, strict=True)]


def indistinguishable(
    best: str, names: Sequence[str], comparisons: Sequence[Comparison], *, alpha: float = 0.05
) -> frozenset[str]:
    """The strategies that no test at level `alpha`, after Holm's correction, tells from `best`; itself among them.

    That a difference was not found does not prove that there is none.
    """
    told_apart = {
        other
        for row in comparisons
        if best in (row.a, row.b) and row.adjusted < alpha
        for other in (row.a, row.b)
        if other != best
    }
    return frozenset(names) - told_apart
