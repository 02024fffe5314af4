"""The isomorphism network with one latent vector a node, and its decoder of the graph: the model of arch2vec.

Layers are normalised within a node rather than over the batch, so that an architecture's features depend on it alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.latent_model import LatentModel


class IsomorphismNetwork(LatentModel):
    """GIN (Xu et al., 2019) on the graph with its edges both ways, and the decoder of operations and adjacency."""

    def __init__(self, operations: int, latent: int, hidden: int, layers: int):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(torch.empty(operations + 1, hidden), freeze=False)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Linear(hidden, hidden),
                nn.LayerNorm(hidden),
                nn.ReLU(),
                nn.Linear(hidden, hidden),
                nn.LayerNorm(hidden),
                nn.ReLU(),
            )
            for _ in range(layers)
        )
        self.posterior = nn.Linear((layers + 1) * hidden, 2 * latent)
        self.operation = nn.Linear(latent, operations)

    def encode(self, graphs: GraphBatch) -> tuple[Tensor, Tensor]:
        """(B, L, latent) mean and log standard deviation of every node's z."""
        both_ways = graphs.adjacency + graphs.adjacency.transpose(1, 2)
        state = self.embed(graphs.ops) * graphs.mask[..., None]
        states = [state]  # what every layer made is read out (Xu et al., eq. 4.2), lest a node forget what it is
        for layer in self.layers:
            states.append(layer(states[-1] + both_ways @ states[-1]) * graphs.mask[..., None])
        mean, log_deviation = self.posterior(torch.cat(states, 2)).chunk(2, dim=2)
        return mean, log_deviation.clamp(-6.0, 2.0)

    def decode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of operations (B, L, operations) and of edges between nodes (B, L, L), which is z z^T."""
        return self.operation(z), z @ z.transpose(1, 2)

    def features(self, graphs: GraphBatch) -> Tensor:
        """(B, latent): the mean over each graph's nodes of their posterior means."""
        mean = (self.encode(graphs)[0] * graphs.mask[..., None]).sum(1)
        return mean / graphs.mask.sum(1, keepdim=True)

    def loss(
        self, graphs: GraphBatch, codes: Tensor, generator: torch.Generator, beta: float, dropout: float
    ) -> Tensor:
        """Cross entropies of operations and of the pairs of nodes, plus beta times the divergence, a graph.

        `dropout` is the share of z's entries that are dropped before decoding.
        """
        mean, log_deviation = self.encode(graphs)
        deviation = torch.exp(log_deviation)
        z = mean + deviation * torch.randn(mean.shape, generator=generator)
        kept = (torch.rand(z.shape, generator=generator) >= dropout) / (1 - dropout)
        operations, edges = self.decode(z * kept)
        named = functional.cross_entropy(
            operations.transpose(1, 2), graphs.ops.clamp(max=operations.shape[2] - 1), reduction="none"
        )
        pairs = torch.triu(graphs.mask[:, :, None] * graphs.mask[:, None, :], 1)
        linked = functional.binary_cross_entropy_with_logits(edges, graphs.adjacency, reduction="none")
        divergence = 0.5 * (mean**2 + deviation**2 - 1 - 2 * log_deviation).sum(2)
        nodes = (named + beta * divergence) * graphs.mask
        return (nodes.sum(1) + (linked * pairs).sum((1, 2))).mean()
