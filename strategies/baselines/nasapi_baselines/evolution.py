"""Regularised evolution: the winner of a tournament has a mutated child, and the oldest dies."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import IDENTITIES, Distinct, Name, Unseen

from nasapi import Codes, Result, Strategy, Trial
from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.ranking import Key, keys

Member = tuple[Key, int, Name]
"""How one did, its number in the order of birth, and its code."""

_TRIES = 32  # children drawn for one that is wanted distinct, before a random architecture stands in


@define(eq=False)
class Evolution(Strategy):
    """Ageing evolution by mutation alone.

    Real, Aggarwal, Huang & Le, "Regularized evolution for image classifier architecture search", AAAI 2019,
    Algorithm 1. A mutation is a step to a uniformly drawn neighbour (`SearchSpace.mutate`).
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    population: int = option.count(
        30, "How many live at once; the paper's is 100, the literature's for small tables 30."
    )
    sample: int = option.count(
        10, "How many, drawn with replacement, compete to be the parent, at most the population; the paper's is 25."
    )
    initial: int | None = option.count(
        None, "How many random architectures come first; by default as many as the population has."
    )
    distinct: Distinct = option.choice(
        None,
        'What is asked for at most once: a "code", a "network" whatever its code, or None: children may repeat.',
        among=IDENTITIES,
    )
    _unseen: Unseen = field(init=False)
    _members: deque[Member] = field(init=False, factory=deque)
    """The youngest last."""
    _ranked: list[Member] = field(init=False, factory=list)
    """The same, the best first; of equals the oldest."""
    _born: int = field(init=False, default=0)
    _proposals: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        if self.sample > self.population:
            raise InvalidOption(
                f"`sample` is at most the population, which is {self.population}, not {self.sample}; give both."
            )
        self._unseen = Unseen(self.problem.space, self.distinct)

    def ask(self, n: int) -> list[Trial]:
        """`n` trials: random ones at first, then children; none while the first results are awaited."""
        first = self.population if self.initial is None else self.initial
        if self._proposals < first:
            codes = self._unseen.draw(min(n, first - self._proposals), self.rng)
        elif self._members:
            codes = self._children(n)
        else:
            return []
        self._proposals += len(codes)
        return self.problem.trials(codes)

    def tell(self, results: Sequence[Result]) -> None:
        """The results join the population in the order they come, and push the oldest out."""
        for result, key in zip(results, keys(self.problem, results), strict=True):
            member = (key, self._born, result.trial.arch.code)
            self._born += 1
            self._members.append(member)
            insort(self._ranked, member)
            if len(self._members) > self.population:
                del self._ranked[bisect_left(self._ranked, self._members.popleft())]

    def _children(self, n: int) -> Codes:
        found = self._unseen.take(self._mutants(n), n)
        for _ in range(_TRIES):
            if len(found) == n:
                return found
            found = np.concatenate([found, self._unseen.take(self._mutants(n - len(found)), n - len(found))])
        return np.concatenate([found, self._unseen.draw(n - len(found), self.rng)])

    def _mutants(self, n: int) -> Codes:
        """(n, d): a neighbour of the best of each of `n` tournaments."""
        winners = self.rng.integers(len(self._ranked), size=(n, self.sample)).min(axis=1)
        parents = np.array([self._ranked[place][2] for place in winners.tolist()], np.int64)
        return self.problem.space.mutate(parents, self.rng)
