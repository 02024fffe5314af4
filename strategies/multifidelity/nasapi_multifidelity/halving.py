"""Successive halving and Hyperband: brackets one after another, and the next one while results are awaited."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from attrs import define, field

from nasapi import Result, Strategy, Trial
from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.ranking import keys
from nasapi_multifidelity.bracket import Bracket
from nasapi_multifidelity.proposers import Proposer, proposer_of
from nasapi_multifidelity.schedule import Levels, brackets, levels_of

ETA = "How many times fewer go on from level to level; levels that are nearer to each other are passed over."
INSIDE = "The spec of a strategy that proposes the architectures; by default they are uniform draws, none twice."


@define(eq=False)
class BracketSearch(Strategy):
    """Brackets one after another; two methods are abstract: who proposes, and what the next bracket is.

    A bracket begins when none that runs has anything to ask for, so that workers need not wait for the last result of
    a level. The run ends when the space is used up. On a problem without fidelity each bracket is one draw or few.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints", "fidelity"})

    eta: float = option.number(3, ETA, above=1)
    _levels: Levels = field(init=False)
    _proposer: Proposer = field(init=False)
    _running: dict[int, Bracket] = field(init=False, factory=dict)
    """The brackets that have not ended, by their numbers."""
    _begun: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._levels = levels_of(self.problem.fidelity, self.eta)
        self._proposer = self._made()

    @abstractmethod
    def _made(self) -> Proposer:
        """Who proposes the architectures; called once."""

    @abstractmethod
    def _bracket(self, number: int) -> tuple[int, Levels]:
        """How many architectures begin bracket `number`, the first being 0, and its levels."""

    def ask(self, n: int) -> list[Trial]:
        """At most `n` trials of one bracket, the earliest that has any; none once the space is used up."""
        for bracket in list(self._running.values()):
            trials = bracket.ask(n)
            if bracket.ended:
                del self._running[bracket.number]
            if trials:
                return trials
        bracket = Bracket(self.problem, self._proposer, self._begun, *self._bracket(self._begun))
        trials = bracket.ask(n)
        if trials:
            self._running[bracket.number] = bracket
            self._begun += 1
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Each bracket takes its own results."""
        for result, key in zip(results, keys(self.problem, results), strict=True):
            self._proposer.observe(result.trial, key)
            bracket = self._running[result.trial.note[0]]
            bracket.tell(result, key)
            if bracket.ended:
                del self._running[bracket.number]


@define(eq=False)
class SuccessiveHalving(BracketSearch):
    """Many architectures at the lowest level, the best third at the next, until one is left at the highest; and again.

    Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016,
    algorithm 1; with n, eta and s as in Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020,
    algorithm 1. A level's share that goes on is the ratio of the two levels, which is 1 / eta where each level is eta
    times the one before.
    """

    architectures: int | None = option.count(
        None, "How many begin; by default as many as leave one at the highest level."
    )
    skip: int = option.count(0, "How many of the lowest levels are left out: the paper's s.", least=0)
    strategy: str | None = option.spec(None, INSIDE, of="a strategy")

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._levels = skipped(self._levels, self.skip)

    def _made(self) -> Proposer:
        return proposer_of(self.strategy, self.problem, self.rng, "successive-halving")

    def _bracket(self, number: int) -> tuple[int, Levels]:
        return self.architectures or -(-self._levels[-1] // self._levels[0]), self._levels


@define(eq=False)
class Hyperband(BracketSearch):
    """Successive halving that begins at each level in turn, the lowest first, each time at about the same cost.

    Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar, "Hyperband: a novel bandit-based approach to hyperparameter
    optimization", JMLR 18(185), 2018, algorithm 1. With levels 1, 3, 9, 27 and 81 the brackets begin with 81, 34, 15, 8
    and 5 architectures (table 1). After the last bracket comes the first again.
    """

    strategy: str | None = option.spec(None, INSIDE, of="a strategy")

    def _made(self) -> Proposer:
        return proposer_of(self.strategy, self.problem, self.rng, "hyperband")

    def _bracket(self, number: int) -> tuple[int, Levels]:
        found = brackets(self._levels)
        return found[number % len(found)]


def skipped(levels: Levels, skip: int) -> Levels:
    """The levels without the lowest `skip`; raises InvalidOption where none would be left.

    On a problem without fidelity there is nothing to leave out.
    """
    if levels == (1,):
        return levels
    if skip >= len(levels):
        raise InvalidOption(f"`skip` leaves out {skip} of the levels {levels}; give at most {len(levels) - 1}.")
    return levels[skip:]
