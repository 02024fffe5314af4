"""The rules of a benchmark."""

from __future__ import annotations

import re

import attrs
import numpy as np

from nasapi.testing.cases import stream
from nasapi.testing.evaluation_cases import BenchmarkCase
from nasapi.testing.rules import Skipped, close, demand, rule
from nasapi.trial import Trial


@rule("benchmark/id", 'The name with its version, "nb201/cifar10-v1"; the version changes when any number changes.')
def identifier(case: BenchmarkCase) -> None:
    """The id is `space/task-vN`, and the space is the problem's or the one that it lists a part of."""
    name, space = case.benchmark.id, case.benchmark.problem.space
    demand(re.fullmatch(r"[\w-]+/[\w.-]+-v[1-9]\d*", name), f"the id {name!r} is not of the form 'space/task-vN'")
    own = list(dict.fromkeys((space.id, space.family)))
    named = " or ".join(map(repr, own))
    demand(name.partition("/")[0] in own, f"the id {name!r} does not begin with its space, {named}")


@rule("benchmark/goals", "A goal is the objective's metric of that name, the same way up.")
def goals(case: BenchmarkCase) -> None:
    """Goals have the direction and unit that the objective gives them."""
    for goal in case.benchmark.problem.goals:
        metric = case.benchmark.objective.metric(goal.name)
        same = (goal.goal, goal.unit) == (metric.goal, metric.unit)
        demand(
            same, f"{goal.name!r} is to {goal.goal} {goal.unit!r}, but the objective says {metric.goal} {metric.unit!r}"
        )


@rule("benchmark/no-test-goal", "Nothing that a strategy is told is measured on test data.")
def no_test_goal(case: BenchmarkCase) -> None:
    """No goal and no constraint is a test metric of the objective."""
    for name in case.benchmark.problem.observed:
        split = case.benchmark.objective.metric(name).split
        demand(split != "test", f"{name!r} is told to strategies, but is measured on test data")


@rule("benchmark/report", "Each is a metric of the objective, or one that it names as missing.")
def report(case: BenchmarkCase) -> None:
    """Report metrics are known or missing with a reason."""
    objective = case.benchmark.objective
    known = {metric.name for metric in objective.metrics} | set(objective.missing)
    unknown = [name for name in case.benchmark.report_metrics if name not in known]
    demand(not unknown, f"the objective knows no {unknown[:1]}")


@rule(
    "benchmark/evaluate",
    "A result for each trial, in order, with the values of goals and constraints and nothing else.",
)
def evaluate(case: BenchmarkCase) -> None:
    """Results are as many as the trials, in their order, and tell nothing but goals and constraints."""
    trials = case.benchmark.problem.trials(case.codes)
    results = case.benchmark.evaluate(trials, 0)
    demand([result.trial for result in results] == trials, "the results are not those of the trials, in order")
    for result in results:
        extra = sorted(set(result.values) - set(case.benchmark.problem.observed))
        demand(not extra, f"a result also tells {extra}", list(result.trial.arch.code))


@rule(
    "benchmark/noise",
    "`seed` decides the noise: a row's draw is a hash of seed and code, or network where that is the objective's "
    "`identity`, the same in any order and batch; None, or a benchmark without noise, gives expected values.",
)
def noise(case: BenchmarkCase) -> None:
    """With one seed a trial has the same value wherever it stands."""
    benchmark = case.benchmark
    if benchmark.objective.stochastic:
        benchmark = attrs.evolve(benchmark, noise=True)
    trials = benchmark.problem.trials(case.codes)
    order = stream().permutation(len(trials))
    whole = benchmark.evaluate(trials, 7)
    mixed = benchmark.evaluate([trials[row] for row in order], 7)
    for place, row in enumerate(order.tolist()):
        same = _close(whole[row].values, mixed[place].values)
        demand(same, "a trial's values depend on its place in the batch", list(trials[row].arch.code))


@rule("benchmark/loads-twice", "Loaded twice, a benchmark gives the same values.")
def loads_twice(case: BenchmarkCase) -> None:
    """A benchmark made anew has the same values and the same optima."""
    if case.make is None:
        raise Skipped("only the benchmark was given, not what makes it")
    again = case.make()
    demand(dict(again.reference.optima) == dict(case.benchmark.reference.optima), "the optima differ")
    trials: list[Trial] = case.benchmark.problem.trials(case.codes)
    for one, other in zip(case.benchmark.evaluate(trials, 0), again.evaluate(trials, 0), strict=True):
        same = _close(one.values, other.values)
        demand(same, f"it gives {dict(one.values)} and, loaded again, {dict(other.values)}", list(one.trial.arch.code))


def _close(one: object, other: object) -> bool:
    assert isinstance(one, dict) and isinstance(other, dict)
    return one.keys() == other.keys() and all(close(np.asarray(one[name]), np.asarray(other[name])) for name in one)
