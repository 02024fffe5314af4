"""A warm start: any strategy, its first trials the best of a sample by a training-free score."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import attrs
import numpy as np
from attrs import define, field

from nasapi import Result, Strategy, Trial, load_strategy
from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.space import Codes, SearchSpace
from nasapi_proxies.catalogue import PROXIES
from nasapi_proxies.encoder import ranked
from nasapi_proxies.objective import objective_for

LINKS = "links"
"""The number of links in an architecture's graph: a score that needs no network."""


@define(eq=False)
class Warm(Strategy):
    """Another strategy, whose first draws from the space are the architectures that a score ranks highest.

    `sample` architectures are drawn and scored untrained; the best `first` come, in their order, where the other
    strategy draws its first architectures from the space with its own generator, as all do that begin with random
    ones. What scoring costs is not in the budget: `sample` times the score's seconds (docs/proxies.md).
    """

    strategy: str = option.spec("ranked-gp", "What is warmed up.", of="a strategy")
    proxy: str | None = option.choice(
        None,
        "What ranks the sample; none is naswot, or the links of the graph in a space that builds no networks.",
        among=(*PROXIES, LINKS, None),
    )
    sample: int = option.count(100, "How many architectures are scored.")
    first: int = option.count(10, "How many of them are drawn first.")
    _inner: Strategy = field(init=False)

    def __attrs_post_init__(self) -> None:
        space = self.problem.space
        chosen = self.proxy or (LINKS if space.builder is None else "naswot")
        if space.builder is None and chosen != LINKS:
            raise InvalidOption(
                f"{space.id} builds no networks, so that none has {chosen!r}; take proxy={LINKS}, which needs none."
            )
        codes = np.unique(space.canonical(space.sample(self.sample, self.rng)), axis=0)
        if chosen == LINKS:
            order = np.argsort(-space.graphs(codes).adjacency.sum((1, 2)), kind="stable")[: self.first]
        else:
            score, there = ranked(objective_for(space, chosen), codes).T
            order = np.lexsort((-score, -there))[: self.first]
        problem = attrs.evolve(self.problem, space=_warmed(space, codes[order], self.rng))
        self._inner = load_strategy(self.strategy)(problem, self.rng)

    def ask(self, n: int) -> list[Trial]:
        """What the other strategy asks."""
        return self._inner.ask(n)

    def tell(self, results: Sequence[Result]) -> None:
        """Hand the results on."""
        self._inner.tell(results)


def _warmed(space: SearchSpace, best: Codes, own: np.random.Generator) -> SearchSpace:
    """The same space, whose first draws with the generator `own` are the rows of `best`, in their order."""
    warmed, left = copy(space), list(best)

    def sample(n: int, rng: np.random.Generator) -> Codes:
        if rng is not own or not left:
            return space.sample(n, rng)
        given, left[:n] = left[:n], []
        more = space.sample(n - len(given), rng) if len(given) < n else best[:0]
        return np.concatenate([np.array(given, best.dtype).reshape(-1, best.shape[1]), more])

    warmed.sample = sample  # type: ignore[method-assign]
    return warmed
