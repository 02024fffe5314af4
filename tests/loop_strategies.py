"""Strategies with which the tests of the loop are made: one draws, one asks for what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field

from nasapi.strategy import Strategy
from nasapi.trial import Result, Trial


@define(eq=False)
class Uniform(Strategy):
    """Draws with repetition and remembers what it heard."""

    received: list[Result] = field(factory=list, init=False)

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        self.received.extend(results)


@define(eq=False)
class Fixed(Strategy):
    """Asks for given codes, then for nothing."""

    codes: Any = field(kw_only=True)

    def ask(self, n: int) -> list[Trial]:
        asked, self.codes = self.codes[:n], self.codes[n:]
        return self.problem.trials(np.array(asked).reshape(-1, 3))

    def tell(self, results: Sequence[Result]) -> None:
        pass


def fixed(*codes: tuple[int, ...]) -> Any:
    return lambda problem, rng: Fixed(problem, rng, codes=list(codes))
