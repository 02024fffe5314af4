"""What a report says in sentences: who leads, who cannot be told apart, and what the benchmark can still show."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from nasapi.report.analysis import Analysis, Runs
from nasapi.report.words import decimals, interval, listing, number, probability, share, with_unit
from nasapi.stats.paired import Comparison
from nasapi.stats.runtimes import first_reached

ALPHA = 0.05
_FEW = 10  # runs below which intervals and tests are announced to be rough
_SETTLED = 0.9  # the share of runs at the optimum from which a benchmark no longer separates strategies


def verdict(analysis: Analysis) -> list[str]:
    """One sentence for each strategy against the best, and one for those that cannot be told from it."""
    measured = [row for row in analysis.runs if row.finals]
    if not measured:
        return ["No run found anything feasible."]
    best, unit = measured[0], analysis.measure.unit
    after = f"After {analysis.record.budget}"
    digits = decimals(row.mean for row in measured)
    if len(measured) == 1:
        value = f"{interval(best.mean, digits)} {unit}".rstrip()
        return [f"{after} {best.strategy} has a mean {analysis.measure.title} of {value}."]
    against = [_against(best.strategy, row) for row in analysis.comparisons if best.strategy in (row.a, row.b)]
    digits = decimals(row.difference for row in against)
    ahead = [row for row in against if row.b not in analysis.leading]
    level = [row for row in against if row.b in analysis.leading]
    sentences = []
    for row in ahead:
        difference = with_unit(interval(row.difference, digits), unit)
        sentences.append(
            f"{after} {best.strategy} is ahead of {row.b} by {difference} ({probability(row.adjusted)}); a run of it "
            f"is the better one with probability {interval(row.improvement, 2)}."
        )
    for row in level:
        difference = with_unit(interval(row.difference, digits), unit)
        sentences.append(
            f"{after} {best.strategy} and {row.b} cannot be told apart "
            f"(difference {difference}, {probability(row.adjusted)})."
        )
    return sentences


def notes(analysis: Analysis) -> list[str]:
    """What to keep in mind when reading the numbers: ceilings, budgets, repeats, failures and what is not there."""
    found = [analysis.measure.note] if analysis.measure.note else []
    if analysis.record.predicted:
        found.append("The values of this benchmark are a model's predictions, not measurements.")
    found += [*_ceiling(analysis), *_budget(analysis), *_incidents(analysis)]
    fewest = min(len(row.histories) for row in analysis.runs)
    if fewest < _FEW:
        found.append(
            f"With {fewest} run{'s' if fewest > 1 else ''} of a strategy, intervals and tests are rough; "
            "30 seeds are usual."
        )
    return found


def _against(best: str, row: Comparison) -> Comparison:
    """The comparison as seen from the best: pairs come with the better mean first, so it always is `a`."""
    assert row.a == best
    return row


def median_reached(row: Runs, analysis: Analysis) -> float:
    """The query by which half of a strategy's runs had reached the optimum; infinite where fewer did."""
    return float(np.median([first_reached(analysis.measure.gap(curve), 0.0) for curve in row.curves]))


def _ceiling(analysis: Analysis) -> list[str]:
    if analysis.measure.optimum is None:
        if analysis.measure.kind == "hypervolume":
            return []
        return [
            "The best possible value is not known here: values are shown instead of regrets, and ceilings go unseen."
        ]
    found = []
    reached = {
        row.strategy: np.sort([first_reached(analysis.measure.gap(curve), 0.0) for curve in row.curves])
        for row in analysis.runs
    }
    for row in analysis.runs:
        if row.optimal is not None and row.optimal.value > 0:
            half = median_reached(row, analysis)
            when = f", half of them by query {half:.0f}" if np.isfinite(half) else ""
            found.append(f"{share(row.optimal.value)} of the runs of {row.strategy} reached the known optimum{when}.")
    settled = {
        name: float(times[int(np.ceil(_SETTLED * len(times))) - 1]) for name, times in reached.items() if len(times)
    }
    done = [name for name, when in settled.items() if np.isfinite(when)]
    if len(done) > 1:
        last = max(settled[name] for name in done)
        found.append(
            f"From query {last:.0f} on at least {share(_SETTLED)} of the runs of each of {listing(done)} sit on the "
            "optimum: this benchmark does not separate them after that; compare how soon they get there."
        )
    means = {row.strategy: np.array([row.mean.value]) for row in analysis.runs if row.finals}
    gaps = {name: float(analysis.measure.gap(mean)[0]) for name, mean in means.items()}
    if gaps:
        nearest = min(gaps, key=lambda name: gaps[name])
        digits = max(2, decimals(row.mean for row in analysis.runs))
        if gaps[nearest] == 0:
            return [*found, f"Every run of {nearest} ended on the optimum: this benchmark cannot show anything better."]
        left = with_unit(number(gaps[nearest], digits), analysis.measure.unit)
        found.append(f"Between {nearest} and the optimum of this benchmark {left} are left on average.")
    return found


def _budget(analysis: Analysis) -> list[str]:
    """Strategies that were still improving when the budget ended."""
    found = []
    for row in analysis.runs:
        late = [
            bool(curve[-1] != curve[len(curve) * 3 // 4 - 1])
            for curve in row.curves
            if len(curve) >= 4 and np.isfinite(curve[-1])
        ]
        if late and np.mean(late) > 0.25:
            found.append(
                f"{share(float(np.mean(late)))} of the runs of {row.strategy} still improved in the last quarter of "
                "their trials: it is limited by the budget, and a larger one may change its place."
            )
    return found


def _incidents(analysis: Analysis) -> list[str]:
    found = []
    for row in analysis.runs:
        if row.repeats["network"] > 0.2:
            found.append(
                f"{share(row.repeats['network'])} of the trials of {row.strategy} asked for a network it had asked for "
                f"before ({share(row.repeats['code'])} for the very same code); each was charged like any other."
            )
        if row.failures:
            found.append(f"{row.failures:,} of {row.trials:,} evaluations of {row.strategy} failed.")
        for reason, words in (("strategy", "asked for nothing more"), ("repeats", "only repeated itself")):
            ended = sum(history.ended == reason for history in row.histories)
            if ended:
                found.append(f"{ended} of {len(row.histories)} runs of {row.strategy} ended early because it {words}.")
        empty = len(row.histories) - len(row.finals)
        if empty:
            found.append(
                f"{empty} of {len(row.histories)} runs of {row.strategy} found nothing feasible; its mean and tests "
                "are over the others, which flatters it."
            )
    for name in dict.fromkeys(name for name, _ in analysis.absent):
        seeds = [seed for other, seed in analysis.absent if other == name]
        found.append(f"{len(seeds)} runs of {name} are not there (seed {seeds[0]}{' …' if len(seeds) > 1 else ''}).")
    return found


def shared_seeds(analysis: Analysis) -> int:
    """The fewest seeds that any two strategies have in common."""
    seeds = [set(row.finals) for row in analysis.runs]
    return min((len(a & b) for a, b in combinations(seeds, 2)), default=0)
