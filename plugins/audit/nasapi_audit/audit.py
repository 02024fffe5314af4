"""The audit: compares another source's answers with ours and says of each disagreement what explains it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InterfaceError, InvalidOption
from nasapi.metric import Metric
from nasapi.objective import Objective
from nasapi.space import Codes
from nasapi_audit.adapter import Adapter, Alternative
from nasapi_audit.readings import Reading, readings

TOLERANCE = 2e-6
"""Numbers that differ by less than this part of themselves are equal: single precision is."""
EXPLAINED = 0.9
"""The share of architectures that an explanation must fit to be given."""


@frozen
class Finding:
    """One disagreement, and what explains it."""

    metric: str
    kinds: tuple[str, ...]
    """Of "split", "metric", "epochs", "seed", "order", "unit", "direction", "rounding", "values", "missing",
    "unrepeatable" and "unexplained", those that apply together."""
    sentence: str
    """The disagreement in words, with numbers."""
    cells: int
    """How many architectures were compared."""
    share: float
    """The part of them that the explanation fits; for "unexplained" the part that is equal."""
    architecture: str
    """An architecture on which the two disagree."""
    ours: float
    theirs: float

    def __str__(self) -> str:
        return f"{self.metric}: {self.sentence}"


@frozen
class Comparison:
    """What was compared, and what was found."""

    findings: list[Finding]
    metrics: tuple[str, ...]
    """Those that both have numbers of."""
    architectures: int


def audit(ours: Objective, adapter: Adapter, sample: int = 200, *, rng: np.random.Generator) -> list[Finding]:
    """The disagreements that `compare` finds; none where the two agree in what both have."""
    return compare(ours, adapter, sample, rng=rng).findings


def compare(ours: Objective, adapter: Adapter, sample: int = 200, *, rng: np.random.Generator) -> Comparison:
    """The disagreements between `adapter` and `ours` on up to `sample` architectures, and what was compared.

    Each metric that both have is compared, twice asked. Where the numbers differ, ours are taken in every other way
    that is known to happen, and the way with the fewest departures that fits the most architectures is named. Raises
    InvalidOption where no number of theirs is of a metric of ours, so that there is nothing to compare.
    """
    space = ours.space
    listed = adapter.listed(space)
    if listed is None:
        codes = np.unique(space.sample(sample, rng), axis=0)
    else:
        codes = listed[np.sort(rng.permutation(len(listed))[:sample])]
    first, second = adapter.answers(space, codes), adapter.answers(space, codes)
    shared = [metric for metric in ours.metrics if metric.name in first]
    if not shared:
        given = f"answers with {', '.join(map(repr, first))}, none of which is" if first else "has no number of"
        raise InvalidOption(
            f"{adapter.name} {given} {', '.join(metric.name for metric in ours.metrics)}, so there is nothing to "
            "compare; say which of its numbers is which with --as OURS=THEIRS."
        )
    findings: list[Finding] = []
    for metric in shared:
        again = second.get(metric.name, first[metric.name])
        findings += _compared(ours, metric, adapter, codes, first[metric.name], again)
        findings += _direction(ours, metric, adapter, codes, first[metric.name])
    return Comparison(findings, tuple(metric.name for metric in shared), len(codes))


def _compared(
    ours: Objective,
    metric: Metric,
    adapter: Adapter,
    codes: Codes,
    theirs: NDArray[np.float64],
    again: NDArray[np.float64],
) -> Iterator[Finding]:
    """The sentences on one metric's numbers."""
    right = ours.evaluate(codes)[metric.name]

    def finding(kinds: tuple[str, ...], sentence: str, share: float, rows: NDArray[np.bool_]) -> Finding:
        row = int(np.flatnonzero(rows)[0])
        text = ours.space.format(codes[row])
        numbers = f" ({float(theirs[row]):.6g} where ours is {float(right[row]):.6g}, for {text})"
        return Finding(
            metric.name, kinds, sentence + numbers, len(codes), share, text, float(right[row]), float(theirs[row])
        )

    lacking = np.isnan(theirs) & ~np.isnan(right)
    if lacking.any():
        yield finding(
            ("missing",), f"{lacking.sum()} of {len(codes)} have no number", 1 - float(lacking.mean()), lacking
        )
    there = ~np.isnan(theirs) & ~np.isnan(right)
    if not there.any():
        return
    changed = bool((there & ~_equal(theirs, again)).any())
    unrepeatable = ("unrepeatable",) if changed else ()
    calls = ", and they change from call to call" if changed else ""
    equal = _equal(theirs, right) & there
    if equal[there].all():
        if changed:
            yield finding(
                ("unrepeatable",), "at another call the numbers are others", 1.0, there & ~_equal(theirs, again)
            )
        return
    differs = there & ~equal
    best = _best(ours, metric, codes[there], theirs[there])
    same = float(equal[there].mean())
    if best is not None and best[1] >= EXPLAINED and best[1] > same:
        reading, share = best
        fits = "all" if share == 1 else f"{share:.1%}"
        yield finding((*reading.kinds, *unrepeatable), f"{fits} are {', '.join(reading.words)}{calls}", share, differs)
    elif same >= EXPLAINED:
        sentence = f"{differs.sum()} of {there.sum()} differ, by up to {np.abs(theirs - right)[there].max():.6g}"
        yield finding(("values", *unrepeatable), sentence + calls, same, differs)
    elif (asked := _asked_otherwise(ours, metric, adapter, codes)) is not None:
        sentence = f"{differs.sum()} of {there.sum()} differ, but agree when it is asked with {asked.words}"
        yield finding((*asked.kinds, *unrepeatable), sentence + calls, 1.0, differs)
    else:
        sentence = (
            f"{differs.sum()} of {there.sum()} differ and nothing that was tried explains it; "
            f"{_ranks(theirs[there], right[there])}"
        )
        yield finding(("unexplained", *unrepeatable), sentence + calls, same, differs)


