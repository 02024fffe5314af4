"""The rules of an objective's values: all rows of what can be listed, their units, and what they say of each other."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nasapi.metric import Metric
from nasapi.tables.objective import TableObjective
from nasapi.testing.evaluation_cases import ObjectiveCase
from nasapi.testing.rules import Broken, Skipped, demand, rule

LARGE = ("accuracy", "acc", "auc", "f1")
SMALL = (
    "loss",
    "error",
    "perplexity",
    "latency",
    "energy",
    "params",
    "parameters",
    "flops",
    "additions",
    "seconds",
    "memory",
)
"""Words in the names of metrics that are to be large, or small."""
ORIGIN = 'A published one has a unit, "1" for a plain number, a description and an origin.'
UNIT = "What is in percent is no fraction: it reaches beyond 1.5 somewhere, and has bounds."


@rule("objective/cost", "Costs are finite and not negative.")
def cost(case: ObjectiveCase) -> None:
    """No cost is negative, infinite or NaN, at any fidelity."""
    for level in case.levels:
        found = case.column("cost", level)
        _demand_rows(case, np.isfinite(found) & (found >= 0), "cost", found, "not a number of seconds")


@rule("objective/cost-grows", "No row costs less at a higher fidelity.")
def cost_grows(case: ObjectiveCase) -> None:
    """Costs do not fall from level to level."""
    _needs_levels(case)
    for low, high in pairwise(case.levels):
        one, other = case.column("cost", low), case.column("cost", high)
        _demand_rows(case, ~(other < one - 1e-9), "cost", other, f"less than {low} costs")


@rule(
    "objective/cost-known",
    'Costs that are 0 for every architecture are not known, and `missing` says so of "cost".',
)
def cost_known(case: ObjectiveCase) -> None:
    """Some cost is above 0, or cost is said to be missing."""
    free = not (case.column("cost", None) > 0).any()
    demand(not free or "cost" in case.objective.missing, 'every cost is 0; say in `missing` of "cost" why')
    demand(free or "cost" not in case.objective.missing, "cost is said to be missing, but there are costs")


@rule("objective/cost-seconds", "Where a metric tells the seconds of a training, costs are of the same order.")
def cost_seconds(case: ObjectiveCase) -> None:
    """Costs are neither a tenth nor tenfold the seconds of a training."""
    timed = [metric for metric in case.objective.metrics if metric.unit == "s" and "train" in metric.name]
    if not timed or "cost" in case.objective.missing:
        raise Skipped("no metric tells the seconds of a training, or the costs are missing")
    seconds, costs = case.column(timed[0].name, None), case.column("cost", None)
    there = (seconds > 0) & (costs > 0)
    ratio = float(np.median(costs[there] / seconds[there])) if there.any() else 0.0
    demand(0.1 < ratio < 10, f"costs are {ratio:.3g} times {timed[0].name}")


@rule("objective/bounds", "Values keep to the `bounds` of their metric.")
def bounds(case: ObjectiveCase) -> None:
    """No value lies outside its metric's bounds, at any fidelity, with noise or without."""
    bounded = [metric for metric in case.objective.metrics if metric.bounds is not None]
    if not bounded:
        raise Skipped("no metric has bounds")
    codes = case.codes
    drawn = case.objective.evaluate(codes.copy(), None, case.noise(len(codes)))
    for metric in bounded:
        low, high = metric.bounds or (-np.inf, np.inf)
        demand(low < high, f"the bounds of {metric.name} are {metric.bounds}")
        bad = drawn[metric.name][(drawn[metric.name] < low) | (drawn[metric.name] > high)]
        demand(not len(bad), f"with noise, {metric.name} is {bad[:1].tolist()}, outside {low} to {high}")
        for level in case.levels:
            values = case.column(metric.name, level)
            _demand_rows(case, ~((values < low) | (values > high)), metric.name, values, f"outside {low} to {high}")


@rule("objective/finite", "Values are finite or NaN.")
def finite(case: ObjectiveCase) -> None:
    """No value is infinite, at any fidelity."""
    for metric in case.objective.metrics:
        for level in case.levels:
            values = case.column(metric.name, level)
            _demand_rows(case, ~np.isinf(values), metric.name, values, "infinite")


@rule("objective/failures", "Where there is no such column, `failures` says why.")
def failures(case: ObjectiveCase) -> None:
    """A metric that is NaN in some row is one of `failures`, or the row has its `error`."""
    for metric in case.objective.metrics:
        for level in case.levels:
            values = case.column(metric.name, level)
            if metric.name in case.objective.failures or case.reports_errors(level):
                continue
            _demand_rows(case, ~np.isnan(values), metric.name, values, "no number, and nothing says why")


