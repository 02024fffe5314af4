"""What a report asks its readers to keep in mind: ceilings, budgets, repeats, failures and what is not there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.history import STOPPED_EARLY
from nasapi.words import counted
from nasapi_report.analysis import Analysis
from nasapi_report.feasibility import shortfalls
from nasapi_report.provenance import seeds_text
from nasapi_report.runs import Runs
from nasapi_report.stats.coverage import coverage_of
from nasapi_report.stats.curves import step
from nasapi_report.stats.intervals import FEW, Floats
from nasapi_report.words import decimals, listing, number, share, with_unit

_USUAL = 30  # runs up to which the measured coverage of intervals is told
_SETTLED = 0.9  # the share of runs at the optimum from which a benchmark no longer separates strategies
_GROWING = 0.25  # the share of runs that still improve late, from which the budget is said to limit
_REPEATING = 0.1  # the share of repeated networks that is worth a word


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
