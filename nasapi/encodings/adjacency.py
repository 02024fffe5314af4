"""Encodings that write a graph, or a code, down as it is: adjacency with operations, and one-hot genes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.encoder import Encoder
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace


class Adjacency(Encoder):
    """One-hot operations of all nodes, then a bit for each possible edge.

    A node that is not there has no operation set. Edges come row by row of the upper triangle: 0>1, 0>2, …, 1>2, ….
    White, Neiswanger, Nolen & Savani, "A study on encodings for neural architecture search", NeurIPS 2020, section 3.
    """

    def __init__(self, space: SearchSpace):
        """Take the number of nodes from the space's own graphs."""
        self.space = space
        nodes = _nodes(space)
        self.dim = (nodes * len(space.operations) + nodes * (nodes - 1) // 2,)

    def encode(self, codes: Codes) -> NDArray[np.uint8]:
        """(n, v * operations + v (v - 1) / 2): bits; raises InvalidArchitecture for codes outside the space."""
        graphs = self.space.graphs(self.space.require(codes))
        ops = graphs.ops[:, :, None] == np.arange(len(graphs.labels))
        return np.concatenate([ops.reshape(len(codes), ops.shape[1] * ops.shape[2]), _edges(graphs)], axis=1).astype(
            np.uint8
        )


class CategoricalAdjacency(Encoder):
    """A bit for each possible edge, then each node's operation as a number.

    The number is the operation's place in `space.operations`, -1 where there is no node.
    White et al. 2020, section 3: the categorical adjacency encoding.
    """

    def __init__(self, space: SearchSpace):
        """Take the number of nodes from the space's own graphs."""
        self.space = space
        nodes = _nodes(space)
        self.dim = (nodes * (nodes - 1) // 2 + nodes,)

    def encode(self, codes: Codes) -> NDArray[np.int16]:
        """(n, v (v - 1) / 2 + v): edges, then operations; raises InvalidArchitecture for codes outside the space."""
        graphs = self.space.graphs(self.space.require(codes))
        return np.concatenate([_edges(graphs), graphs.ops], axis=1).astype(np.int16)


class Genes(Encoder):
    """One-hot genes of the code itself: what a space calls its degrees of freedom, dead ones included."""

    def __init__(self, space: SearchSpace):
        """Take the genes' cardinalities from the space."""
        self.space = space
        self.dim = (sum(space.cardinalities),)
        self._first = np.cumsum([0, *space.cardinalities[:-1]])

    def encode(self, codes: Codes) -> NDArray[np.uint8]:
        """(n, sum of cardinalities): one bit a gene; raises InvalidArchitecture for codes outside the space."""
        bits = np.zeros((len(codes), *self.dim), np.uint8)
        np.put_along_axis(bits, self.space.require(codes) + self._first, 1, axis=1)
        return bits


def _nodes(space: SearchSpace) -> int:
    """How many nodes the space pads its graphs to."""
    return int(space.graphs(space.sample(1, np.random.default_rng(0))).ops.shape[1])


def _edges(graphs: Graphs) -> NDArray[Any]:
    """(n, v (v - 1) / 2): the upper triangle of each adjacency matrix, row by row."""
    sources, targets = np.triu_indices(graphs.ops.shape[1], 1)
    return graphs.adjacency[:, sources, targets]
