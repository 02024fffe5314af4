"""Builds the graph neural networks of NAS-Bench-Graph in plain torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.space import Code
from nasapi_graph.convolutions import MODULES, Edges
from nasapi_graph.skeletons import SKELETONS
from nasapi_graph.space import OPERATIONS, NBGraph


@option.checked
def build(
    code: Code,
    *,
    dataset: Annotated[
        str, option.choice(help="Whose published sizes the other arguments have.", among=tuple(SKELETONS))
    ] = "cora",
    channels: Annotated[
        int | None, option.count(None, help="Width of the nodes; even, for attention has two heads.")
    ] = None,
    classes: Annotated[int | None, option.count(None, help="Outputs of the classifier.")] = None,
    features: Annotated[int | None, option.count(None, help="Numbers that the data have for each node.")] = None,
    before: Annotated[
        int | None, option.count(None, help="Linear layers from the features to the width.", least=0, most=1)
    ] = None,
    after: Annotated[
        int | None, option.count(None, help="Linear layers before the classifier.", least=0, most=1)
    ] = None,
    dropout: Annotated[float, option.number(help="Share of features dropped after a node.", least=0, below=1)] = 0.0,
) -> nn.Module:
    """The network of one code, untrained, in training mode: features and adjacency matrix to logits (n, classes).

    Qin et al., NAS-Bench-Graph, NeurIPS 2022. `forward(features, adjacency)` takes (n, features) and a matrix (n, n),
    dense or sparse, in which row i weighs the neighbours of node i, without self-loops. A node is its operation, a
    batch norm, ReLU and dropout; nodes without followers are concatenated. Widths, and layers around the nodes, are
    those that explain the published parameter counts; where the batch norms stood was not published. Networks are built
    from the canonical code, without idle skips. Weights are drawn from torch's global generator, as in any module.

    Raises InvalidArchitecture for a code outside the space, InvalidOption for an option outside its range.
    """
    known = SKELETONS[dataset]
    width = known.channels if channels is None else channels
    if width % 2:
        raise InvalidOption(f"`channels` is even, for attention has two heads, not {width}.")
    space = NBGraph()
    genes = space.canonical(space.require(np.asarray(code)[None]))[0].tolist()
    return Network(
        [0, *genes[:3]],
        [OPERATIONS[gene] for gene in genes[3:]],
        width,
        known.classes if classes is None else classes,
        known.features if features is None else features,
        known.before if before is None else before,
        known.after if after is None else after,
        dropout,
    )


def settled(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with the data set's values in the place of None."""
    known = SKELETONS.get(arguments["dataset"])
    return {name: getattr(known, name, None) if value is None else value for name, value in arguments.items()}


class Network(nn.Module):
    """Perhaps a linear layer, four nodes in a tree, perhaps a linear layer of the last ones, and the classifier."""

    def __init__(
        self,
        parents: list[int],
        operations: list[str],
        channels: int,
        classes: int,
        inputs: int,
        before: int,
        after: int,
        dropout: float,
    ):
        """Connect `operations` to their `parents`, 0 the input and 1 to 4 the nodes."""
        super().__init__()
        self.inputs, self.dropout = inputs, dropout
        self.parents = parents
        self.before = nn.Linear(inputs, channels) if before else None
        widths = [channels if before else inputs]
        self.nodes = nn.ModuleDict()
        for node, (parent, name) in enumerate(zip(parents, operations, strict=True), 1):
            if name == "skip":
                widths.append(widths[parent])
            else:
                self.nodes[str(node)] = MODULES[name](widths[parent], channels)
                widths.append(channels)
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in parents)  # a skip's is counted and not used
        self.last = [node for node in range(1, 5) if node not in parents]
        joined = sum(widths[node] for node in self.last)
        self.after = nn.Linear(joined, channels) if after else None
        self.classifier = nn.Linear(channels if after else joined, classes)

    def forward(self, features: Tensor, adjacency: Tensor) -> Tensor:
        """Logits (n, classes) of the n nodes of a graph."""
        edges = Edges(adjacency, len(features))
        made = [functional.relu(self.before(features)) if self.before is not None else features]
        for node, parent in enumerate(self.parents, 1):
            value = made[parent]
            if str(node) in self.nodes:
                value = functional.relu(self.norms[node - 1](self.nodes[str(node)](value, edges)))
                value = functional.dropout(value, self.dropout, self.training)
            made.append(value)
        joined = torch.cat([made[node] for node in self.last], dim=1)
        if self.after is not None:
            joined = functional.relu(self.after(joined))
        logits: Tensor = self.classifier(joined)
        return logits

    def example(self, n: int) -> tuple[Tensor, ...]:
        """Features (n, inputs) and the adjacency matrix of a ring of n nodes."""
        features = torch.rand(n, self.inputs, generator=torch.Generator().manual_seed(0))
        ring = torch.zeros(n, n)
        if n > 1:
            nodes = torch.arange(n)
            ring[nodes, (nodes + 1) % n] = ring[(nodes + 1) % n, nodes] = 1.0
        return features, ring
