"""Seeds added until strategies differ or are practically equal: what `nasapi bench --until-decided` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from nasapi.words import counted
from nasapi_report.analysis import analyse
from nasapi_report.source import names_of
from nasapi_report.stats.intervals import Floats
from nasapi_report.stats.paired import ALPHA
from nasapi_report.stats.sequential import sequential_equivalence_test, sequential_mean_test
from nasapi_report.words import number, probability, with_unit

if TYPE_CHECKING:
    from nasapi.running import Study
    from nasapi_report.analysis import Analysis

_FIRST = 5  # seeds before the first look; no test can decide with fewer


@frozen
class Decision:
    """What is known of two strategies on one benchmark after so many seeds, however they came to be so many."""

    benchmark: str
    a: str
    """The one with the better mean."""
    b: str
    seeds: int
    """How many gave both a result; with none nothing is decided."""
    apart: float
    """The p-value of equal means, corrected for all pairs and valid at any stop."""
    equivalence: float | None
    """The p-value that they differ by the region or more, likewise; None where no region is known."""
    difference: float
    """The mean paired difference; positive favours `a`, and NaN where no seed gave both a result."""
    region: float | None
    unit: str

    @property
    def made(self) -> bool:
        """Whether they are shown to differ or to be practically equal."""
        return self.apart < ALPHA or (self.equivalence is not None and self.equivalence < ALPHA)

    def __str__(self) -> str:
        if not self.seeds:
            return f"{self.benchmark}: {self.a} and {self.b} cannot be compared: no seed gave both a result."
        where = f"{self.benchmark}, {counted(self.seeds, 'seed', 'seeds')}:"
        by = with_unit(number(self.difference, 3), self.unit)
        if self.equivalence is not None and self.region is not None and self.equivalence < ALPHA:
            region = with_unit(f"{self.region:.2g}", self.unit)
            return (
                f"{where} {self.a} and {self.b} are practically equal ({by}): they differ by less than training "
                f"a network again changes, {region} ({probability(self.equivalence)})."
            )
        if self.apart < ALPHA:
            return (
                f"{where} {self.a} and {self.b} are told apart ({probability(self.apart)}); {self.a} has the better "
                f"mean, by {by}."
            )
        return f"{where} {self.a} and {self.b} are not told apart ({probability(self.apart)}, difference {by})."


def until_decided(
    study_of: Callable[[Sequence[int]], Study], seeds: Sequence[int], run: Callable[[Study], None]
) -> tuple[Study, list[Decision]]:
    """Run studies with more and more of `seeds` until every pair on every benchmark is decided, or all are used.

    `study_of` gives the study with those seeds, over the store of the one before; `run` does what it lacks.
    """
    count = 0
    while True:
        count = min(len(seeds), count + max(_FIRST, count // 5))
        study = study_of(seeds[:count])
        run(study)
        found = decisions(study)
        if count == len(seeds) or all(one.made for one in found):
            return study, found


def decisions(study: Study) -> list[Decision]:
    """What is decided of every pair on every benchmark, each at the level `ALPHA` over the number of all pairs."""
    found = {analysis.record.spec: analysis for analysis in analyse(study)}
    names = list(combinations(names_of(study), 2))
    pairs = [(given.spec, a, b) for given in study.benchmarks for a, b in names]
    return [_decision(spec, a, b, found.get(spec), len(pairs)) for spec, a, b in pairs]


def _decision(spec: str, a: str, b: str, analysis: Analysis | None, pairs: int) -> Decision:
    """What is decided of one pair by its paired differences in the order of seeds."""
    difference = np.array([]) if analysis is None else _difference(analysis, a, b)
    if analysis is None or not len(difference):
        return Decision(spec, a, b, 0, apart=1.0, equivalence=None, difference=np.nan, region=None, unit="")
    equivalence = None
    if analysis.region is not None:
        equivalence = min(1.0, pairs * float(sequential_equivalence_test(difference, analysis.region)[-1]))
    mean = float(difference.mean())
    return Decision(
        spec,
        *((b, a) if mean < 0 else (a, b)),
        len(difference),
        apart=min(1.0, pairs * float(sequential_mean_test(difference)[-1])),
        equivalence=equivalence,
        difference=abs(mean),
        region=analysis.region,
        unit=analysis.measure.unit,
    )


def _difference(analysis: Analysis, a: str, b: str) -> Floats:
    """(seeds,): the differences of scores for the seeds that gave both a result, in their order."""
    finals = {row.strategy: row.final_values for row in analysis.runs}
    first, second = finals.get(a, {}), finals.get(b, {})
    score = analysis.measure.score
    return np.array([score(first[seed]) - score(second[seed]) for seed in sorted(first.keys() & second.keys())])
