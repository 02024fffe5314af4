"""Penalties: lets a strategy that knows no constraints search under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import attrs
import numpy as np
from attrs import define, field
from nasapi_toolkit.wrapped import inner
from numpy.typing import NDArray

from nasapi import Problem, Result, Strategy, Trial
from nasapi import options as option


@define(eq=False)
class Penalise(Strategy):
    """Any strategy for one goal, told values made worse by `penalty` times how far each constraint is broken.

    A static exterior penalty (Smith & Coit, Handbook of Evolutionary Computation, 1997, C5.2): a breach is taken
    relative to its bound, so that twice the limit costs `penalty` in the goal's unit. Feasible values stay as they are;
    the strategy inside sees a problem without constraints.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    strategy: str = option.spec("evolution", "The spec of the strategy inside.", of="a strategy")
    penalty: float = option.positive(
        100.0, "What breaking a constraint by the whole of its bound costs, in the goal's unit."
    )
    _inner: Strategy = field(init=False)

    def __attrs_post_init__(self) -> None:
        goals = tuple(attrs.evolve(goal, bounds=None) for goal in self.problem.goals)
        free = attrs.evolve(self.problem, goals=goals, constraints=())
        self._inner = inner(self.strategy, free, self.rng, "penalise")

    def ask(self, n: int) -> list[Trial]:
        """What the strategy inside asks for."""
        return self._inner.ask(n)

    def tell(self, results: Sequence[Result]) -> None:
        """Tell the strategy inside penalised values, and failures as they are."""
        breach = breaches(self.problem, results)
        goal = self.problem.goals[0]
        self._inner.tell(
            [
                result
                if not np.isfinite(far) or goal.name not in result.values
                else attrs.evolve(result, values={goal.name: result.values[goal.name] + goal.sign * self.penalty * far})
                for result, far in zip(results, breach.tolist(), strict=True)
            ]
        )


def breaches(problem: Problem, results: Sequence[Result]) -> NDArray[np.float64]:
    """(n,): the sum over constraints of how far each is broken, relative to its bound; infinite for failures.

    Where a constraint has two, to the upper one.
    """
    bounds = [
        abs(bound) if np.isfinite(bound) and bound != 0 else 1.0
        for bound in (c.upper if np.isfinite(c.upper) else c.lower for c in problem.constraints)
    ]
    return np.asarray((problem.violations(results) / np.array(bounds)).sum(axis=1))
