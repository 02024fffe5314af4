"""The verdict of a report in sentences: who leads, and who cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nasapi_report.analysis import Analysis
from nasapi_report.counted_controls import control_sentence, without_learning
from nasapi_report.measure import benchmark_of
from nasapi_report.same_runs import same_runs
from nasapi_report.stats.paired import ALPHA, Comparison, PValue
from nasapi_report.words import decimals, interval, probability, with_unit


def verdict(analysis: Analysis) -> list[str]:
    """One sentence for each strategy against the best, and one for strategies whose runs are the same."""
    measured = [row for row in analysis.runs if row.final_values]
    if not measured:
        return [_nothing(analysis)]
    best, unit = measured[0], analysis.measure.unit
    early = any(history.ended != "budget" for row in measured for history in row.histories)
    after = f"After {'at most ' if early else ''}{analysis.record.budget}"
    digits = decimals(row.mean for row in measured)
    if len(measured) == 1:
        value = f"{interval(best.mean, digits)} {unit}".rstrip()
        return [f"{after} {best.strategy} has a mean {analysis.measure.title} of {value}."]
    rows = sorted((row for row in analysis.comparisons if row.a == best.strategy), key=lambda row: not row.ahead)
    digits = decimals(row.difference for row in rows)
    made = {row.strategy: len(row.histories) for row in measured}
    found = [f"{after}{_on(row, made)} {against(row, digits, unit, analysis.tests)}" for row in rows]
    found += same_runs(measured)
    hidden = without_learning().get((benchmark_of(analysis.record.spec), best.strategy))
    return [*found, control_sentence(hidden)] if hidden is not None and any(row.ahead for row in rows) else found


def _on(row: Comparison, made: Mapping[str, int]) -> str:
    """Says on how many seeds a comparison rests where runs of either have no result; `made` has the runs of each."""
    seeds = max(made[row.a], made[row.b])
    return "" if row.pairs >= seeds else f", on the {row.pairs} of {seeds} seeds that gave both a result,"


def against(row: Comparison, digits: int, unit: str, tests: int) -> str:
    """What is known of the best strategy against another, as the end of a sentence; `tests` are all of the page."""
    difference = with_unit(interval(row.difference, digits), unit)
    odds = f"a run of {row.a} is the better one with probability {interval(row.improvement, 2)}"
    ranked = probability(row.runs.adjusted)
    small = ""
    if row.practically_equal and row.equivalence is not None and row.region is not None:
        region = with_unit(f"{row.region:.2g}", unit)
        small = (
            f"practically equal: they differ by less than training a network again changes, {region} "
            f"({_p(row.equivalence)} for more)"
        )
    if row.ahead:
        ahead = f"{row.a} is ahead of {row.b} in the mean by {difference} ({_p(row.means)})"
        if row.runs.significant and row.improvement.value < 0.5:
            rest = f", but not in one way: {odds} ({ranked})"
        elif row.runs.significant:
            rest = f"; {odds} ({ranked})"
        else:
            rest = f"; that a run of it is the better one is not shown (probability {interval(row.improvement, 2)})"
        return f"{ahead}{rest}.{f' The means are {small}.' if small else ''}"
    evidence = f"difference {difference}, {_p(row.means)}{_unsettled(row, tests)}"
    if row.runs.significant:
        better = row.a if row.improvement.value > 0.5 else row.b
        return (
            f"runs of {row.a} and {row.b} differ, {better} having the better ones: {odds} ({ranked}); "
            f"their means {f'are {small}' if small else f'cannot be told apart ({evidence})'}."
        )
    if small:
        equal = f"{_p(row.means)} for equal means{_unsettled(row, tests)}"
        return f"the means of {row.a} and {row.b} are {small}; difference {difference}, {equal}."
    return f"{row.a} and {row.b} cannot be told apart ({evidence})."


def _p(test: PValue) -> str:
    """The corrected p-value in words."""
    return probability(test.adjusted)


def _nothing(analysis: Analysis) -> str:
    """Says why no run has a value: the budget, the evaluations or the constraints."""
    if not any(row.evaluations for row in analysis.runs):
        return f"No run evaluated anything: a budget of {analysis.record.budget} does not pay for one evaluation."
    if all(row.failures == row.evaluations for row in analysis.runs):
        return "No run has a value: every evaluation failed."
    if not any(np.isfinite(history.losses).all(1).any() for row in analysis.runs for history in row.histories):
        return "No run has a value: no evaluation at the highest fidelity was made, or none succeeded."
    return "No run found anything feasible."


def _unsettled(row: Comparison, tests: int) -> str:
    """Says why a difference is not settled: few pairs, the correction, the interval, or the test by signs."""
    if row.means.significant:
        return f"; the interval allows for what {row.pairs} seeds may not have shown, and holds 0"
    floor = 2.0 ** (1 - row.pairs)  # of a test by signs where every pair favours the same side
    if floor * tests >= ALPHA:
        needed = 2 + math.floor(math.log2(tests / ALPHA))
        seeds = f"{row.pairs} seed{'s are' if row.pairs > 1 else ' is'}"
        return (
            f"; {seeds} too few to settle it: the least p that they can give, {floor:.2g}, becomes "
            f"{min(1.0, floor * tests):.2g} as the least of the {tests} tests of this page, while {needed} seeds can"
        )
    if not row.difference.excludes(0.0):
        return ""
    if row.means.p < ALPHA:
        return f" once corrected for the {tests} tests of this page"
    return (
        "; the interval leaves 0 out, but takes further runs to vary like these, and the sign-flip test, which does "
        "not, finds no difference"
    )
