"""A strategy for tests that counts what it may ask and keeps what it is told."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from nasapi.strategy import Strategy
from nasapi.trial import Trial


@define(eq=False)
class Counting(Strategy):
    """Asks for as many as it may, until it has asked for so many; remembers what it was told."""

    left: int = field(default=1000, kw_only=True)
    received: list[Any] = field(factory=list, init=False)

    def ask(self, n: int) -> list[Trial]:
        n = min(n, self.left)
        self.left -= n
        return self.problem.trials(self.problem.space.sample(n, self.rng)) if n else []

    def tell(self, results: Any) -> None:
        self.received += results