@rule("objective/origin", ORIGIN)
def origin(case: ObjectiveCase) -> None:
    """Every metric has a unit, a description and an origin, and a bare table says what it is."""
    described = case.objective.description.strip() or type(case.objective) is not TableObjective
    demand(described, "the table has no description, and its class, TableObjective, says nothing of it")
    for metric in case.objective.metrics:
        demand(metric.unit, f'{metric.name} has no unit; a plain number has "1"')
        demand(metric.description.strip(), f"{metric.name} has no description")
        demand(metric.origin, f'{metric.name} does not say whether it is "measured", "derived: …" or "predicted: …"')


@rule("objective/percent", UNIT)
def percent(case: ObjectiveCase) -> None:
    """A metric in percent has a value beyond 1.5 and bounds beyond 1.5."""
    metrics = [metric for metric in case.objective.metrics if metric.unit == "%"]
    if not metrics:
        raise Skipped("no metric is in percent")
    for metric in metrics:
        largest = np.nanmax(np.abs(case.column(metric.name, None)), initial=0)
        demand(largest > 1.5, f"{metric.name} is in %, but never beyond {largest:.4g}; is it a fraction?")
        demand(metric.bounds is not None, f"{metric.name} is in % and has no bounds")
        top = max(metric.bounds or (0.0, 0.0))
        demand(top > 1.5, f"{metric.name} is in %, but its bounds are {metric.bounds}")


@rule("objective/split", 'A name with "valid", "test" or "train" in it is of that split, unless it is of none.')
def split(case: ObjectiveCase) -> None:
    """Names and splits do not contradict each other."""
    for metric in case.objective.metrics:
        named = {word for word in ("valid", "test", "train") if word in _words(metric)}
        fine = not named or metric.split in named | {"none"}
        demand(fine, f"{metric.name!r} is of the split {metric.split!r}")


@rule(
    "objective/direction",
    "Accuracies are to be large; losses, errors, perplexities, times and sizes small.",
)
def direction(case: ObjectiveCase) -> None:
    """Metrics whose names say which way is better agree with that."""
    for metric in case.objective.metrics:
        words = _words(metric)
        goals = [goal for goal, known in (("max", LARGE), ("min", SMALL)) if words & set(known)]
        demand(len(goals) != 1 or goals == [metric.goal], f"{metric.name!r} is to be {metric.goal}")


@rule("objective/test-apart", "A metric on test data is never the copy of one on validation data.")
def test_apart(case: ObjectiveCase) -> None:
    """No test column equals a validation column, not even to within a ten-thousandth of its spread."""
    named = {name: [m.name for m in case.objective.metrics if m.split == name] for name in ("valid", "test")}
    if not named["valid"] or not named["test"]:
        raise Skipped("the objective has not both validation and test metrics")
    for valid in named["valid"]:
        for test in named["test"]:
            one, other = case.column(valid, None), case.column(test, None)
            there = np.isfinite(one) & np.isfinite(other)
            spread = np.ptp(one[there]) if there.any() else 0.0
            apart = np.abs(one - other)[there].max(initial=0.0)
            same = there.any() and apart <= 1e-4 * spread
            demand(not same, f"{test} differs from {valid} by at most {apart:.3g} in {there.sum()} rows")


@rule("objective/fidelity-helps", "On average, values of the highest fidelity are no worse than those of the lowest.")
def fidelity_helps(case: ObjectiveCase) -> None:
    """What is measured on images is on average better at the highest level than at the lowest."""
    _needs_levels(case)
    low, high = case.levels[0], case.levels[-1]
    for metric in case.objective.metrics:
        if metric.split == "none":
            continue
        gain = metric.sign * (case.column(metric.name, low) - case.column(metric.name, high))
        there = gain[np.isfinite(gain)]
        mean = float(there.mean()) if len(there) else 0.0
        demand(mean >= -1e-9, f"{metric.name} is on average {-mean:.4g} worse at {high} than at {low}")


@rule(
    "objective/identity",
    'Whether two codes of one network may have different values ("code") or always share them ("network").',
)
def identity(case: ObjectiveCase) -> None:
    """Where values belong to networks, a code has the values of its canonical form, at every fidelity."""
    if case.objective.identity != "network":
        raise Skipped("values belong to codes")
    form = case.objective.space.canonical(case.every.copy())
    for level in case.levels:
        other = case.objective.evaluate(form.copy(), level)
        for metric in case.objective.metrics:
            one = case.column(metric.name, level)
            same = np.isclose(one, other[metric.name], rtol=1e-5, atol=1e-6, equal_nan=True)
            _demand_rows(case, same, metric.name, one, "not that of its canonical form")


def _demand_rows(
    case: ObjectiveCase, good: NDArray[np.bool_], name: str, values: NDArray[np.float64], what: str
) -> None:
    """Raise Broken with the first row that is not good."""
    for row in np.flatnonzero(~good)[:1]:
        bad = f"in {(~good).sum()} of {len(good)} rows"
        raise Broken(f"{name} is {values[row]:.8g}, {what}, {bad}", case.every[row].tolist())


def _needs_levels(case: ObjectiveCase) -> None:
    if len(case.levels) < 2:
        raise Skipped("the objective has no fidelities")


def _words(metric: Metric) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", metric.name.lower()))
