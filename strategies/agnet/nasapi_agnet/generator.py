"""The generator of a search: retrained with weights after each round, and drawn from for the next."""

from __future__ import annotations

import numpy as np
import torch
from attrs import define, field
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.svge import SVGe
from nasapi_encoders.torch_state import one_thread
from nasapi_toolkit.observations import Matrix
from nasapi_toolkit.pools import Pool
from numpy.typing import NDArray
from torch import Tensor

from nasapi.space import Codes
from nasapi_agnet.coupled import Predictor, written
from nasapi_agnet.settings import Settings

_FRESH = 512  # uniform samples among which a retraining draws its share of the prior
_REACH = 3.0  # of uniform z (Lukasik, Jung & Keuper, 2022)


@define(eq=False)
class Generator(Pool):
    """A pretrained encoder with its decoder, one Adam for the whole search, and its own random numbers."""

    encoder: SVGe
    settings: Settings
    random: torch.Generator
    predictor: Predictor | None = None
    """The network that is trained together with the decoder; None where the surrogate is fitted by itself."""
    _weights: NDArray[np.float64] = field(init=False)
    """Those of the last retraining."""
    _optimiser: torch.optim.Optimizer = field(init=False)

    def __attrs_post_init__(self) -> None:
        weights = [*self.encoder.trained.parameters()]
        if self.predictor is not None:
            weights += self.predictor.parameters()
        self._optimiser = torch.optim.Adam(weights, lr=self.settings.rate, betas=(0.5, 0.999), fused=True)

    def retrain(self, codes: Codes, weights: NDArray[np.float64], targets: Matrix, rng: np.random.Generator) -> None:
        """Go on training on `codes`, drawn in proportion to `weights`, and on a share of uniform samples.

        The weights choose the batch and do not scale the loss as well, which would square them. `targets` (N, t) are
        for the predictor.
        """
        settings, encoder = self.settings, self.encoder
        self._weights = weights
        data = encoder.learned(codes)
        chance = torch.from_numpy(weights / weights.sum())
        if settings.prior > 0:
            data = np.concatenate([data, encoder.learned(self.space.sample(_FRESH, rng))])
            chance = torch.cat([(1 - settings.prior) * chance, torch.full((_FRESH,), settings.prior / _FRESH)])
        wanted = torch.zeros(len(data), targets.shape[1])
        wanted[: len(codes)] = torch.from_numpy(targets).float()
        steps = min(int(np.ceil(settings.epochs * len(codes) / settings.batch)), settings.most_steps)
        with one_thread():
            graphs = GraphBatch.encode(self.space, data)
            genes = torch.from_numpy(np.asarray(data, np.int64))
            for _ in range(steps):
                rows = torch.multinomial(chance, settings.batch, replacement=True, generator=self.random)
                loss = self._loss(graphs[rows], genes[rows], wanted[rows], (rows < len(codes)).float())
                self._optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(encoder.trained.parameters(), 5.0)
                self._optimiser.step()

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """(m, d): valid codes of z anywhere, of z near those of `ranked`, and mutants of `ranked`.

        What lies near is chosen among `ranked` by the weights of the last retraining, which was on the same codes.
        """
        settings, chance = self.settings, self._weights / self._weights.sum()
        shares = [settings.near, settings.mutants, max(1 - settings.near - settings.mutants, 0.0)]
        near, mutants, anywhere = rng.multinomial(settings.candidates, shares).tolist()
        chosen = ranked[rng.choice(len(ranked), near + mutants, p=chance)]
        with one_thread(), torch.no_grad():
            z = torch.cat([self._near(chosen[:near]), self._anywhere(anywhere)])
            drawn = self.encoder.trained.decoder.sample(z, self.random).numpy()
        drawn = drawn[self.space.valid(drawn)]
        return np.concatenate([drawn, self.space.mutate(chosen[near:], rng)])

    def _anywhere(self, n: int) -> Tensor:
        if self.settings.latent == "uniform":
            return _REACH * (2 * torch.rand(n, self.encoder.latent, generator=self.random) - 1)
        return torch.randn(n, self.encoder.latent, generator=self.random)

    def _near(self, codes: Codes) -> Tensor:
        """(n, latent): a draw of q(z | code) for each code."""
        graphs = GraphBatch.encode(self.space, self.encoder.learned(codes))
        return self.encoder.trained.draw(graphs, self.random)[0]

    def _loss(self, graphs: GraphBatch, genes: Tensor, wanted: Tensor, evaluated: Tensor) -> Tensor:
        """(1 - alpha) the generator's loss a gene + alpha the predictor's squared error (AG-Net, eq. 4), of a batch."""
        model, settings = self.encoder.trained, self.settings
        z, divergence = model.draw(graphs, self.random)
        logits = model.decoder(z, genes)
        loss = (model.reconstruction(logits, genes) + settings.beta * divergence).mean() / genes.shape[1]
        if self.predictor is None:
            return loss
        predicted = self.predictor(written(logits, genes, model.decoder.cardinalities, settings.backprop))
        error = (((predicted - wanted) ** 2).mean(1) * evaluated).sum() / evaluated.sum().clamp(min=1.0)
        return (1 - settings.alpha) * loss + settings.alpha * error
