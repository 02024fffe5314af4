"""Mistakes that authors of strategies plausibly make, each with the rule that catches it."""

from typing import ClassVar

import attrs
import numpy as np
from attrs import define

from nasapi.testing.search import ToySearch


@define(eq=False)
class AlwaysLarge(ToySearch):
    """Takes the largest value for the best, whatever the goal's direction."""

    def tell(self, results):
        for result in results:
            for value in list(result.values.values())[:1]:
                if self._best is None or (0.0, -value) < self._best[0]:
                    self._best = ((0.0, -value), result.trial.arch.code)


@define(eq=False)
class AsksAQueue(ToySearch):
    """Gives its own list, from which it draws later."""

    queue: list = attrs.field(factory=list, init=False)

    def ask(self, n):
        while len(self.queue) < n:
            self.queue += super().ask(n)
        asked, self.queue = self.queue[:n], self.queue[n:]
        self.asked = asked
        return asked

    asked: list = attrs.field(factory=list, init=False)

    def tell(self, results):
        if len(self.asked) % 2:
            self.rng.random()
        if not self.asked:
            self.rng.random()
        super().tell(results)


class SharedBest(ToySearch):
    """Keeps the strategy that asked last on the class."""

    last: ClassVar[list] = []

    def ask(self, n):
        if self.last and self.last[0] is not self and self._best is not None:
            self.rng.random()
        self.last[:] = [self]
        return super().ask(n)


class SecondEnds(ToySearch):
    """Ends after two batches once another of its class has begun."""

    begun: ClassVar[list] = []

    def ask(self, n):
        if self not in self.begun:
            self.begun.append(self)
        late = len(self.begun) > 1 and self is not self.begun[0] and self._best is not None
        return [] if late else super().ask(n)


class EndsWhenTold(ToySearch):
    """Ends once it hears a result that another of its class has heard."""

    received: ClassVar[list] = []
    ends: ClassVar[list] = []

    def ask(self, n):
        return [] if self in self.ends else super().ask(n)

    def tell(self, results):
        super().tell(results)
        if any(result is old for result in results for old in self.received):
            self.ends.append(self)
        self.received.extend(results)


class OrderedByNames(ToySearch):
    def ask(self, n):
        self.rng.random(hash("evolution") % 10_007)
        return super().ask(n)


class TwentyGenes(ToySearch):
    def ask(self, n):
        np.zeros(20)[len(self.problem.space.cardinalities) - 1]
        return super().ask(n)


class TwentyValues(ToySearch):
    def ask(self, n):
        np.zeros(20)[max(self.problem.space.cardinalities) - 1]
        return super().ask(n)


class ThirdGeneOut(ToySearch):
    def ask(self, n):
        trials = super().ask(n)
        if len(self.problem.space.cardinalities) <= 6:
            return trials
        outside = attrs.evolve(trials[0].arch, code=(*trials[0].arch.code[:-1], 9))
        return [attrs.evolve(trials[0], arch=outside), *trials[1:]]


class SetsValues(ToySearch):
    def tell(self, results):
        super().tell(results)
        for result in results:
            result.values["valid_accuracy"] = 100.0


class EmptiesResults(ToySearch):
    def tell(self, results):
        super().tell(results)
        results.clear()


class StopsLow(ToySearch):
    """Ends after trials at the lowest level."""

    def ask(self, n):
        level = self.problem.fidelity.levels[0] if self.problem.fidelity else None
        return [attrs.evolve(trial, fidelity=level) for trial in super().ask(n)] if self._best is None else []


@define(eq=False)
class GivesUp(ToySearch):
    """Ends the run where it is asked while results are outstanding."""

    outstanding: int = attrs.field(default=0, init=False)
    ended: bool = attrs.field(default=False, init=False)

    def ask(self, n):
        self.ended |= self.outstanding > 0
        asked = [] if self.ended else super().ask(n)
        self.outstanding += len(asked)
        return asked

    def tell(self, results):
        self.outstanding -= len(results)
        super().tell(results)


class PlainOption(ToySearch):
    """No attrs class of its own option."""

    supports: ClassVar[set] = {"fidelity"}


STRATEGIES = {
    "strategy/asynchronous": [GivesUp],
    "strategy/fidelity-highest": [StopsLow],
    "strategy/same-seed": [SecondEnds],
    "strategy/replay": [EndsWhenTold],
    "strategy/mirror": [AlwaysLarge],
    "strategy/list-own": [AsksAQueue],
    "strategy/alone": [SharedBest],
    "strategy/process": [OrderedByNames],
    "strategy/deep-chain": [TwentyGenes, ThirdGeneOut],
    "strategy/large-alphabet": [TwentyValues],
    "strategy/results-unchanged": [EmptiesResults, SetsValues],
    "strategy/supports": [PlainOption],
}
