"""Asynchronous successive halving: whoever is free promotes what may go on, or begins something new."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import ClassVar

import attrs
from attrs import define, field

from nasapi import Result, Strategy, Trial
from nasapi import options as option
from nasapi.ranking import FAILED, Key, keys
from nasapi_multifidelity.halving import ETA, INSIDE, skipped
from nasapi_multifidelity.proposers import Proposer, proposer_of
from nasapi_multifidelity.schedule import Levels, asked, levels_of


@define(eq=False)
class Rung:
    """The results of one level: how many, what was promoted and what waits for it, the best first."""

    results: int = 0
    waiting: list[tuple[Key, int]] = field(factory=list)
    """Rank and number of the architectures that succeeded and were not promoted."""
    promoted: list[tuple[Key, int]] = field(factory=list)

    def add(self, key: Key, number: int) -> None:
        """Count the result of an architecture; one that failed waits for nothing."""
        self.results += 1
        if key != FAILED:
            insort(self.waiting, (key, number))

    def promote(self, low: int, high: int) -> int | None:
        """The best architecture that is among the best `low` / `high` of all results and was not promoted, if any."""
        if not self.waiting or bisect_left(self.promoted, self.waiting[0]) >= self.results * low // high:
            return None
        best = self.waiting.pop(0)
        insort(self.promoted, best)
        return best[1]


@define(eq=False)
class ASHA(Strategy):
    """Successive halving without waiting: promotes whenever something is among the best third of its level.

    Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar, "A system for massively parallel
    hyperparameter tuning", MLSys 2020, algorithm 2. The highest level that has something to promote comes first; where
    none has, an architecture begins. It asks while any number of results are outstanding.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints", "fidelity"})

    eta: float = option.number(3, ETA, above=1)
    skip: int = option.count(0, "How many of the lowest levels are left out: the paper's s.", least=0)
    strategy: str | None = option.spec(None, INSIDE, of="a strategy")
    _levels: Levels = field(init=False)
    _proposer: Proposer = field(init=False)
    _rungs: list[Rung] = field(init=False)
    """One for each level but the highest."""
    _proposals: list[Trial] = field(init=False, factory=list)
    _best: dict[int, Result] = field(init=False, factory=dict)
    """The result at the highest level so far of each architecture that is not settled."""
    _settled: set[int] = field(init=False, factory=set)
    _training: set[int] = field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        self._levels = skipped(levels_of(self.problem.fidelity, self.eta), self.skip)
        self._rungs = [Rung() for _ in self._levels[1:]]
        self._proposer = proposer_of(self.strategy, self.problem, self.rng, "asha")

    def ask(self, n: int) -> list[Trial]:
        """Promotions, then new architectures; none where the space is used up and nothing may be promoted."""
        trials: list[Trial] = []
        while len(trials) < n and (promotion := self._promotion()):
            trials.append(self._trial(*promotion))
        if len(trials) < n:
            self._settle()
            first = len(self._proposals)
            self._proposals += self._proposer.propose(n - len(trials))
            trials += [self._trial(number, 0) for number in range(first, len(self._proposals))]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Each result joins its level."""
        for result, key in zip(results, keys(self.problem, results), strict=True):
            self._proposer.observe(result.trial, key)
            number, rung = result.trial.note
            self._training.discard(number)
            if number not in self._settled:
                self._best[number] = result
            if rung < len(self._rungs):
                self._rungs[rung].add(key, number)

    def _promotion(self) -> tuple[int, int] | None:
        """Which architecture goes on to which level: alg. 2, l. 13 to 18."""
        for rung in reversed(range(len(self._rungs))):
            number = self._rungs[rung].promote(self._levels[rung], self._levels[rung + 1])
            if number is not None:
                return number, rung + 1
        return None

    def _settle(self) -> None:
        """Tell who proposes of all architectures that are not being trained, before it proposes again."""
        for number in [number for number in self._best if number not in self._training]:
            self._proposer.settle(self._proposals[number], self._best.pop(number))
            self._settled.add(number)

    def _trial(self, number: int, rung: int) -> Trial:
        self._training.add(number)
        level = asked(self.problem, self._levels[rung])
        return attrs.evolve(self._proposals[number], fidelity=level, note=(number, rung))
