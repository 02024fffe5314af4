"""The variational autoencoder that joins the graph network and the gene decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor

from nasapi_encoders.gene_decoder import GeneDecoder
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.graph_network import GatedGraphNetwork
from nasapi_encoders.latent_model import LatentModel


@frozen
class Sizes:
    """What the weights' shapes follow from, beside the space; `SVGe` has the defaults."""

    latent: int
    """Dimensions of z."""
    width: int
    """Dimensions of a node's state."""
    hidden: int
    """Dimensions of a prefix's state."""
    layers: int
    """Rounds of messages."""


class GraphVAE(LatentModel):
    """q(z | graph) by a graph network, p(code | z) by the gene decoder."""

    def __init__(self, operations: int, cardinalities: Sequence[int], sizes: Sizes):
        super().__init__()
        self.encoder = GatedGraphNetwork(operations, sizes.width, sizes.layers, 2 * sizes.latent)
        self.decoder = GeneDecoder(cardinalities, sizes.latent, sizes.hidden)

    def posterior(self, graphs: GraphBatch) -> tuple[Tensor, Tensor]:
        """(B, latent) mean and log standard deviation of z given each graph."""
        mean, log_deviation = self.encoder(graphs).chunk(2, dim=1)
        return mean, log_deviation.clamp(-6.0, 2.0)

    def features(self, graphs: GraphBatch) -> Tensor:
        """(B, latent): the posterior means."""
        return self.posterior(graphs)[0]

    def loss(
        self, graphs: GraphBatch, codes: Tensor, generator: torch.Generator, beta: float, dropout: float
    ) -> Tensor:
        """Nats to name a code given a draw of z, plus beta times the divergence of z from its prior, a graph.

        `dropout` is the share of the genes in a prefix that the decoder is not told.
        """
        z, divergence = self.draw(graphs, generator)
        logits = self.decoder(z, codes, prefix_kept(codes, dropout, generator))
        return (self.reconstruction(logits, codes) + beta * divergence).mean()

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
