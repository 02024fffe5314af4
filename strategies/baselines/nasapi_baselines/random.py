"""Random search: the least a strategy can do, and the shortest example of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from attrs import define, field
from nasapi_toolkit.unseen import IDENTITIES, Distinct, Unseen

from nasapi import Result, Strategy, Trial
from nasapi import options as option


@define(eq=False)
class RandomSearch(Strategy):
    """Architectures drawn uniformly from the space's codes, by default none twice.

    Li & Talwalkar, "Random search and reproducibility for neural architecture search", UAI 2019.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    distinct: Distinct = option.choice(
        "code",
        'What is asked for at most once: a "code", a "network" whatever its code, or None: draws may repeat.',
        among=(*IDENTITIES, None),
    )
    _unseen: Unseen = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space, self.distinct)

    def ask(self, n: int) -> list[Trial]:
        """`n` trials; fewer once the space is used up."""
        return self.problem.trials(self._unseen.draw(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        """Random search learns nothing."""
