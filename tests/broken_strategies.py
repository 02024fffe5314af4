"""Strategies that break one rule each."""

import random
from collections import Counter
from typing import ClassVar

import attrs
import numpy as np
from attrs import define, field

from nasapi.testing.search import ToySearch
from nasapi.trial import Architecture, Trial


class AsksOneMore(ToySearch):
    def ask(self, n):
        return super().ask(n + 1)


class WaitsForTwo(ToySearch):
    def ask(self, n):
        return super().ask(n) if n > 1 or self._best is not None else []


class AsksATuple(ToySearch):
    def ask(self, n):
        return tuple(super().ask(n))


class AsksForNothing(ToySearch):
    def ask(self, n):
        return [Trial(Architecture("toy", (0, 0, 0))), *super().ask(n)[1:]]


class AsksForThreeEpochs(ToySearch):
    def ask(self, n):
        first, *rest = super().ask(n)
        return [attrs.evolve(first, fidelity=3), *rest]


class OwnRandomnessForFive(ToySearch):
    def ask(self, n):
        if n == 5:
            self.rng = np.random.default_rng()
        return super().ask(n)


@define(eq=False)
class IgnoresItsGenerator(ToySearch):
    def __attrs_post_init__(self):
        self.rng = np.random.default_rng(0)


class SharesWhatItHeard(ToySearch):
    """Keeps the results of all strategies of the class, and draws once more when it hears one again."""

    received: ClassVar[list] = []

    def tell(self, results):
        super().tell(results)
        if any(result is old for result in results for old in self.received):
            self.rng.random()
        self.received.extend(results)


class AsksWithTheWorld(ToySearch):
    def ask(self, n):
        random.random()
        return super().ask(n)


@define(eq=False)
class PositionalOption(ToySearch):
    size: int = field(default=3)


class SupportsMagic(ToySearch):
    supports = ToySearch.supports | {"magic"}


@define(eq=False)
class Remembering(ToySearch):
    """Keeps what it asked last and all that it was told, for the strategies that break over it."""

    asked: list = field(factory=list, init=False)
    received: list = field(factory=list, init=False)

    def ask(self, n):
        self.asked = super().ask(n)
        return self.asked

    def tell(self, results):
        self.received = [*self.received, *results]
        super().tell(results)


class WantsOrder(Remembering):
    def tell(self, results):
        received = [result.trial for result in results]
        if received != self.asked and Counter(received) == Counter(self.asked):
            raise RuntimeError("results in another order than asked")
        super().tell(results)


class WantsAll(Remembering):
    def tell(self, results):
        if 1 < len(results) < len(self.asked):
            raise RuntimeError("some results are missing")
        super().tell(results)


class WantsTwoResults(Remembering):
    def ask(self, n):
        if len(self.received) == 1 and len(self.asked) > 1:
            raise ZeroDivisionError("standard deviation of one value")
        return super().ask(n)


class BestOfSucceeded(Remembering):
    """Takes the best of an empty sequence where everything failed."""

    def ask(self, n):
        if self.received:
            max(value for result in self.received for value in result.values.values())
        return super().ask(n)


class ReadsFailures(Remembering):
    """Reads the value of results that failed, once another succeeded."""

    def tell(self, results):
        super().tell(results)
        if any(result.values for result in self.received):
            [result.values["valid_accuracy"] for result in self.received if "params" not in result.values]


class WritesIntoResults(ToySearch):
    def tell(self, results):
        super().tell(results)
        for result in results:
            dict.__setitem__(result.values, "rank", 0.0)


class DividesBySpread(Remembering):
    def ask(self, n):
        values = [value for result in self.received for value in result.values.values()]
        if len(values) > 10 and max(values) == min(values):
            raise ZeroDivisionError("the values have no spread")
        return super().ask(n)


class NotSixteen(ToySearch):
    def ask(self, n):
        if n == 16:
            raise RuntimeError("cannot split 16 over 5 islands")
        return super().ask(n)


class ChoosesWithoutReplacement(ToySearch):
    def ask(self, n):
        np.random.default_rng(0).choice(22, n, replace=False)
        return super().ask(n)


class WantsNewOnes(Remembering):
    def ask(self, n):
        if len({result.trial.arch for result in self.received}) == self.problem.space.size:
            raise StopIteration("no architecture is left")
        return super().ask(n)


class NeedsFidelity(ToySearch):
    def ask(self, n):
        assert self.problem.fidelity.levels
        return super().ask(n)


class OneGoalOnly(ToySearch):
    def tell(self, results):
        self.problem.losses(results).reshape(len(results))
        super().tell(results)


class NoConstraints(ToySearch):
    def tell(self, results):
        if self.problem.violations(results).any():
            raise RuntimeError("a constraint is broken")
        super().tell(results)


class SaysNothingOfLevels(ToySearch):
    supports = frozenset({"multi-objective", "constraints"})

    def ask(self, n):
        first, *rest = super().ask(n)
        return [attrs.evolve(first, fidelity=4 if self.problem.fidelity else None), *rest]


class NeverTrainsToTheEnd(ToySearch):
    def ask(self, n):
        level = self.problem.fidelity.levels[0] if self.problem.fidelity else None
        return [attrs.evolve(trial, fidelity=level) for trial in super().ask(n)]


@define(eq=False)
class KeepsFourWaiting(ToySearch):
    """Loses count when more than four of its trials are outstanding."""

    outstanding: int = field(default=0, init=False)

    def ask(self, n):
        if self.outstanding > 4:
            raise RuntimeError(f"{self.outstanding} results are outstanding")
        asked = super().ask(n)
        self.outstanding += len(asked)
        return asked

    def tell(self, results):
        self.outstanding -= len(results)
        super().tell(results)


BROKEN = {
    "strategy/ask-at-most-n": AsksOneMore,
    "strategy/ask-begins": WaitsForTwo,
    "strategy/ask-trials": AsksATuple,
    "strategy/ask-valid": AsksForNothing,
    "strategy/ask-fidelity": AsksForThreeEpochs,
    "strategy/same-seed": OwnRandomnessForFive,
    "strategy/seeds-differ": IgnoresItsGenerator,
    "strategy/replay": SharesWhatItHeard,
    "strategy/global-random": AsksWithTheWorld,
    "strategy/options": PositionalOption,
    "strategy/supports": SupportsMagic,
    "strategy/fidelity-said": SaysNothingOfLevels,
    "strategy/fidelity-highest": NeverTrainsToTheEnd,
    "strategy/tell-any-order": WantsOrder,
    "strategy/tell-parts": WantsAll,
    "strategy/asynchronous": KeepsFourWaiting,
    "strategy/one-result": WantsTwoResults,
    "strategy/all-fail": BestOfSucceeded,
    "strategy/some-fail": ReadsFailures,
    "strategy/results-unchanged": WritesIntoResults,
    "strategy/constant": DividesBySpread,
    "strategy/batch-sizes": NotSixteen,
    "strategy/batch-beyond-space": ChoosesWithoutReplacement,
    "strategy/space-exhausted": WantsNewOnes,
    "strategy/no-fidelity": NeedsFidelity,
    "strategy/multi-objective": OneGoalOnly,
    "strategy/constraints": NoConstraints,
}
