"""What all searches here share: rounds, what is known, each network once, and something to ask for at any time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import define, field
from nasapi_baselines.options import at_least_one
from nasapi_baselines.unseen import Unseen
from nasapi_surrogate.pools import MutationPool
from nasapi_surrogate.targets import TARGETS, scores
from numpy.typing import NDArray

from nasapi import Codes, Result, Strategy, Trial
from nasapi.errors import InvalidOption


@define(eq=False)
class LatentSearch(Strategy):
    """Rounds of proposals after uniformly drawn architectures; one method is abstract.

    A network is asked for once, whatever code names it. Where proposals are too few, mutants of the best stand in,
    then uniform draws; the run ends when every network was asked for. Until something succeeds, draws are uniform.
    Constraints: the feasible comes before the infeasible, which goes by its violations.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    initial: int = field(default=16, kw_only=True, validator=at_least_one)
    """How many uniformly drawn architectures come first."""
    round: int = field(default=16, kw_only=True, validator=at_least_one)
    """How many architectures are proposed at a time."""
    _unseen: Unseen = field(init=False)
    _told: list[tuple[int, ...]] = field(init=False, factory=list)
    _losses: list[float] = field(init=False, factory=list)
    _violations: list[float] = field(init=False, factory=list)
    _queue: list[Trial] = field(init=False, factory=list)
    _begun: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space, "network")

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the round's architectures; where it is used up, a round is planned from what is known."""
        if not self._queue:
            codes = self._planned() if self._begun else self._unseen.draw(self.initial, self.rng)
            self._begun = True
            self._queue = self.problem.trials(codes)
        trials, self._queue = self._queue[:n], self._queue[n:]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Remember codes, losses and broken constraints; the next round learns from them."""
        self._told.extend(result.trial.arch.code for result in results)
        self._losses.extend(self.problem.losses(results)[:, 0].tolist())
        self._violations.extend(self.problem.violations(results).sum(axis=1).tolist())

    @abstractmethod
    def _proposed(self, ranked: Codes) -> Codes:
        """(m, d): valid codes for the next round, the most wanted first; called once something has succeeded.

        `ranked` (n, d) are those that succeeded, the best first. What was asked for before is passed over.
        """

    def _enough(self, batches: Iterable[Codes]) -> Codes:
        """(m, d): the valid codes of one batch after another, until they name a round of networks that are new."""
        space = self.problem.space
        found, networks = space.codes([]), set(self._unseen.taken)
        for codes in batches:
            codes = codes[space.valid(codes)]
            found = np.concatenate([found, codes])
            networks.update(map(tuple, space.canonical(codes).tolist()))
            if len(networks) >= len(self._unseen.taken) + self.round:
                break
        return found

    def _planned(self) -> Codes:
        """(m, d): the next round; fewer than asked for only where fewer are left."""
        ranked = self._ranked()
        found = ranked[:0]
        if len(ranked):
            found = self._unseen.take(self._proposed(ranked), self.round)
        if len(ranked) and len(found) < self.round:
            mutants = MutationPool(self.problem.space, size=8 * self.round, steps=3).candidates(ranked, self.rng)
            found = np.concatenate([found, self._unseen.take(mutants, self.round - len(found))])
        return np.concatenate([found, self._unseen.draw(self.round - len(found), self.rng)])

    def _ranked(self) -> Codes:
        """(n, d): what succeeded, the best first; feasible before infeasible (Deb 2000), equals as they came."""
        losses = np.array(self._losses)
        order = np.lexsort((losses, np.array(self._violations)))
        ranked: Codes = self._codes()[order[np.isfinite(losses[order])]]
        return ranked

    def _codes(self) -> Codes:
        """(N, d): what was heard of, in that order."""
        return np.array(self._told, np.int64).reshape(len(self._told), len(self.problem.space.cardinalities))

    def _targets(self, kind: str) -> NDArray[np.float64]:
        """(N,): of what was heard, in that order, what is to be minimised: standardised, failures the worst."""
        return scores(np.array(self._losses), np.array(self._violations), kind)


def is_target(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a kind of targets."""
    if value not in TARGETS:
        raise InvalidOption(f"`{attribute.name}` is one of {', '.join(TARGETS)}, not {value!r}.")


def is_positive(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
        raise InvalidOption(f"`{attribute.name}` is a number above 0, not {value!r}.")


def is_share(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidOption(f"`{attribute.name}` is a share from 0 to 1, not {value!r}.")


def is_count(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidOption(f"`{attribute.name}` is a whole number from 0, not {value!r}.")
