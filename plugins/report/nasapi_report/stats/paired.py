"""Comparisons of strategies on one benchmark: by means, by the better run, by whether a difference matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from attrs import evolve, frozen

from nasapi_report.stats.better import better_run
from nasapi_report.stats.intervals import Estimate, Floats, mean_interval
from nasapi_report.stats.signs import equivalence_test, mean_test

ALPHA = 0.05
"""The level of tests: the chance of one wrong sentence or more that a page allows itself; significant is a p below it.

The `level` of an interval is that of its confidence, 1 - `ALPHA` where none is given.
"""


@frozen
class PValue:
    """A p-value, and the same corrected for all tests of the page."""

    p: float
    adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the corrected p-value is below `ALPHA`."""
        return self.adjusted < ALPHA


@frozen
class Comparison:
    """Strategy `a` against strategy `b` on one benchmark, a pair of runs for each seed; positive favours `a`."""

    a: str
    b: str
    pairs: int
    difference: Estimate
    """The mean paired difference a - b."""
    improvement: Estimate
    """The probability that a run of `a` is better than a run of `b`."""
    means: PValue
    """The sign-flip test that the means are equal."""
    runs: PValue
    """The rank test that a run of either is as likely to be the better one."""
    equivalence: PValue | None = None
    """The test that the means differ by `region` or more; None where no region is known."""
    region: float | None = None
    """The difference below which means are practically equal."""

    @property
    def tests(self) -> tuple[PValue, ...]:
        """Its tests in order."""
        return (self.means, self.runs) if self.equivalence is None else (self.means, self.runs, self.equivalence)

    @property
    def ahead(self) -> bool:
        """Whether the means differ: by the test, and by the interval, which allows for what runs missed."""
        return self.means.significant and self.difference.excludes(0.0)

    @property
    def practically_equal(self) -> bool:
        """Whether the means differ by less than the region: by the test, and by the interval, as `ahead` needs both."""
        if self.equivalence is None or self.region is None or not self.equivalence.significant:
            return False
        return -self.region < self.difference.low and self.difference.high < self.region


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


def compare(
    runs: Mapping[str, Mapping[int, float]],
    *,
    reaches: Mapping[str, tuple[float, float]] | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
    region: float | None = None,
    level: float = 0.95,
) -> list[Comparison]:
    """Every pair of strategies compared by their final values by seed, larger being better; `a` is the one given first.

    Seeds that one of a pair lacks are left out of that pair; a pair without a common seed is left out. `reaches` has
    for each strategy the range in which its runs may end, and no difference is outside of `within`. The p-values are
    corrected for these tests alone; `corrected` corrects those of several benchmarks together.
    """
    found = []
    for a, b in combinations(runs, 2):
        seeds = sorted(runs[a].keys() & runs[b].keys())
        if not seeds:
            continue
        left, right = (np.array([runs[name][seed] for seed in seeds]) for name in (a, b))
        reach = None
        if reaches is not None and a in reaches and b in reaches:
            reach = (reaches[a][0] - reaches[b][1], reaches[a][1] - reaches[b][0])
        better, p = better_run(left, right, level=level)
        found.append(
            Comparison(
                a,
                b,
                len(seeds),
                difference=mean_interval(left - right, reach=reach, within=within, level=level),
                improvement=better,
                means=_uncorrected(mean_test(left - right)),
                runs=_uncorrected(p),
                equivalence=None if region is None else _uncorrected(equivalence_test(left - right, region)),
                region=region,
            )
        )
    return corrected([found])[0]


def _uncorrected(p: float) -> PValue:
    return PValue(p, p)


def corrected(groups: Iterable[Sequence[Comparison]]) -> list[list[Comparison]]:
    """The comparisons of several benchmarks with every p-value corrected by Holm over all tests of all of them."""
    kept = [list(group) for group in groups]
    adjusted = iter(holm([test.p for group in kept for row in group for test in row.tests]).tolist())

    def again(row: Comparison) -> Comparison:
        tests = [PValue(test.p, next(adjusted)) for test in row.tests]
        return evolve(row, means=tests[0], runs=tests[1], equivalence=tests[2] if len(tests) > 2 else None)

    return [[again(row) for row in group] for group in kept]


def indistinguishable(best: str, names: Sequence[str], comparisons: Sequence[Comparison]) -> frozenset[str]:
    """The strategies whose means are not told from that of `best`; itself among them.

    That a difference was not found does not prove that there is none.
    """
    distinguished = {
        other
        for row in comparisons
        if best in (row.a, row.b) and row.ahead
        for other in (row.a, row.b)
        if other != best
    }
    return frozenset(names) - distinguished
