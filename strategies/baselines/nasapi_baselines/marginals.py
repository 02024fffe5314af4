"""Rank-weighted marginals: genes drawn independently from the shares they have in what did well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import Name, Unseen
from nasapi_toolkit.weights import retraining_weights
from numpy.typing import NDArray

from nasapi import Codes, Result, Strategy, Trial, ranking
from nasapi import options as option
from nasapi.ranking import FAILED, Key, keys

_ROUNDS = 32  # draws in vain before uniform ones stand in


@define(eq=False)
class Marginals(Strategy):
    """A univariate estimation-of-distribution algorithm with the weights of weighted retraining.

    Each round weighs all results by 1 / (kN + rank), rank 0 the best and equals in the order in which they came (Tripp,
    Daxberger & Hernández-Lobato, "Sample-efficient optimization in the latent space of deep generative models via
    weighted retraining", NeurIPS 2020, eq. 2), and draws a round's architectures gene by gene from the weighted shares
    of each value (Mühlenbein & Paass, "From recombination of genes to the estimation of distributions", PPSN 1996). It
    is the yardstick for generators that are retrained with these weights: what they do without a network.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    initial: int = option.count(16, "How many uniformly drawn architectures come first.")
    round: int = option.count(16, "How many architectures are drawn before the shares are computed again.")
    k: float = option.positive(
        0.01, "How flat the weights are: towards 0 only the best counts, towards infinity all count alike."
    )
    squared: bool = option.flag(
        True, "Whether the weights are squared, as they are where they both choose a training batch and scale its loss."
    )
    prior: float = option.share(
        0.02, "The share of uniform draws in each gene's distribution, so that no value dies out."
    )
    _unseen: Unseen = field(init=False)
    _observations: dict[Name, Key] = field(init=False, factory=dict)
    _queue: list[Trial] = field(init=False, factory=list)
    _begun: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space)

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the round's architectures; where it is used up, one is drawn from the observations."""
        if not self._queue:
            codes = self._drawn(self.round) if self._begun else self._unseen.draw(self.initial, self.rng)
            self._begun = True
            self._queue = self.problem.trials(codes)
        trials, self._queue = self._queue[:n], self._queue[n:]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Remember what succeeded; the next round counts it."""
        for result, key in zip(results, keys(self.problem, results), strict=True):
            if key != FAILED:
                self._observations[result.trial.arch.code] = key

    def _drawn(self, n: int) -> Codes:
        """(m, d): architectures not asked for before; from the marginals, or uniform where those give nothing new."""
        space = self.problem.space
        found = space.codes([])
        if self._observations:
            edges = self._shares().cumsum(axis=1)[:, :-1]
            for _ in range(_ROUNDS):
                drawn = (self.rng.random((8 * n, len(edges), 1)) > edges).sum(axis=2)
                found = np.concatenate([found, self._unseen.take(drawn[space.valid(drawn)], n - len(found))])
                if len(found) == n:
                    return found
        return np.concatenate([found, self._unseen.draw(n - len(found), self.rng)])

    def _shares(self) -> NDArray[np.float64]:
        """(d, c): each gene's distribution over its values, c being the most values a gene takes."""
        cardinalities = np.array(self.problem.space.cardinalities)
        codes = np.array(list(self._observations), np.int64)
        ranked = np.array(list(self._observations.values()))
        rank = ranking.order(ranked[:, 1], ranked[:, 0]).argsort()
        weight = retraining_weights(rank, self.k, self.squared)
        values = np.arange(cardinalities.max())
        counted = np.einsum("n,ndc->dc", weight / weight.sum(), codes[:, :, None] == values)
        uniform = (values < cardinalities[:, None]) / cardinalities[:, None]
        return np.asarray((1 - self.prior) * counted + self.prior * uniform)
