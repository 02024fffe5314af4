"""NAO: an autoencoder with a predictor, whose gradient leads from good architectures to better ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from attrs import define, field
from nasapi_encoders.adam import Adam
from nasapi_encoders.torch_state import build, generator_from
from nasapi_toolkit.rounds import RoundSearch
from nasapi_toolkit.targets import TARGETS
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nasapi import Codes
from nasapi import options as option
from nasapi.networks import on_threads
from nasapi_latent.nao_network import EncoderPredictorDecoder

_AT_ONCE = 10  # step lengths that are decoded together


@define(eq=False)
class NAO(RoundSearch):
    """Encoder, predictor and decoder trained together; gradient ascent on the embedding, then decoding.

    Luo, Tian, Qin, Chen & Liu, "Neural Architecture Optimization", NeurIPS 2018, algorithm 1, with the sizes of the
    authors' code for NAS-Bench-101. Two things differ from it by default, for cost: the network is trained on rather
    than anew each round, and its decoder learns from uniform samples as well, as in SemiNAS (Luo et al., NeurIPS 2020).
    That is the entry `nao-small`; `nao` does neither. The gradient is taken with length 1, so that `step` means the
    same on any space.
    """

    width: int = option.count(32, "Dimensions of a gene's embedding.")
    hidden: int = option.count(64, "Units of both LSTMs and of the predictor.")
    trade: float = option.share(
        0.8, "Weight of the predictor's squared error; the rest is that of the decoder's cross entropy."
    )
    rate: float = option.positive(5e-3, "Step of Adam; the authors have 1e-3 and far more steps.")
    steps: int = option.count(50, "How long each round trains.")
    count: Literal["steps", "epochs"] = option.choice(
        "steps",
        "Whether `steps` are batches, or each as many as a pass over the observations, drawn with replacement.",
        among=("steps", "epochs"),
    )
    batch: int = option.count(64, "How many evaluated architectures a step learns from, or all where fewer are known.")
    unlabelled: int = option.count(16, "How many uniform samples each batch adds for the decoder alone.", least=0)
    pretraining: int = option.count(
        100,
        "Batches of uniform samples on which encoder and decoder learn first, where `unlabelled` is not 0.",
        least=0,
    )
    anew: bool = option.flag(False, "Whether each round trains fresh weights.")
    targets: str = option.choice(
        "ranks",
        'What the predictor learns, moved to 0 for the worst and 1 for the best: "ranks" or "values".',
        among=TARGETS,
    )
    seeds: int = option.count(100, "How many of the best are moved.")
    step: float = option.positive(0.1, "How much longer each step along the gradient is than the one before.")
    lengths: int = option.count(100, "How many steps, all from the seed, are tried before mutants stand in.")
    _network: EncoderPredictorDecoder | None = field(init=False, default=None)
    _optimiser: Adam = field(init=False)
    _random: torch.Generator | None = field(init=False, default=None)

    def _proposed(self, ranked: Codes) -> Codes:
        """Train, move the best along the gradient by growing steps, and decode until there is enough that is new."""
        random = self._random = self._random or generator_from(self.rng)
        with on_threads(1):
            self._train(random)
            return self._enough(self._moved(ranked[: self.seeds]))

    def _moved(self, best: Codes) -> Iterator[NDArray[np.int64]]:
        """Decoded embeddings e + length * gradient of the prediction (section 3.3), short steps first."""
        network = self._network
        assert network is not None
        with torch.no_grad():
            start = network.encode(torch.from_numpy(best))
        start.requires_grad_()
        (slope,) = torch.autograd.grad(network.predict(start).sum(), start)
        slope = functional.normalize(slope.flatten(1), dim=1).view_as(slope)
        start = start.detach()
        for first in range(1, self.lengths + 1, _AT_ONCE):
            lengths = torch.arange(first, min(first + _AT_ONCE, self.lengths + 1)) * self.step
            moved = (start[None] + lengths[:, None, None, None] * slope[None]).flatten(0, 1)
            with torch.no_grad():
                yield network.decode(functional.normalize(moved, dim=2)).numpy()

    def _train(self, random: torch.Generator) -> None:
        """Fit all three parts to the observations, and the autoencoder to uniform samples besides."""
        codes = torch.from_numpy(self._observations.codes)
        loss = self._observations.scores(self.targets)
        spread = loss.max() - loss.min()
        goodness = (loss.max() - loss) / spread if spread > 0 else np.full(len(loss), 0.5)
        targets = torch.from_numpy(goodness).float()
        fresh = self._network is None or self.anew
        if fresh:
            cardinalities = self.problem.space.cardinalities
            self._network = build(lambda: EncoderPredictorDecoder(cardinalities, self.width, self.hidden), random)
            self._optimiser = Adam(self._network.parameters(), self.rate)
        if fresh and self.unlabelled:
            none = codes[:0]
            for _ in range(self.pretraining):
                self._update(none, targets[:0], self._samples(self.batch + self.unlabelled))
        passes = -(-len(codes) // self.batch) if self.count == "epochs" else 1
        for _ in range(self.steps * passes):
            rows = torch.randint(len(codes), (min(self.batch, len(codes)),), generator=random)
            self._update(codes[rows], targets[rows], self._samples(self.unlabelled))

    def _update(self, codes: Tensor, targets: Tensor, others: Tensor) -> None:
        """One step on trade * squared error + (1 - trade) * cross entropy; `others` are without values."""
        network = self._network
        assert network is not None
        every = torch.cat([codes, others])
        embedding = network.encode(every)
        logits = network(embedding, every)
        loss = (1 - self.trade) * functional.cross_entropy(logits.transpose(1, 2), every)
        if len(codes):
            loss = loss + self.trade * functional.mse_loss(network.predict(embedding[: len(codes)]), targets)
        self._optimiser.step(loss, 5.0)

    def _samples(self, n: int) -> Tensor:
        return torch.from_numpy(np.asarray(self.problem.space.sample(n, self.rng), np.int64))
