"""Pareto local search: ask for the neighbours of what nothing dominates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import Name, Unseen

from nasapi import Result, Strategy, Trial
from nasapi import options as option
from nasapi_moo.evaluated_set import EvaluatedSet, empty, evaluated
from nasapi_moo.fronts import front_ranks


@define(eq=False)
class ParetoLocalSearch(Strategy):
    """An archive of what nothing dominates, grown by the neighbours of its members.

    Paquete, Chiarandini & Stützle, "Pareto local optimum sets in the biobjective traveling salesman problem", 2004. A
    member whose neighbours were all asked for is explored; one that is dominated leaves. Where every member is
    explored, random architectures follow. While nothing feasible is known, the archive is what breaks the constraints
    least. With one goal this is local search on plateaus.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    initial: int = option.count(
        10, "How many random architectures come first, and again where every member is explored."
    )
    explore: Literal["one", "whole"] = option.choice(
        "one",
        "Ask for one neighbour of a member and choose a member again, or for its whole neighbourhood, as in the paper.",
        among=("one", "whole"),
    )
    _unseen: Unseen = field(init=False)
    _archive: EvaluatedSet = field(init=False)
    _open: dict[Name, list[Name]] = field(init=False, factory=dict)
    """The neighbours still to be asked for, in random order, of every member that was chosen and is not explored."""
    _explored: set[Name] = field(init=False, factory=set)
    _random: list[Name] = field(init=False, factory=list)
    """Random architectures still to be asked for."""
    _here: Name | None = field(init=False, default=None)
    _waiting: int = field(init=False, default=0)
    """How many results are awaited."""

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space)
        self._archive = empty(len(self.problem.goals))

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` trials: random ones at first, then neighbours; none while all members wait for results."""
        names: list[Name] = []
        while len(names) < n and (name := self._next()) is not None:
            names.append(name)
        if not names and not self._waiting:
            self._draw()
            names, self._random = self._random[:n], self._random[n:]
        self._waiting += len(names)
        return self.problem.trials(np.array(names, np.int64).reshape(len(names), len(self.problem.space.cardinalities)))

    def tell(self, results: Sequence[Result]) -> None:
        """What nothing dominates makes the archive."""
        self._waiting -= len(results)
        everyone = self._archive.joined(evaluated(self.problem, results))
        self._archive = everyone.take(np.flatnonzero(front_ranks(everyone) == 0))
        members = set(self._archive.codes)
        self._open = {name: queue for name, queue in self._open.items() if name in members}

    def _next(self) -> Name | None:
        """The next architecture to ask for, None where every member is explored."""
        if self._random:
            return self._random.pop(0)
        while True:
            here = self._chosen()
            if here is None:
                return None
            queue = self._open[here]
            while queue:
                name = queue.pop()
                if name not in self._unseen.taken:
                    self._unseen.taken.add(name)
                    return name
            del self._open[here]
            self._explored.add(here)

    def _chosen(self) -> Name | None:
        """A member whose neighbours are to be asked for: drawn uniformly, or with "whole" the last while it lasts."""
        if self.explore == "whole" and self._here in self._open:
            return self._here
        names = [name for name in self._archive.codes if name not in self._explored]
        if not names:
            return None
        self._here = names[self.rng.integers(len(names))]
        if self._here not in self._open:
            around = self.rng.permutation(self.problem.space.neighbors(np.array(self._here)))
            self._open[self._here] = list(map(tuple, around.tolist()))
        return self._here

    def _draw(self) -> None:
        self._random = list(map(tuple, self._unseen.draw(self.initial, self.rng).tolist()))
