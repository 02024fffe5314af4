"""Benchmarks that break one rule each, or functions that make them."""

import itertools

import attrs

from nasapi.benchmark import Benchmark
from nasapi.reference import Reference
from nasapi.testing import problems
from nasapi.testing.toy import toy_v1
from nasapi.trial import Result

TOY = toy_v1()
GOAL = TOY.problem.goals[0]


def with_goal(**changes):
    problem = attrs.evolve(TOY.problem, goals=(attrs.evolve(GOAL, **changes),))
    return attrs.evolve(TOY, problem=problem, reference=Reference())


class Leaks(Benchmark):
    def evaluate(self, trials, seed=None):
        found = super().evaluate(trials, seed)
        return [attrs.evolve(result, values={**result.values, "params": 1.0}) for result in found]


class CountsPlaces(Benchmark):
    def evaluate(self, trials, seed=None):
        found = super().evaluate(trials, seed)
        if seed != 7:
            return found
        shift = {name: 0.1 for name in found[0].values}
        return [
            Result(r.trial, {name: value + place * shift[name] for name, value in r.values.items()}, r.cost)
            for place, r in enumerate(found)
        ]


def as_class(kind):
    return kind(**{field.alias: getattr(TOY, field.alias) for field in attrs.fields(Benchmark) if field.init})


def grows():
    """Make a function whose benchmark gives constant values every other time."""
    made = itertools.count()
    return lambda: TOY if next(made) % 2 == 0 else problems.spoiled(TOY, "constant")


BROKEN = {
    "benchmark/id": attrs.evolve(TOY, id="toy/formula"),
    "benchmark/goals": with_goal(goal="min"),
    "benchmark/no-test-goal": with_goal(name="test_accuracy"),
    "benchmark/report": attrs.evolve(TOY, report_metrics=("colour",)),
    "benchmark/optima": attrs.evolve(TOY, noise=True, reference=Reference({"valid_accuracy": 70.0})),
    "benchmark/evaluate": as_class(Leaks),
    "benchmark/noise": as_class(CountsPlaces),
    "benchmark/loads-twice": grows(),
}
