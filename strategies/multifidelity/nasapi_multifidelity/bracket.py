"""One run of successive halving: proposals at the lowest level, the best go on to the next, until the highest."""

from __future__ import annotations

from collections import deque

import attrs
from attrs import define, field

from nasapi import Problem, Result, Trial
from nasapi.ranking import FAILED, Key
from nasapi_multifidelity.proposers import Proposer
from nasapi_multifidelity.schedule import Levels, asked, sizes


@define(eq=False)
class Bracket:
    """Jamieson & Talwalkar, AISTATS 2016, algorithm 1, with the sizes of Li et al., JMLR 18(185), 2018, algorithm 1.

    Architectures are proposed one after another, as they are asked for. Once all results of a level are there, the
    best that succeeded go on; of equals those that were asked for first.
    """

    problem: Problem
    proposer: Proposer
    number: int
    """Which bracket of the run this is; trials carry it with the place of their proposal."""
    n: int
    """How many architectures begin, unless the space is used up before."""
    levels: Levels
    _proposals: list[Trial] = field(init=False, factory=list)
    _whole: bool = field(init=False, default=False)
    """Whether all architectures that begin were proposed."""
    _rung: int = field(init=False, default=0)
    """Which level is being trained at."""
    _queue: deque[int] = field(init=False, factory=deque)
    """The places of the proposals that go on and were not asked for yet."""
    _awaited: set[int] = field(init=False, factory=set)
    _results: dict[int, tuple[Key, Result]] = field(init=False, factory=dict)
    """The results of this level by the place of their proposal."""

    @property
    def ended(self) -> bool:
        """Whether nothing of the bracket is left to be asked for or outstanding."""
        return self._rung == len(self.levels)

    def ask(self, n: int) -> list[Trial]:
        """At most `n` trials; none where results are awaited or the bracket has ended."""
        places = self._begun(n) if not self._whole else []
        if not places:
            places = [self._queue.popleft() for _ in range(min(n, len(self._queue)))]
        self._awaited.update(places)
        return [self._trial(place) for place in places]

    def tell(self, result: Result, key: Key) -> None:
        """Take the result of one of its trials, and how it ranks."""
        place = result.trial.note[1]
        self._awaited.discard(place)
        self._results[place] = key, result
        self._go_on()

    def _begun(self, n: int) -> list[int]:
        """The places of new proposals; none where the space is used up, and then what there is goes on."""
        first = len(self._proposals)
        self._proposals += self.proposer.propose(min(n, self.n - first))
        places = list(range(first, len(self._proposals)))
        self._whole = not places or len(self._proposals) == self.n
        if not places:
            self._go_on()
        return places

    def _go_on(self) -> None:
        """Choose who goes on, once every result of this level is there."""
        if not self._whole or self._queue or self._awaited:
            return
        ranked = sorted(self._results, key=lambda place: (self._results[place][0], place))
        self._rung += 1
        kept: list[int] = []
        if not self.ended:
            room = sizes(len(self._proposals), self.levels)[self._rung]
            kept = [place for place in ranked[:room] if self._results[place][0] != FAILED]
        for place in sorted(set(ranked).difference(kept)):
            self.proposer.settle(self._proposals[place], self._results[place][1])
        self._queue.extend(kept)
        self._results = {}
        if not kept:
            self._rung = len(self.levels)

    def _trial(self, place: int) -> Trial:
        level = asked(self.problem, self.levels[self._rung])
        return attrs.evolve(self._proposals[place], fidelity=level, note=(self.number, place))
