"""What searches by rounds share: the observations, each network once, and something to ask for at any time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from attrs import define, field

from nasapi import Codes, Result, Strategy, Trial
from nasapi import options as option
from nasapi_toolkit.observations import Observations
from nasapi_toolkit.pools import MutationPool
from nasapi_toolkit.unseen import Unseen


@define(eq=False)
class RoundSearch(Strategy):
    """Rounds of proposals after uniformly drawn architectures; one method is abstract.

    A network is asked for once, whatever code names it. Where proposals are too few, mutants of the best stand in,
    then uniform draws; the run ends when every network was asked for. Until something succeeds, draws are uniform.
    The feasible ranks before the infeasible, which goes by its violations.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    initial: int = option.count(16, "How many uniformly drawn architectures come first.")
    round: int = option.count(16, "How many architectures are proposed from the same results.")
    _unseen: Unseen = field(init=False)
    _observations: Observations = field(init=False)
    _queue: list[Trial] = field(init=False, factory=list)
    _rounds: int = field(init=False, default=0)
    """How many rounds were planned, the first one included."""

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space, "network")
        self._observations = Observations(self.problem)

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the round's architectures; where it is used up, a round is planned from the observations."""
        if not self._queue:
            codes = self._planned() if self._rounds else self._unseen.draw(self.initial, self.rng)
            self._queue = self._trials(codes)
            self._rounds += 1
        trials, self._queue = self._queue[:n], self._queue[n:]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Remember the results; the next round learns from them."""
        self._observations.add(results)

    @abstractmethod
    def _proposed(self, ranked: Codes) -> Codes:
        """(m, d): valid codes for the next round, the best candidate first; called once something has succeeded.

        `ranked` (n, d) are those that succeeded, the best first. What was asked for before is passed over.
        """

    def _trials(self, codes: Codes) -> list[Trial]:
        """The trials of a round."""
        return self.problem.trials(codes)

    def _enough(self, batches: Iterable[Codes]) -> Codes:
        """(m, d): what is new, each once, of the valid codes of one batch after another, until there is a round."""
        found = self.problem.space.codes([])
        for codes in batches:
            found = self._unseen.new(np.concatenate([found, codes[self.problem.space.valid(codes)]]))
            if len(found) >= self.round:
                break
        return found

    def _planned(self) -> Codes:
        """(m, d): the next round; fewer than asked for only where fewer are left."""
        ranked = self._observations.codes[self._observations.order()]
        found = ranked[:0]
        if len(ranked):
            found = self._unseen.take(self._proposed(ranked), self.round)
        if len(ranked) and len(found) < self.round:
            mutants = MutationPool(self.problem.space, size=8 * self.round, steps=3).candidates(ranked, self.rng)
            found = np.concatenate([found, self._unseen.take(mutants, self.round - len(found))])
        return np.concatenate([found, self._unseen.draw(self.round - len(found), self.rng)])
