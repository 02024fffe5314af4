"""Who proposes the architectures that are halved: uniform draws, or any strategy of one level."""

from __future__ import annotations

from abc import ABC, abstractmethod

import attrs
import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import Unseen
from nasapi_toolkit.wrapped import inner

from nasapi import Problem, Result, Strategy, Trial
from nasapi.ranking import Key


class Proposer(ABC):
    """Proposes architectures of a problem without fidelity, and is told how each of them ended."""

    @abstractmethod
    def propose(self, n: int) -> list[Trial]:
        """At most `n` trials; none where the space is used up."""

    @abstractmethod
    def observe(self, trial: Trial, key: Key) -> None:
        """Take how a trial ranks at its level, when its result comes."""

    @abstractmethod
    def settle(self, proposal: Trial, result: Result) -> None:
        """Take, once a proposal, the result of the highest level that it has reached."""


@define(eq=False)
class Uniform(Proposer):
    """Uniform draws from the space's codes, none twice."""

    problem: Problem
    rng: np.random.Generator
    _unseen: Unseen = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space)

    def propose(self, n: int) -> list[Trial]:
        """`n` draws; fewer once the space is used up."""
        return self.problem.trials(self._unseen.draw(n, self.rng))

    def observe(self, trial: Trial, key: Key) -> None:
        """Uniform draws learn nothing."""

    def settle(self, proposal: Trial, result: Result) -> None:
        """Uniform draws learn nothing."""


@define(eq=False)
class Inner(Proposer):
    """A strategy of one level: what it asks for is proposed, and it is told each result when that is settled.

    Where it must have results first and none are settled, uniform draws stand in, of which it is told nothing.
    """

    strategy: Strategy
    uniform: Uniform
    _settled: list[Result] = field(init=False, factory=list)

    def propose(self, n: int) -> list[Trial]:
        """What the strategy asks for, after it was told what is settled."""
        if self._settled:
            self.strategy.tell(self._settled)
            self._settled = []
        trials = self.strategy.ask(n)
        return [attrs.evolve(trial, note=trial) for trial in trials] or self.uniform.propose(n)

    def observe(self, trial: Trial, key: Key) -> None:
        """The strategy waits until a result is settled."""

    def settle(self, proposal: Trial, result: Result) -> None:
        """Keep the result for the strategy, as one of its own trial."""
        if isinstance(proposal.note, Trial):
            self._settled.append(attrs.evolve(result, trial=proposal.note))


def proposer_of(strategy: str | None, problem: Problem, rng: np.random.Generator, owner: str) -> Proposer:
    """The proposer for an option `strategy`: uniform draws for None, else the strategy of that spec.

    Raises InvalidOption where the strategy does not support the problem's goals and constraints.
    """
    flat = attrs.evolve(problem, fidelity=None)
    uniform = Uniform(flat, rng)
    return uniform if strategy is None else Inner(inner(strategy, flat, rng, owner), uniform)
