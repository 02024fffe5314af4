"""What a report says in sentences: who leads, who cannot be told apart, and what the benchmark can still show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.history import STOPPED_EARLY
from nasapi.words import counted
from nasapi_report.analysis import Analysis
from nasapi_report.counted_controls import control_sentence, without_learning
from nasapi_report.feasibility import shortfalls
from nasapi_report.measure import benchmark_of
from nasapi_report.provenance import seeds_text
from nasapi_report.runs import Runs
from nasapi_report.same_runs import same_runs
from nasapi_report.stats.coverage import coverage_of
from nasapi_report.stats.curves import step
from nasapi_report.stats.intervals import FEW, Floats
from nasapi_report.stats.paired import ALPHA, Comparison, PValue
from nasapi_report.words import decimals, interval, listing, number, probability, share, with_unit

_USUAL = 30  # runs up to which the measured coverage of intervals is told
_SETTLED = 0.9  # the share of runs at the optimum from which a benchmark no longer separates strategies
_GROWING = 0.25  # the share of runs that still improve late, from which the budget is said to limit
_REPEATING = 0.1  # the share of repeated networks that is worth a word


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


def notes(analysis: Analysis) -> list[str]:
    """What to keep in mind when reading the numbers: ceilings, budgets, repeats, failures and what is not there."""
    found = [analysis.measure.note] if analysis.measure.note else []
    if analysis.unregistered:
        found.append(f"{analysis.unregistered} The report goes on without it, from what was recorded.")
    if analysis.record.predicted:
        found.append("The values of this benchmark are a model's predictions, not measurements.")
    found += [*_ceiling(analysis), *_budget(analysis), *_incidents(analysis), *shortfalls(analysis)]
    fewest = min(len(row.histories) for row in analysis.runs)
    if fewest < FEW:
        found.append(
            f"With {fewest} run{'s' if fewest > 1 else ''} of a strategy, intervals and tests are rough: intervals are "
            "Student's, which takes runs to vary normally, and there is none where all runs end alike, as at the "
            "optimum. 30 seeds are usual."
        )
    elif fewest <= _USUAL:
        found.append(coverage_of(fewest))
    return found


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


def _ceiling(analysis: Analysis) -> list[str]:
    measure = analysis.measure
    if measure.optimum is None:
        if measure.kind == "hypervolume":
            return []
        return [
            "The best possible value is not known here: values are shown instead of regrets, and ceilings go unseen."
        ]
    times = {
        row.strategy: np.array(
            [measure.reached(at, curve, measure.optimum) for at, curve in zip(row.places, row.curves, strict=True)]
        )
        for row in analysis.runs
    }
    there = {name: float(np.isfinite(reached).mean()) for name, reached in times.items()}
    half, settled = ({name: _by(reached, part) for name, reached in times.items()} for part in (0.5, _SETTLED))
    found = []
    if shares := [
        f"{share(there[name])} of {name}{f', half by trial {half[name]:,.0f}' if np.isfinite(half[name]) else ''}"
        for name in times
        if there[name] > 0
    ]:
        found.append(f"Runs that reached the known optimum: {'; '.join(shares)}.")
    done = [name for name in times if np.isfinite(settled[name])]
    if len(done) > 1:
        last = max(settled[name] for name in done)
        found.append(
            f"From trial {last:,.0f} on at least {share(_SETTLED)} of the runs of each of {listing(done)} sit on the "
            "optimum: this benchmark does not separate them after that; compare how soon they get there."
        )
    means = {row.strategy: np.array([row.mean.value]) for row in analysis.runs if row.final_values}
    gaps = {name: float(measure.gap(mean)[0]) for name, mean in means.items()}
    if gaps:
        nearest = min(gaps, key=lambda name: (gaps[name], -there[name]))
        if gaps[nearest] == 0:
            which = "" if there[nearest] == 1 else " that has a result"
            ending = "ended on the optimum: this benchmark cannot show anything better."
            return [*found, f"Every run of {nearest}{which} {ending}"]
        left = with_unit(number(gaps[nearest], max(2, decimals(row.mean for row in analysis.runs))), measure.unit)
        found.append(f"Between {nearest} and the optimum of this benchmark {left} are left on average.")
    return found


def _by(times: Floats, part: float) -> float:
    """The trial by which this part of the runs was there; infinite where fewer were."""
    return float(np.ceil(np.quantile(times, part, method="inverted_cdf")))


def _budget(analysis: Analysis) -> list[str]:
    """Strategies that were still improving when the budget ended."""
    late = {
        row.strategy: np.mean([curve[-1] != step(at, curve, 0.75 * at[-1:])[0] for at, curve in _long(row)])
        for row in analysis.runs
        if _long(row)
    }
    growing = [f"{share(float(part))} of {name}" for name, part in late.items() if part > _GROWING]
    if not growing:
        return []
    rest = _others(len(late) - len(growing), _GROWING)
    return [
        f"Runs that still improved in the last quarter of their trials: {listing(growing)}{rest}. The budget limits "
        "them, and a larger one may change the order."
    ]


def _others(number: int, most: float) -> str:
    """Says of so many strategies that a sentence does not name that they are below its threshold."""
    which = "the other strategy" if number == 1 else f"each of the {number:,} others"
    return f"; at most {share(most)} of {which}" if number else ""


def _long(row: Runs) -> list[tuple[NDArray[Any], Floats]]:
    """Places and curves of runs that a budget ended, that found something and have a last quarter."""
    return [
        (at, curve)
        for history, at, curve in zip(row.histories, row.places, row.curves, strict=True)
        if history.ended == "budget" and len(curve) > 3 and np.isfinite(curve[-1])
    ]


def _incidents(analysis: Analysis) -> list[str]:
    found = []
    repeating = [
        f"{share(row.repeats['network'])} of {row.strategy} ({share(row.repeats['code'])} the very same code)"
        for row in analysis.runs
        if row.repeats["network"] > _REPEATING
    ]
    if repeating:
        free = analysis.record.budget.unit == "unique"
        charged = "a budget of unique networks charges none of them" if free else "each was charged like any other"
        rest = _others(len(analysis.runs) - len(repeating), _REPEATING)
        found.append(f"Trials that asked for a network asked for before: {listing(repeating)}{rest}; {charged}.")
    for row in analysis.runs:
        if row.failures:
            found.append(
                f"{row.failures:,} of {counted(row.evaluations, 'evaluation', 'evaluations')} of {row.strategy} failed."
            )
        for reason, words in STOPPED_EARLY.items():
            ended = sum(history.ended == reason for history in row.histories)
            if ended:
                found.append(
                    f"{ended} of {counted(len(row.histories), 'run', 'runs')} of {row.strategy} stopped early: {words}."
                )
        empty = len(row.histories) - len(row.final_values)
        if empty:
            flattered = "; its mean and tests are over the others, which flatters it" if row.final_values else ""
            of = counted(len(row.histories), "run", "runs")
            found.append(f"{empty} of {of} of {row.strategy} found nothing feasible{flattered}.")
    for name in dict.fromkeys(name for name, _ in analysis.absent):
        seeds = [seed for other, seed in analysis.absent if other == name]
        many = len(seeds) > 1
        which = f"{len(seeds)} runs of {name} are" if many else f"1 run of {name} is"
        found.append(f"{which} not there (seed{'s' if many else ''} {seeds_text(seeds)}).")
    return found
