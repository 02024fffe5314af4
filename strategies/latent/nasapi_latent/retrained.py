"""A generator that is retrained on what did well after each round, and drawn from for the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from attrs import define, field, fields
from nasapi_encoders.adam import Adam
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.svge import SVGe
from nasapi_toolkit.pools import Pool
from numpy.typing import NDArray
from torch import Tensor

from nasapi import options as option
from nasapi.networks import on_threads
from nasapi.space import Codes

LATENTS = ("normal", "uniform")

_FRESH = 512  # uniform samples among which a retraining draws its share of the prior
_REACH = 3.0  # of uniform z (Lukasik, Jung & Keuper, 2022)


@define(eq=False, slots=False, kw_only=True)
class Retraining:
    """How a generator is retrained and drawn from: the options of a search that it hands on to its generator."""

    latent: str = option.choice("normal", "Where z is drawn: N(0, I), or uniform in [-3, 3].", among=LATENTS)
    near: float = option.share(
        0.4, "Share of candidates whose z lies near that of a good architecture, in place of anywhere."
    )
    mutants: float = option.share(
        0.4, "Share of candidates that are mutants of good architectures, in place of decoded."
    )
    epochs: float = option.positive(10.0, "Passes over the data in a retraining; steps = epochs * N / batch.")
    most_steps: int = option.count(30, "The most steps in a retraining.")
    batch: int = option.count(64, "How many architectures a step of retraining learns from.")
    rate: float = option.positive(1e-3, "Step of Adam.")
    beta: float = option.number(
        0.02,
        "Weight of the divergence of z from its prior while retraining; the larger, the less z says of a code.",
        least=0,
    )
    prior: float = option.share(
        0.25, "Share of each retraining batch that is uniform samples of the space, against collapse."
    )

    @property
    def retraining(self) -> dict[str, Any]:
        """These options by name."""
        return {each.name: getattr(self, each.name) for each in fields(Retraining)}


@define(eq=False)
class RetrainedGenerator(Retraining, Pool):
    """A pretrained encoder with its decoder, one Adam for the whole search, and its own random numbers."""

    encoder: SVGe
    random: torch.Generator
    size: int
    """How many candidates are drawn at once."""
    _weights: NDArray[np.float64] = field(init=False)
    """Those of the last retraining."""
    _optimiser: Adam = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._optimiser = Adam(self.encoder.trained.parameters(), self.rate, (0.5, 0.999))

    def retrain(self, codes: Codes, weights: NDArray[np.float64], rng: np.random.Generator) -> None:
        """Go on training on `codes`, drawn in proportion to `weights`, and on a share of uniform samples.

        The weights choose the batch and do not scale the loss as well, which would square them.
        """
        encoder = self.encoder
        self._weights = weights
        data = encoder.learned(codes)
        chance = torch.from_numpy(weights / weights.sum())
        if self.prior > 0:
            data = np.concatenate([data, encoder.learned(self.space.sample(_FRESH, rng))])
            chance = torch.cat([(1 - self.prior) * chance, torch.full((_FRESH,), self.prior / _FRESH)])
        steps = min(int(np.ceil(self.epochs * len(codes) / self.batch)), self.most_steps)
        with on_threads(1):
            graphs = GraphBatch.of_codes(self.space, data)
            genes = torch.from_numpy(np.asarray(data, np.int64))
            for _ in range(steps):
                rows = torch.multinomial(chance, self.batch, replacement=True, generator=self.random)
                self._optimiser.step(self._loss(graphs[rows], genes[rows]), 5.0)

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """(m, d): valid codes of z anywhere, of z near those of `ranked`, and mutants of `ranked`.

        What lies near is chosen among `ranked` by the weights of the last retraining, which was on the same codes.
        """
        chance = self._weights / self._weights.sum()
        shares = [self.near, self.mutants, max(1 - self.near - self.mutants, 0.0)]
        near, mutants, anywhere = rng.multinomial(self.size, shares).tolist()
        chosen = ranked[rng.choice(len(ranked), near + mutants, p=chance)]
        with on_threads(1), torch.no_grad():
            z = torch.cat([self._near(chosen[:near]), self._anywhere(anywhere)])
            drawn = self.encoder.trained.decoder.sample(z, self.random).numpy()
        drawn = drawn[self.space.valid(drawn)]
        return np.concatenate([drawn, self.space.mutate(chosen[near:], rng)])

    def _anywhere(self, n: int) -> Tensor:
        if self.latent == "uniform":
            return _REACH * (2 * torch.rand(n, self.encoder.latent, generator=self.random) - 1)
        return torch.randn(n, self.encoder.latent, generator=self.random)

    def _near(self, codes: Codes) -> Tensor:
        """(n, latent): a draw of q(z | code) for each code."""
        graphs = GraphBatch.of_codes(self.space, self.encoder.learned(codes))
        return self.encoder.trained.draw(graphs, self.random)[0]

    def _loss(self, graphs: GraphBatch, genes: Tensor) -> Tensor:
        """The generator's loss a gene, of a batch."""
        model = self.encoder.trained
        z, divergence = model.draw(graphs, self.random)
        logits = model.decoder(z, genes)
        return (model.reconstruction(logits, genes) + self.beta * divergence).mean() / genes.shape[1]