def _best(ours: Objective, metric: Metric, codes: Codes, theirs: NDArray[np.float64]) -> tuple[Reading, float] | None:
    """The reading that fits the most architectures, with the fewest departures among those, and the share it fits."""
    digits = next((digits for digits in range(5) if np.array_equal(np.round(theirs, digits), theirs)), None)
    best: tuple[Reading, float] | None = None
    for reading in readings(ours, metric, codes):
        share = float(_equal(theirs, reading.values).any(axis=0).mean())
        candidates = [(reading, share)] if reading.kinds else []
        step = 10.0 ** -(digits or 0)
        if digits is not None and step < float(np.std(reading.values[0])):  # else any number would fit
            rounded = np.abs(theirs - reading.values) <= 0.5 * step * (1 + 1e-9)
            coarse = reading.then("rounding", f"rounded to {digits} digits after the point", reading.values)
            candidates.append((coarse, float(rounded.any(axis=0).mean())))
        for candidate in candidates:
            if best is None or (-candidate[1], len(candidate[0].kinds)) < (-best[1], len(best[0].kinds)):
                best = candidate
    return best


def _asked_otherwise(ours: Objective, metric: Metric, adapter: Adapter, codes: Codes) -> Alternative | None:
    """The first other way of asking that gives our numbers for all architectures."""
    right = ours.evaluate(codes)[metric.name]
    for alternative in adapter.alternatives():
        try:
            theirs = alternative.adapter.answers(ours.space, codes).get(metric.name)
        except InterfaceError:  # it cannot be asked so
            continue
        if theirs is not None and _equal(theirs, right).all():
            return alternative
    return None


def _direction(
    ours: Objective, metric: Metric, adapter: Adapter, codes: Codes, theirs: NDArray[np.float64]
) -> Iterator[Finding]:
    """Whether both say that the same end is the better one."""
    stated = adapter.goals.get(metric.name, metric.goal)
    if stated != metric.goal:
        words = {"min": "minimised", "max": "maximised"}
        sentence = f"it is to be {words[stated]} there and {words[metric.goal]} here"
        right = ours.evaluate(codes[:1])[metric.name]
        text = ours.space.format(codes[0])
        yield Finding(metric.name, ("direction",), sentence, len(codes), 1.0, text, float(right[0]), float(theirs[0]))


def _equal(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isclose(one, other, rtol=TOLERANCE, atol=0.0)


def _ranks(one: NDArray[np.float64], other: NDArray[np.float64]) -> str:
    """Spearman's rank correlation in words."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return "one of the two is the same for all, so that there is no rank correlation"
    from scipy.stats import spearmanr

    return f"rank correlation {spearmanr(one, other).statistic:.3f}"
