"""NSGA-II: evolution that keeps what nothing dominates, and of equals those far from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import IDENTITIES, Distinct, Unseen
from numpy.typing import NDArray

from nasapi import Codes, Result, Strategy, Trial
from nasapi import options as option
from nasapi_moo.evaluated_set import EvaluatedSet, empty, evaluated
from nasapi_moo.fronts import crowding_distances, front_ranks

_TRIES = 32  # rounds of children drawn for those wanted distinct, before random architectures stand in


@define(eq=False)
class NSGA2(Strategy):
    """The elitist genetic algorithm of Deb, Pratap, Agarwal & Meyarivan, IEEE Trans. Evol. Comp. 6(2), 2002.

    Parents win binary tournaments on rank and crowding; a child crosses two of them and takes a step. Sorting and
    crowding are pymoo's. Results may come one by one and in any order: whenever some come, the best of them and the
    survivors survive, which is the paper's generation where a batch is as large as the population, and its steady-state
    form (Durillo, Nebro, Luna & Alba, EMO 2009) where it is smaller. Constraints by the paper's constrained domination.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    population: int = option.count(
        20, "How many live on; as many random architectures come first. The paper's is 100, for budgets of thousands."
    )
    crossover: float = option.share(0.9, "The share of children with two parents.")
    mutation: float = option.share(1.0, "The share of children that then take a step to a neighbour.")
    distinct: Distinct = option.choice(
        "code",
        'What is asked for at most once: a "code", a "network" whatever its code, or None: children may repeat.',
        among=(*IDENTITIES, None),
    )
    _unseen: Unseen = field(init=False)
    _survivors: EvaluatedSet = field(init=False)
    _fitness: NDArray[np.int64] = field(init=False, factory=lambda: np.empty(0, np.int64))
    """The survivors' places by rank and crowding distance, 0 the best; equals share a place."""
    _proposals: int = field(init=False, default=0)
    _evaluations: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space, self.distinct)
        self._survivors = empty(len(self.problem.goals))

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` trials: random ones at first, then children; none while the very first results are awaited."""
        if self._proposals < self.population:
            codes = self._unseen.draw(min(n, self.population - self._proposals), self.rng)
        elif len(self._survivors):
            codes = self._children(n)
        elif self._evaluations < self._proposals:
            return []
        else:  # every evaluation so far failed
            codes = self._unseen.draw(n, self.rng)
        self._proposals += len(codes)
        return self.problem.trials(codes)

    def tell(self, results: Sequence[Result]) -> None:
        """The best `population` of the survivors and the new evaluations survive."""
        self._evaluations += len(results)
        everyone = self._survivors.joined(evaluated(self.problem, results))
        place = _places(everyone)
        survivors = np.argsort(place, kind="stable")[: self.population]
        self._survivors, self._fitness = everyone.take(survivors), place[survivors]

    def _children(self, n: int) -> Codes:
        found = self.problem.space.codes([])
        for _ in range(_TRIES):
            found = np.concatenate([found, self._unseen.take(self._drawn(n), n - len(found))])
            if len(found) == n:
                return found
        return np.concatenate([found, self._unseen.draw(n - len(found), self.rng)])

    def _drawn(self, n: int) -> Codes:
        """(n, d): children of the winners of two tournaments each."""
        space = self.problem.space
        rivals = self.rng.integers(len(self._survivors), size=(2, 2, n))
        first = self._fitness[rivals[0]] <= self._fitness[rivals[1]]
        winners = np.where(first, rivals[0], rivals[1])
        living = np.array(self._survivors.codes, np.int64)
        one, other = living[winners[0]], living[winners[1]]
        crossed = self.rng.random((n, 1)) < self.crossover
        children = np.where(crossed, space.crossover(one, other, self.rng), one)
        stepping = self.rng.random((n, 1)) < self.mutation
        return np.where(stepping, space.mutate(children, self.rng), children)


def _places(rows: EvaluatedSet) -> NDArray[np.int64]:
    """(n,): 0 for the best by rank, then by crowding."""
    rank = front_ranks(rows)
    keys = np.column_stack([rank, -crowding_distances(rows, rank)])
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1), np.int64)
