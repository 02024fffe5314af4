"""Local search: move to a better neighbour until there is none, then start elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import Name, Unseen

from nasapi import Architecture, Codes, Result, Strategy, Trial
from nasapi import options as option
from nasapi.ranking import FAILED, Key, keys


@define(eq=False)
class LocalSearch(Strategy):
    """Hill climbing from the best of a few random architectures, started anew at every local optimum.

    Neighbours are looked at in random order, and none is asked for twice: one whose result is known and better is
    moved to at no cost. White, Nolen & Savani, "Exploring the loss landscape in neural architecture search", UAI 2021;
    their algorithm 1 is `move=best`, and their code's default the `first`.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    initial: int = option.count(10, "How many random architectures a climb starts from the best of.")
    move: Literal["first", "best"] = option.choice(
        "first",
        "Move to the first better neighbour, or to the best once the whole neighbourhood is known.",
        among=("first", "best"),
    )
    _unseen: Unseen = field(init=False)
    _observations: dict[Name, Key] = field(init=False, factory=dict)
    _here: Name | None = field(init=False, default=None)
    """Where the climb is; None while its start is awaited."""
    _front: list[Name] = field(init=False, factory=list)
    """What may be moved to: the neighbours of `_here`, or the random architectures of a start."""
    _queue: list[Name] = field(init=False, factory=list)
    """What of the front is still to be asked for."""

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space)

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the architectures at the front; none while the answers on all of them are awaited."""
        while (better := self._better()) is not None:
            self._here = better
            self._front = _names(self.rng.permutation(self.problem.space.neighbors(np.array(better))))
            self._queue = [name for name in self._front if name not in self._unseen.taken]
        if all(name in self._observations for name in self._front):  # a local optimum, or nothing has begun
            self._here = None
            self._front = self._queue = _names(self._unseen.draw(self.initial, self.rng))
        names, self._queue = self._queue[:n], self._queue[n:]
        self._unseen.taken.update(names)
        return [Trial(Architecture(self.problem.space.id, name)) for name in names]

    def tell(self, results: Sequence[Result]) -> None:
        """Remember how each did; the next `ask` moves."""
        for result, key in zip(results, keys(self.problem, results), strict=True):
            self._observations[result.trial.arch.code] = key

    def _better(self) -> Name | None:
        """What to move to, where enough is known to tell."""
        here = None if self._here is None else self._observations[self._here]
        if self.move == "first" and here is not None:
            for name in self._front:
                if name not in self._unseen.taken:  # it comes before those evaluated further on
                    return None
                if self._observations.get(name, FAILED) < here:
                    return name
            return None
        if not self._front or any(name not in self._observations for name in self._front):
            return None
        best = min(self._front, key=self._observations.__getitem__)
        return best if here is None or self._observations[best] < here else None


def _names(codes: Codes) -> list[Name]:
    return list(map(tuple, codes.tolist()))
