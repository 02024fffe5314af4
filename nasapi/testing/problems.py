"""Toy benchmarks that differ in one thing each: goals, constraints, fidelities, values, failures."""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.metric import Metric
from nasapi.objective import Columns, Objective, Wrapped
from nasapi.problem import Problem
from nasapi.space import Codes, SearchSpace
from nasapi.testing.toy import toy_v1


def plain() -> Benchmark:
    """The toy benchmark with a budget of 100 trials, which is more than its space has architectures."""
    return _with(toy_v1(), budget=Budget(100))


def two_goals(benchmark: Benchmark | None = None) -> Benchmark:
    """Accuracy and number of parameters, for strategies that support "multi-objective"; of the toy by default."""
    benchmark = benchmark or plain()
    return _with(benchmark, goals=(*benchmark.problem.goals, benchmark.objective.metric("params")))


def constrained(benchmark: Benchmark | None = None) -> Benchmark:
    """Accuracy with at most 150 parameters, for strategies that support "constraints"; of the toy by default."""
    return _with(benchmark or plain(), constraints=(Constraint("params", upper=150.0),))


def without_fidelity(benchmark: Benchmark | None = None) -> Benchmark:
    """Accuracy at one level only; of the toy by default."""
    benchmark = benchmark or plain()
    changed = Changed(benchmark.objective, "level")
    return attrs.evolve(benchmark, objective=changed, problem=attrs.evolve(benchmark.problem, fidelity=None))


def made_up(space: SearchSpace) -> Benchmark:
    """A benchmark of any space in 40 trials: the mean gene of the network is to be small."""
    metric = Metric("loss", "min", "1", description="the mean gene", origin="derived: by a formula of the network")
    return Benchmark(f"{space.id}/made-up-v1", Problem(space, (metric,), Budget(40)), MeanGene(space, (metric,)))


def spoiled(benchmark: Benchmark, how: Literal["constant", "nan", "half"]) -> Benchmark:
    """A benchmark whose values are all the same, whose evaluations all fail, or of which about half the codes fail."""
    return attrs.evolve(benchmark, objective=Changed(benchmark.objective, how))


def mirrored(benchmark: Benchmark) -> Benchmark:
    """A benchmark whose goals have their values' sign and their direction turned round; constraints stay."""
    names = {goal.name for goal in benchmark.problem.goals} - {c.metric for c in benchmark.problem.constraints}
    objective = Mirrored(benchmark.objective, frozenset(names))
    goals = tuple(objective.metric(goal.name) for goal in benchmark.problem.goals)
    reference = attrs.evolve(
        benchmark.reference,
        optima={name: -value if name in names else value for name, value in benchmark.reference.optima.items()},
        point={name: -value if name in names else value for name, value in benchmark.reference.point.items()},
    )
    return _with(attrs.evolve(benchmark, objective=objective, reference=reference), goals=goals)


class Mirrored(Wrapped):
    """Another objective, some of whose metrics have the other sign and the other direction."""

    def __init__(self, objective: Objective, names: frozenset[str]):
        """Turn the metrics of those names round."""
        super().__init__(objective)
        self.names = names
        self.metrics = tuple(_turned(m) if m.name in names else m for m in objective.metrics)

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The columns of the other objective, some with the other sign."""
        found = self.objective.evaluate(codes, fidelity, noise)
        return {name: -column if name in self.names else column for name, column in found.items()}


def _turned(metric: Metric) -> Metric:
    goal: Literal["min", "max"] = "min" if metric.goal == "max" else "max"
    bounds = None if metric.bounds is None else (-metric.bounds[1], -metric.bounds[0])
    return attrs.evolve(metric, goal=goal, bounds=bounds)


@frozen(eq=False)
class MeanGene(Objective):
    """The mean gene of an architecture's canonical code, for any space."""

    space: SearchSpace
    metrics: tuple[Metric, ...]
    identity = "network"

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The means, at a second each."""
        self.level(fidelity)
        mean = self.space.canonical(self.space.require(codes)).mean(axis=1)
        return {self.metrics[0].name: mean, "cost": np.ones(len(codes))}


class Changed(Wrapped):
    """Another objective with its values made constant, failed for all or half of the codes, or without fidelities."""

    def __init__(self, objective: Objective, how: Literal["constant", "nan", "half", "level"]):
        """Change what `objective` gives."""
        super().__init__(objective)
        self.how = how
        if how == "level":
            self.fidelity = None

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The columns of the other objective, with the change."""
        found = {name: column.copy() for name, column in self.objective.evaluate(codes, fidelity, noise).items()}
        fails = {"nan": np.ones(len(codes), np.bool_), "half": codes.sum(axis=1) % 2 == 0}.get(self.how)
        for metric in self.metrics:
            if self.how == "constant":
                found[metric.name][:] = 1.0 if metric.bounds is None else sum(metric.bounds) / 2
            elif fails is not None:
                found[metric.name][fails] = np.nan
        return found


def _with(benchmark: Benchmark, **changes: object) -> Benchmark:
    return attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, **changes))  # type: ignore[arg-type]
