"""Seeds added until strategies differ or are practically equal: what `nasapi bench --until-decided` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from nasapi.words import counted
from nasapi_report.analysis import analyse
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
    apart: float
    """The p-value of equal means, corrected for all pairs and valid at any stop."""
    equivalence: float | None
    """The p-value that they differ by the region or more, likewise; None where no region is known."""
    difference: float
    """The mean paired difference; positive favours `a`."""
    region: float | None
    unit: str

    @property
    def made(self) -> bool:
        """Whether they are shown to differ or to be practically equal."""
        return self.apart < ALPHA or (self.equivalence is not None and self.equivalence < ALPHA)

    def __str__(self) -> str:
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
    """What is decided of every pair on every benchmark, each at the level `ALPHA` over the number of pairs."""
    pairs = [(analysis, a, b, values) for analysis in analyse(study) for a, b, values in _pairs(analysis)]
    found = []
    for analysis, a, b, difference in pairs:
        apart = min(1.0, len(pairs) * float(sequential_mean_test(difference)[-1]))
        equivalence = None
        if analysis.region is not None:
            equivalence = min(1.0, len(pairs) * float(sequential_equivalence_test(difference, analysis.region)[-1]))
        mean, names = float(difference.mean()), (a, b)
        if mean < 0:
            mean, names = -mean, (b, a)
        record, unit = analysis.record, analysis.measure.unit
        found.append(Decision(record.spec, *names, len(difference), apart, equivalence, mean, analysis.region, unit))
    return found


def _pairs(analysis: Analysis) -> Iterator[tuple[str, str, np.ndarray[tuple[int], np.dtype[np.float64]]]]:
    """Every pair with the paired differences of scores in the order of seeds."""
    scores: dict[str, Mapping[int, float]] = {
        row.strategy: {seed: analysis.measure.score(value) for seed, value in row.final_values.items()}
        for row in analysis.runs
    }
    for a, b in combinations(scores, 2):
        seeds = sorted(scores[a].keys() & scores[b].keys())
        if seeds:
            yield a, b, np.array([scores[a][seed] - scores[b][seed] for seed in seeds])
