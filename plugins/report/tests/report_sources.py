"""Small real studies for the tests of reports: the toy space, with goals, constraints, noise and failures as asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import define, evolve, field, frozen
from nasapi_report.analysis import Analysis
from nasapi_report.study_analysis import analyse_study

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.history import History
from nasapi.reference import Reference
from nasapi.running import run
from nasapi.strategy import Strategy
from nasapi.testing.toy import toy_v1
from nasapi.trial import Result, Trial

EVERYTHING = frozenset({"multi-objective", "constraints"})


@define(eq=False)
class Draw(Strategy):
    """Uniform draws; `skill` of them are followed by a neighbour of the best."""

    skill: float = field(default=0.0, kw_only=True)
    supports = EVERYTHING
    best: Any = field(default=None, init=False)
    loss: float = field(default=np.inf, init=False)

    def ask(self, n: int) -> list[Trial]:
        codes = self.problem.space.sample(n, self.rng)
        if self.best is not None and self.rng.random() < self.skill:
            codes = self.problem.space.mutate(np.repeat(self.best[None], n, axis=0), self.rng)
        return self.problem.trials(codes)

    def tell(self, results: Sequence[Result]) -> None:
        losses = self.problem.losses(results)[:, 0]
        at = int(losses.argmin())
        if losses[at] < self.loss:
            self.loss, self.best = float(losses[at]), self.problem.codes(results)[at]


class Stay(Strategy):
    """The same poor cell again and again."""

    supports = EVERYTHING

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(np.tile([0, 1, 0], (n, 1)))

    def tell(self, results: Sequence[Result]) -> None:
        """Nothing is learned."""


@frozen
class Named:
    """A strategy under a name of its own."""

    spec: str
    skill: float = 0.0

    @property
    def stays(self) -> bool:
        return self.spec == "stays"

    def __call__(self, problem: Any, rng: np.random.Generator) -> Strategy:
        return Stay(problem, rng) if self.stays else Draw(problem, rng, skill=self.skill)


@frozen
class Source:
    """Finished runs in memory."""

    benchmarks: tuple[Benchmark, ...]
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    runs: tuple[History, ...]

    def histories(self, *, benchmark: str, strategy: str) -> Iterable[History]:
        return [run for run in self.runs if (run.benchmark, run.strategy) == (benchmark, strategy)]


THREE = (Named("draws"), Named("climbs", 0.9), Named("half & half_%", 0.5))


def toy(name: str = "toy/formula-v1", budget: float = 12, **changes: Any) -> Benchmark:
    """The toy benchmark under another id and budget."""
    made = toy_v1()
    problem = evolve(made.problem, budget=Budget(budget))
    return evolve(made, id=name, spec=name, problem=problem, **changes)


def two_goals(*, point: bool = True) -> Benchmark:
    """Accuracy against parameters."""
    made = toy("toy/two-v1")
    goals = (made.objective.metric("valid_accuracy"), made.objective.metric("params"))
    reference = Reference(
        {"valid_accuracy": made.reference.optima["valid_accuracy"], "params": 0.0},
        {"valid_accuracy": 50.0, "params": 400.0} if point else {},
    )
    return evolve(made, problem=evolve(made.problem, goals=goals), reference=reference)


def constrained(upper: float = 100.0) -> Benchmark:
    """Accuracy with at most so many parameters; no optimum known."""
    made = toy("toy/small-v1")
    limited = evolve(made.problem, constraints=(Constraint("params", upper=upper),))
    return evolve(made, problem=limited, reference=Reference())


def study(
    benchmarks: Sequence[Benchmark], strategies: Sequence[Named] = THREE, seeds: int | Sequence[int] = 6
) -> Source:
    """Every strategy on every benchmark with every seed."""
    numbers = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    runs = tuple(run(b, strategy, seed=seed) for b in benchmarks for strategy in strategies for seed in numbers)
    return Source(tuple(benchmarks), tuple(strategy.spec for strategy in strategies), numbers, runs)


def analysis_of(benchmark: Benchmark, **options: Any) -> Analysis:
    """What a report finds of a study on one benchmark."""
    return analyse_study(study([benchmark], **options)).analyses[0]
