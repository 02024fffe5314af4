"""The two sides of GA-NAS: a generator of codes, and a discriminator of graphs whose verdict is its reward."""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from attrs import define, field
from nasapi_encoders.adam import Adam
from nasapi_encoders.gene_decoder import GeneDecoder
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.graph_network import GatedGraphNetwork
from nasapi_encoders.torch_state import build
from torch import Tensor
from torch.nn import functional

from nasapi import Codes, SearchSpace

_FORGOTTEN = 0.9  # of the reward's moving average, the baseline


@define(eq=False)
class Adversaries:
    """A generator, a discriminator, and an Adam for each."""

    space: SearchSpace
    """Whose codes the generator writes."""
    generator: GeneDecoder
    """Without a latent variable: it is given zeros, and draws gene by gene."""
    discriminator: GatedGraphNetwork
    """Gives one logit a graph, large for what it takes for the truth."""
    rate: float
    """Step of both Adams."""
    random: torch.Generator
    """What all draws come from."""
    _generator_optimizer: Adam = field(init=False)
    _discriminator_optimizer: Adam = field(init=False)
    _baseline: float | None = field(init=False, default=None)

    @classmethod
    def made(cls, space: SearchSpace, hidden: int, width: int, rate: float, random: torch.Generator) -> Self:
        """Both with fresh weights from `random`."""
        generator = build(lambda: GeneDecoder(space.cardinalities, 1, hidden), random)
        discriminator = build(lambda: GatedGraphNetwork(len(space.operations), width, 2, 1), random)
        return cls(space, generator, discriminator, rate, random)

    def __attrs_post_init__(self) -> None:
        self._generator_optimizer = Adam(self.generator.parameters(), self.rate)
        self._discriminator_optimizer = Adam(self.discriminator.parameters(), self.rate)

    def draw(self, n: int) -> Codes:
        """(n, d): codes that the generator writes, valid or not."""
        with torch.no_grad():
            return self.generator.sample(torch.zeros(n, 1), self.random).numpy()

    def imitate(self, codes: Codes) -> None:
        """One step of the generator towards the likelihood of `codes`."""
        log_chance, _ = self._likelihood(torch.from_numpy(np.asarray(codes, np.int64)))
        self._generator_optimizer.step(-log_chance.mean())

    def play(self, truth: Codes, batch: int, entropy: float) -> None:
        """One turn: the discriminator learns to tell draws from the truth, the generator to be taken for it."""
        drawn = self.draw(batch)
        good = self.space.valid(drawn)
        reward = torch.zeros(batch)
        if good.any():
            rows = torch.randint(len(truth), (int(good.sum()),), generator=self.random).numpy()
            reward[torch.from_numpy(good)] = self._rewards(truth[rows], drawn[good])
        mean = float(reward.mean())
        self._baseline = mean if self._baseline is None else _FORGOTTEN * self._baseline + (1 - _FORGOTTEN) * mean
        log_chance, nats = self._likelihood(torch.from_numpy(drawn))
        # the policy gradient, E[(R - b) grad log p(code)], and a bonus for staying undecided
        self._generator_optimizer.step(-((reward - self._baseline) * log_chance).mean() - entropy * nats)

    def _rewards(self, truth: Codes, drawn: Codes) -> Tensor:
        """(B,): the discriminator's chance that each draw is of the truth, before one step of logistic regression."""
        graphs = GraphBatch.of_codes(self.space, self.space.canonical(np.concatenate([truth, drawn])))
        real = torch.cat([torch.ones(len(truth)), torch.zeros(len(drawn))])
        logits = self.discriminator(graphs).squeeze(1)
        self._discriminator_optimizer.step(functional.binary_cross_entropy_with_logits(logits, real))
        return torch.sigmoid(logits.detach()[len(truth) :])

    def _likelihood(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """(B,) nats log p(code), and the mean entropy of a gene's distribution."""
        logits = torch.log_softmax(self.generator(torch.zeros(len(codes), 1), codes), 2)
        chosen = logits.gather(2, codes[..., None]).squeeze(2).sum(1)
        finite = logits.masked_fill(self.generator.outside, 0.0)
        return chosen, -(torch.exp(logits) * finite).sum(2).mean()
