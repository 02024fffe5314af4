"""What the model of a learned encoder computes, and the loop that fits it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from nasapi_encoders.adam import Adam
from nasapi_encoders.graph_batch import GraphBatch


class LatentModel(nn.Module, ABC):
    """A variational autoencoder of graphs."""

    @abstractmethod
    def features(self, graphs: GraphBatch) -> Tensor:
        """(B, latent): each graph's place in the latent space, the same however often it is asked."""

    @abstractmethod
    def loss(
        self, graphs: GraphBatch, codes: Tensor, generator: torch.Generator, beta: float, dropout: float
    ) -> Tensor:
        """Reconstruction + beta * divergence from the prior, in nats, as mean over a batch with a gradient."""


def descend(
    model: LatentModel,
    graphs: GraphBatch,
    codes: Tensor,
    generator: torch.Generator,
    *,
    steps: int,
    batch: int,
    rate: float,
    beta: float,
    dropout: float,
    cosine: bool,
) -> list[float]:
    """Fit `model` by Adam on batches drawn with replacement; gives the loss of every step.

    The rate falls to 0 along a cosine where `cosine` says so, and is constant otherwise.
    """
    optimiser = Adam(model.parameters(), rate)
    losses = []
    for step in range(steps):
        rows = torch.randint(len(codes), (min(batch, len(codes)),), generator=generator)
        loss = model.loss(graphs[rows], codes[rows], generator, beta, dropout)
        optimiser.step(loss, 5.0)
        if cosine:
            optimiser.rate *= (1 + math.cos(math.pi * (step + 1) / steps)) / (1 + math.cos(math.pi * step / steps))
        losses.append(float(loss.detach()))
    return losses
