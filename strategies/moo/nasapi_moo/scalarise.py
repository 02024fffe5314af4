"""Scalarisation: lets a strategy for one goal search for several, weighted at random, round after round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import attrs
import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import Unseen
from nasapi_toolkit.wrapped import inner
from numpy.typing import NDArray

from nasapi import Budget, Metric, Problem, Result, Strategy, Trial
from nasapi import options as option

_RHO = 0.05  # the share of the plain weighted sum that makes a Tchebycheff value strict, as in ParEGO
_NAME = "scalar"
_JOINED = "derived: from the values of the goals, by drawn weights"


@define(eq=False)
class Scalarise(Strategy):
    """Any strategy for one goal, told one number for several goals; its weights are drawn anew each round.

    The goals are put on 0 to 1 by the least and the greatest loss known when the round begins, weighted by a uniform
    draw from the simplex, and joined: the augmented Tchebycheff value (Knowles, "ParEGO", IEEE Trans. Evol. Comp.
    10(1), 2006, eq. 2) or the weighted sum, which finds only the convex parts of a front. Each round begins the
    strategy inside anew, or goes on with the one there is (`restart=false`), which then knows other weights.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    strategy: str = option.spec(
        "evolution[population=10,sample=5]",
        "The spec of the strategy inside; where the problem has constraints it must support them.",
        of="a strategy",
    )
    method: Literal["tchebycheff", "weighted"] = option.choice(
        "tchebycheff",
        "How the weighted goals are joined: their greatest, or their sum.",
        among=("tchebycheff", "weighted"),
    )
    initial: int = option.count(
        10, "How many random architectures come before the first round, to know the range of each goal."
    )
    round: int = option.count(20, "How many trials a round has.")
    restart: bool = option.flag(False, "Whether each round begins the strategy inside anew.")
    _random: Unseen = field(init=False)
    _inner: Strategy | None = field(init=False, default=None)
    _number: int = field(init=False, default=0)
    """Which instance of the strategy inside is asked."""
    _weights: NDArray[np.float64] = field(init=False)
    _low: NDArray[np.float64] = field(init=False)
    """(goals,): the least loss known when the round began; `_span` reaches from it to the greatest."""
    _span: NDArray[np.float64] = field(init=False)
    _losses: list[NDArray[np.float64]] = field(init=False, factory=list)
    _left: int = field(init=False)
    """How many trials are left of the round, or of the random architectures before the first."""
    _waiting: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._random = Unseen(self.problem.space)
        self._left = self.initial
        goals = len(self.problem.goals)
        self._weights, self._low, self._span = np.full(goals, 1 / goals), np.zeros(goals), np.ones(goals)
        self._made()  # refuses a strategy that does not fit before anything is evaluated

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` trials of the round, each with the instance that asked for it and that one's own trial as note.

        None while the very first results are awaited.
        """
        trials: list[Trial] = []
        if self._inner is None and self._left:
            codes = self._random.draw(min(n, self._left), self.rng)
            self._left = self._left - len(codes) if len(codes) else 0
            trials = self.problem.trials(codes)
        if not trials and (self._inner is None or not self._left):
            if self._inner is None and self._waiting and not self._losses:
                return []
            self._begin()
        if not trials:
            trials = self._candidates(n)
        self._waiting += len(trials)
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Keep the losses, and tell the strategy inside what it asked for, joined with this round's weights."""
        self._waiting -= len(results)
        losses = self.problem.losses(results)
        self._losses += [row for row in losses if np.isfinite(row).all()]
        own = [row for row, result in enumerate(results) if _of(result.trial) == self._number]
        if self._inner is not None and own:
            self._inner.tell([self._joined(results[row], losses[row]) for row in own])

    def _candidates(self, n: int) -> list[Trial]:
        """What the strategy inside asks for; where it is at its end and nothing is awaited, another is begun."""
        assert self._inner is not None
        trials = self._inner.ask(min(n, self._left))
        if not trials and not self._waiting:
            self._begin(anew=True)
            trials = self._inner.ask(min(n, self._left))
        self._left -= len(trials)
        return [attrs.evolve(trial, note=(self._number, trial)) for trial in trials]

    def _begin(self, *, anew: bool = False) -> None:
        """Draw weights, take the ranges known, and where it is time make the strategy inside anew."""
        self._weights = self.rng.dirichlet(np.ones(len(self.problem.goals)))
        if self._losses:
            losses = np.array(self._losses)
            self._low, span = losses.min(axis=0), np.ptp(losses, axis=0)
            self._span = np.where(span > 0, span, 1.0)
        self._left = self.round
        if self._inner is None or self.restart or anew:
            self._inner = self._made()
            self._number += 1

    def _made(self) -> Strategy:
        return inner(self.strategy, self._problem(), self.rng, "scalarise")

    def _problem(self) -> Problem:
        """The problem of the strategy inside: one number to be minimised, within the same constraints."""
        goal = Metric(_NAME, "min", "1", description="several goals, weighted and joined", origin=_JOINED)
        budget = Budget(float(self.round)) if self.restart else self.problem.budget
        return attrs.evolve(self.problem, goals=(goal,), budget=budget)

    def _joined(self, result: Result, losses: NDArray[np.float64]) -> Result:
        """The result as the strategy inside is told it."""
        trial: Trial = result.trial.note[1]
        if not np.isfinite(losses).all():
            return attrs.evolve(result, trial=trial, values={})
        weighted = self._weights * (losses - self._low) / self._span
        total = weighted.sum()
        value = weighted.max() + _RHO * total if self.method == "tchebycheff" else total
        kept = {constraint.metric: result.values[constraint.metric] for constraint in self.problem.constraints}
        return attrs.evolve(result, trial=trial, values={_NAME: float(value), **kept})


def _of(trial: Trial) -> int:
    """Which instance of the strategy inside asked for a trial; 0 for a random one."""
    return trial.note[0] if isinstance(trial.note, tuple) else 0
