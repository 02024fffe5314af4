"""The phases of a run, told to whoever watches its time from another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from nasapi.problem import Problem
from nasapi.strategy import MakesStrategy, Strategy, spec_of
from nasapi.trial import Result, Trial

Phase = Literal["load", "make", "ask", "evaluate", "tell", "follow"]
"""What a run is at: its objects are loaded, its strategy is made, asks, waits for results, hears of them; or observers
and reports follow."""

DOING: dict[Phase, str] = {
    "load": "loading",
    "make": "making the strategy",
    "ask": "`ask`",
    "evaluate": "an evaluation",
    "tell": "`tell`",
    "follow": "what follows `tell`: observers, and values for the report",
}
"""Each phase in words."""


def watched(maker: MakesStrategy, notify: Callable[[Phase], None]) -> MakesStrategy:
    """A maker of the same strategies under the same name, each of which says what its run is at."""

    class Maker:
        spec = spec_of(maker)

        def __call__(self, problem: Problem, rng: np.random.Generator) -> Strategy:
            notify("make")
            made = _Watched(maker(problem, rng), notify)
            notify("follow")
            return made

    return Maker()


class _Watched(Strategy):
    """A strategy that says when it is asked and told."""

    def __init__(self, strategy: Strategy, notify: Callable[[Phase], None]):
        super().__init__(strategy.problem, strategy.rng)
        self.supports = strategy.supports  # type: ignore[misc]
        self._strategy = strategy
        self._notify = notify

    def ask(self, n: int) -> list[Trial]:
        self._notify("ask")
        trials = self._strategy.ask(n)
        self._notify("evaluate")
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        self._notify("tell")
        self._strategy.tell(results)
        self._notify("follow")
