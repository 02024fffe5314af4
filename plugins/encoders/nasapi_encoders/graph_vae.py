"""The variational autoencoder that joins the graph network and the gene decoder, and its training."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from attrs import field, frozen
from torch import Tensor, nn

from nasapi_encoders.gene_decoder import GeneDecoder
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.graph_network import GatedGraphNetwork


@frozen
class Sizes:
    """What the weights' shapes follow from, beside the space."""

    latent: int = field(default=32)
    """Dimensions of z."""
    width: int = field(default=32)
    """Dimensions of a node's state."""
    hidden: int = field(default=128)
    """Dimensions of a prefix's state."""
    layers: int = field(default=2)
    """Rounds of messages."""


class GraphVAE(nn.Module):
    """q(z | graph) by a graph network, p(code | z) by the gene decoder."""

    def __init__(self, operations: int, cardinalities: Sequence[int], sizes: Sizes):
        super().__init__()
        self.encoder = GatedGraphNetwork(operations, sizes.width, sizes.layers, 2 * sizes.latent)
        self.decoder = GeneDecoder(cardinalities, sizes.latent, sizes.hidden)

    def posterior(self, graphs: GraphBatch) -> tuple[Tensor, Tensor]:
        """(B, latent) mean and log standard deviation of z given each graph."""
        mean, log_deviation = self.encoder(graphs).chunk(2, dim=1)
        return mean, log_deviation.clamp(-6.0, 2.0)

    def draw(self, graphs: GraphBatch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(B, latent) one z a graph, with a gradient, and (B,) its divergence from the prior N(0, I) in nats."""
        mean, log_deviation = self.posterior(graphs)
        deviation = torch.exp(log_deviation)
        z = mean + deviation * torch.randn(mean.shape, generator=generator)
        divergence = 0.5 * (mean**2 + deviation**2 - 1 - 2 * log_deviation).sum(1)
        return z, divergence

    def reconstruction(self, logits: Tensor, codes: Tensor) -> Tensor:
        """(B,): nats to name each code, its genes' cross entropies added."""
        likelihood = torch.log_softmax(logits, 2).gather(2, codes[..., None])
        return -likelihood.squeeze(2).sum(1)


def prefix_kept(codes: Tensor, dropout: float, generator: torch.Generator) -> Tensor:
    """(B, genes): 0 with chance `dropout` for a gene that the decoder is not told, so that it must ask z; else 1."""
    return (torch.rand(codes.shape, generator=generator) >= dropout).float()


def train(
    model: GraphVAE,
    graphs: GraphBatch,
    codes: Tensor,
    generator: torch.Generator,
    *,
    steps: int,
    batch: int,
    rate: float,
    beta: float,
    dropout: float,
) -> list[float]:
    """Fit `model` by Adam with a cosine schedule; gives the loss of every step in nats a code.

    The loss is reconstruction + beta * divergence, over batches drawn with replacement.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses = []
    for _ in range(steps):
        rows = torch.randint(len(codes), (min(batch, len(codes)),), generator=generator)
        z, divergence = model.draw(graphs[rows], generator)
        logits = model.decoder(z, codes[rows], prefix_kept(codes[rows], dropout, generator))
        loss = (model.reconstruction(logits, codes[rows]) + beta * divergence).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return losses
