"""Play a strategy on a benchmark, by the book or with the liberties that the interface allows the harness."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.problem import Problem
from nasapi.strategy import MakesStrategy, Strategy
from nasapi.testing import problems
from nasapi.testing.cases import stream
from nasapi.testing.rules import Broken, Skipped
from nasapi.trial import Result, Trial

TRIALS = 20
"""How many trials a strategy is played for, unless a rule needs more."""
PLAY_TIME = 3.0
"""Up to how many CPU seconds a strategy's plays may take for it to be played on spaces that are far larger."""

Delivery = Callable[[Strategy, Sequence[Result]], None]


@frozen
class Step:
    """One call of `ask`: how many trials were allowed, what came, and what it was told."""

    n: int
    asked: list[Trial]
    results: list[Result] = field(repr=False)


def in_order(strategy: Strategy, results: Sequence[Result]) -> None:
    """Tell all results at once, in the order asked."""
    strategy.tell(results)


def shuffled(strategy: Strategy, results: Sequence[Result]) -> None:
    """Tell all results at once, in another order."""
    order = stream(len(results)).permutation(len(results))[::-1]
    strategy.tell([results[row] for row in order])


class StrategyCase:
    """A strategy to be made, and the benchmarks it is played on."""

    def __init__(self, make: MakesStrategy, benchmarks: Sequence[Benchmark]):
        self.make = make
        self.given = tuple(benchmarks)
        self.makes: tuple[Callable[[], StrategyCase], ...] = ()
        self._plays: dict[Benchmark, list[Step]] = {}
        self.longest = 0.0
        """CPU seconds of the longest play; the first on a space is the one in which a model of it is trained."""

    def start(self, benchmark: Benchmark, seed: int = 0) -> Strategy:
        """A strategy for the benchmark's problem; it is made anew each time."""
        return self.make(benchmark.problem, stream(100 + seed))

    @functools.cached_property
    def strategy_class(self) -> type[Strategy]:
        """The strategy's class, found without making one where that is possible."""
        for target in (self.make, getattr(self.make, "target", None), getattr(self.make, "func", None)):
            if isinstance(target, type) and issubclass(target, Strategy):
                return target
        return type(self.start(self.given[0]))

    @property
    def benchmarks(self) -> list[Benchmark]:
        """Those that the strategy supports; raises Skipped where it is none."""
        found = [b for b in self.given if b.problem.features <= self.strategy_class.supports]
        if not found:
            raise Skipped("the strategy supports none of the benchmarks")
        return found

    @property
    def small(self) -> Benchmark:
        """The first of them."""
        return self.benchmarks[0]

    def on_toy(self, benchmark: Benchmark) -> Benchmark:
        """The benchmark, of toy cells; raises Skipped where the strategy refuses the toy."""
        try:
            self.start(problems.plain())
        except (InvalidOption, NotAvailable) as refusal:
            raise Skipped(f"the strategy refuses the toy space: {refusal}") from refusal
        return benchmark

    def steps(self, benchmark: Benchmark) -> list[Step]:
        """One play on a benchmark, shared by the rules that only look."""
        if benchmark not in self._plays:
            self._plays[benchmark] = self.play(benchmark)
        return self._plays[benchmark]

    def play(
        self,
        benchmark: Benchmark,
        strategy: Strategy | None = None,
        *,
        trials: int = TRIALS,
        batch: int = 4,
        delivery: Delivery = in_order,
    ) -> list[Step]:
        """`play` with a strategy made for it, or the one that is given; how long it takes is remembered."""
        start = time.process_time()
        try:
            made = self.start(benchmark) if strategy is None else strategy
            return play(made, benchmark, trials=trials, batch=batch, delivery=delivery)
        finally:
            self.longest = max(self.longest, time.process_time() - start)

    def require_patience(self) -> None:
        """Raise Skipped for a strategy that has taken so long on cells that it would take minutes on larger spaces."""
        if self.longest > PLAY_TIME:
            raise Skipped(f"a play on small cells took more than {PLAY_TIME:g} s, so it is not played on large spaces")


def play(
    strategy: Strategy, benchmark: Benchmark, *, trials: int = TRIALS, batch: int = 4, delivery: Delivery = in_order
) -> list[Step]:
    """Ask and tell until `trials` were asked or nothing comes; never more than `trials` calls of `ask`."""
    steps: list[Step] = []
    count = 0
    while count < trials and len(steps) < trials:
        room = min(batch, trials - count)
        asked = list(strategy.ask(room))
        if not asked:
            break
        results = answers(benchmark, asked)
        steps.append(Step(room, asked, results))
        delivery(strategy, results)
        count += len(asked)
    return steps


def answers(benchmark: Benchmark, trials: Sequence[Trial]) -> list[Result]:
    """A result for each trial; what cannot be evaluated fails alone, for it is another rule's business."""
    results = []
    for trial in trials:
        try:
            results += benchmark.evaluate([trial])
        except Exception as error:
            results.append(Result(trial, {}, 0.0, f"{type(error).__name__}: {error}"))
    return results


def trace(steps: Sequence[Step]) -> list[tuple[tuple[int, ...], int | None]]:
    """Code and fidelity of every trial, in the order asked."""
    return [(trial.arch.code, trial.fidelity) for step in steps for trial in step.asked]


def demand_same(one: Sequence[Any], other: Sequence[Any], what: str) -> None:
    """Raise Broken with the first trial at which two traces part."""
    for number, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            raise Broken(f"{what}: trial {number} is {first} in one and {second} in the other", number)
    if len(one) != len(other):
        raise Broken(f"{what}: one asks {len(one)} trials, the other {len(other)}")


def is_valid(problem: Problem, trial: Trial) -> bool:
    """Whether a trial is of a valid code of the problem's space."""
    code = np.asarray(trial.arch.code)
    shaped = code.shape == (len(problem.space.cardinalities),) and code.dtype.kind in "iu"
    return trial.arch.space == problem.space.id and shaped and bool(problem.space.valid(code[None])[0])
