"""The meter of a run: what each trial is charged to the budget, and which trial would exceed it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from attrs import define, field

from nasapi.problem import Problem
from nasapi.trial import Result

_TRIALS_PER_NETWORK = 50  # of a budget of networks, before a run that only repeats is ended
_TRIALS_PER_SECOND = 50  # of a budget of seconds, before a run whose trials are free is ended
_FEWEST_TRIALS = 1000  # that the one has, and seconds that the other is taken to have, however small the budget


Charge = tuple[float, float]
"""What a trial was charged, in the budget's unit, and the simulated seconds that a worker spent on it."""


@define(eq=False)
class Meter:
    """Counts what a run spends.

    A trial costs what it adds: where levels resume, a level of an architecture that has reached a lower one goes on
    from there. The same level again, or a lower one, is a repeat and charged in full.
    """

    problem: Problem
    plain_charges: bool = field(default=True, init=False)
    """Whether each trial so far was charged 1, its cost, or 1 for a network that was new, and took its cost."""
    over: bool = field(default=False, init=False)
    """Whether a trial would have exceeded the budget."""
    _spent: float = field(default=0, init=False)
    """Trials in levels of the highest fidelity, which are whole numbers; all else in the budget's unit."""
    _networks: set[bytes] = field(factory=set, init=False)
    _reached: dict[tuple[int, ...], tuple[int, float]] = field(factory=dict, init=False)
    """The highest level that an architecture has reached, and what it cost from the beginning; where levels resume."""
    _highest: int = field(init=False)
    _resumes: bool = field(init=False)
    _limit: float = field(init=False)
    _most: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        budget, fidelity = self.problem.budget, self.problem.fidelity
        self._highest = fidelity.levels[-1] if fidelity else 1
        self._resumes = fidelity is not None and fidelity.resumes
        self._limit = budget.limit * self._highest if budget.unit == "trials" else budget.limit
        self._most = float("inf")
        if budget.unit == "unique":
            self._most = max(_TRIALS_PER_NETWORK * budget.limit, _FEWEST_TRIALS)
        elif budget.unit == "seconds":
            self._most = _TRIALS_PER_SECOND * max(budget.limit, _FEWEST_TRIALS)

    @property
    def room(self) -> float:
        """How many more trials at the highest fidelity fit; infinite for seconds, 0 where the budget is spent."""
        if self.over or self._spent >= self._limit:
            return 0
        unit = self.problem.budget.unit
        if unit == "trials":
            return ceil((self._limit - self._spent) / self._highest)
        return self._limit - self._spent if unit == "unique" else float("inf")

    def exhausted(self, trials: int) -> bool:
        """Whether so many trials are enough, for free ones or repeats must not go on for ever."""
        return trials >= self._most

    def charge(self, results: Sequence[Result], *, in_turn: bool = True) -> list[Charge]:
        """Charge results in order, up to the first that would exceed the budget; gives the charge of each before it.

        `in_turn` says that each has ended when the next begins; otherwise `finish` says when.
        """
        highest, resumes, unit = self._highest, self._resumes, self.problem.budget.unit
        counts_levels, spent, limit = unit == "trials", self._spent, self._limit
        new = self._new_networks(results) if unit == "unique" else ()
        charges: list[Charge] = []
        for row, result in enumerate(results):
            fidelity, seconds = result.trial.fidelity, result.cost
            level = highest if fidelity is None else int(fidelity)
            if resumes:
                level, seconds = self._added(result, level)
            amount: float = level if counts_levels else new[row] if new else seconds
            if spent + amount > limit:
                self.over = True
                break
            spent += amount
            if level != highest and (resumes or unit != "seconds"):
                self.plain_charges = False
            charges.append((amount / highest if counts_levels else amount, seconds))
            if resumes and in_turn:
                self.finish(result)
        self._spent = spent
        return charges

    def finish(self, result: Result) -> None:
        """Note that an evaluation has ended, so that a higher level may go on from it."""
        if self._resumes and result.error is None:
            level = self._highest if result.trial.fidelity is None else int(result.trial.fidelity)
            code = result.trial.arch.code
            if level > self._reached.get(code, (0, 0.0))[0]:
                self._reached[code] = (level, result.cost)

    def _added(self, result: Result, level: int) -> tuple[int, float]:
        """The levels and the seconds that a trial adds to what its architecture has reached."""
        reached, cost = self._reached.get(result.trial.arch.code, (0, 0.0))
        if reached and reached < level:
            return level - reached, max(result.cost - cost, 0.0)
        return level, result.cost

    def _new_networks(self, results: Sequence[Result]) -> list[int]:
        """For each result 1 if its network was not asked before, else 0."""
        space, new = self.problem.space, []
        for row in space.canonical(space.codes([result.trial.arch for result in results])):
            network = np.ascontiguousarray(row).tobytes()
            new.append(0 if network in self._networks else 1)
            self._networks.add(network)
        return new
