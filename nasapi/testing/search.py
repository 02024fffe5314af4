"""A strategy, an encoder and a generative encoder that keep every rule: templates, and the kit's proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.encoder import Decoder, Encoder, Features, LearnedEncoder
from nasapi.errors import NotAvailable
from nasapi.space import Codes, SearchSpace
from nasapi.strategy import Strategy
from nasapi.trial import Result, Trial


@define(eq=False)
class ToySearch(Strategy):
    """Random architectures, and mutations of the best one told."""

    explore: float = field(default=0.5, kw_only=True)
    """The share of random architectures."""
    _best: tuple[tuple[float, ...], tuple[int, ...]] | None = field(default=None, init=False)

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints", "fidelity"})

    def ask(self, n: int) -> list[Trial]:
        """Exactly `n` trials."""
        space = self.problem.space
        codes = space.sample(n, self.rng)
        if self._best is not None:
            parents = np.repeat(np.array(self._best[1])[None], n, axis=0)
            random = self.rng.random((n, 1)) < self.explore
            codes = np.where(random, codes, space.mutate(parents, self.rng))
        return self.problem.trials(codes)

    def tell(self, results: Sequence[Result]) -> None:
        """Keep the best: the least violation first, then the least sum of losses."""
        broken = self.problem.violations(results).sum(axis=1)
        losses = self.problem.losses(results).sum(axis=1)
        for result, violation, loss in zip(results, broken.tolist(), losses.tolist(), strict=True):
            if loss < np.inf and (self._best is None or (violation, loss) < self._best[0]):
                self._best = ((violation, loss), result.trial.arch.code)


class ToyEncoder(Encoder):
    """One-hot genes."""

    def __init__(self, space: SearchSpace):
        """Encode the genes of any space."""
        self.space = space
        self.dim = (sum(space.cardinalities),)

    def encode(self, codes: Codes) -> Features:
        """(n, sum of cardinalities): one where a gene has a value, else zero."""
        columns = [codes[:, [j]] == np.arange(c) for j, c in enumerate(self.space.cardinalities)]
        return np.concatenate(columns, axis=1).astype(np.float64)


class ToyLatent(LearnedEncoder, Decoder):
    """Random projections of one-hot genes, decoded to the nearest of the codes it was fitted to."""

    def __init__(self, space: SearchSpace):
        """Three random features of any space."""
        self.space = space
        self.dim = (3,)
        self._weights: NDArray[np.float64] = np.empty((0, 3))
        self._codes: Codes = np.empty((0, len(space.cardinalities)), np.int64)

    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Draw the projection and remember the codes."""
        self._weights = rng.normal(size=(sum(self.space.cardinalities), 3))
        self._codes = codes.copy()
        return self

    def encode(self, codes: Codes) -> Features:
        """(n, 3): the projections."""
        if not len(self._weights):
            raise NotAvailable("The toy's latent space has no weights; call fit.")
        return np.asarray(ToyEncoder(self.space).encode(codes) @ self._weights)

    def decode(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): the nearest code, after a little noise."""
        noisy = features + rng.normal(scale=0.01, size=features.shape)
        apart = np.square(noisy[:, None] - self.encode(self._codes)[None]).sum(axis=2)
        return np.asarray(self._codes[apart.argmin(axis=1)])
