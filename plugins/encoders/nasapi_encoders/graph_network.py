"""The dense graph network of SVGe and AG-Net: messages along and against the edges, gated sums as readout."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nasapi_encoders.graph_batch import GraphBatch


class MessageLayer(nn.Module):
    """One round of messages with a gated update; every edge of every graph in two matrix products.

    A message from j to i is W [h_j, h_i] + b. With W = [W1 W2] the sum over i's sources is
    sum_j A_ji W1 h_j + degree_i (W2 h_i + b), which needs no list of edges (Lukasik et al., SVGe, 2021).
    """

    def __init__(self, width: int):
        super().__init__()
        half = width // 2
        self.source = nn.Linear(width, 2 * half, bias=False)
        self.target = nn.Linear(width, 2 * half)
        self.update = nn.GRUCell(2 * half, width)

    def forward(self, state: Tensor, adjacency: Tensor) -> Tensor:
        """(B, L, width) states after the messages; half of each message runs along the edges, half against them."""
        along, against = self.source(state).chunk(2, dim=2)
        own_along, own_against = self.target(state).chunk(2, dim=2)
        indegree, outdegree = adjacency.sum(1)[..., None], adjacency.sum(2)[..., None]
        message = torch.cat(
            [
                adjacency.transpose(1, 2) @ along + indegree * own_along,
                adjacency @ against + outdegree * own_against,
            ],
            dim=2,
        )
        updated: Tensor = self.update(message.flatten(0, 1), state.flatten(0, 1))
        return updated.view_as(state)


class GatedGraphNetwork(nn.Module):
    """A graph as one vector: operations embedded, `layers` rounds of messages, a gated sum over the nodes."""

    def __init__(self, operations: int, width: int, layers: int, outputs: int):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(torch.empty(operations + 1, width), freeze=False)
        self.layers = nn.ModuleList(MessageLayer(width) for _ in range(layers))
        self.gate = nn.Linear(width, 1)
        self.value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(2 * width, outputs)

    def forward(self, graphs: GraphBatch) -> Tensor:
        """The graphs as vectors (B, outputs)."""
        state = self.embed(graphs.ops)
        for layer in self.layers:
            state = layer(state, graphs.adjacency)
        weight = torch.sigmoid(self.gate(state)) * graphs.mask[..., None]
        pooled = (weight * self.value(state)).sum(1)
        result: Tensor = self.out(torch.relu(pooled))
        return result
