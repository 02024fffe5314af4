"""The encoding for graph networks: one-hot operations and links of every node, as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.encoder import Encoder
from nasapi.space import Codes, SearchSpace


class DenseGraph(Encoder):
    """A row for each node of the graph: a bit for its operation, then a bit for each node it leads to.

    A node that is not there has no bit set.
    """

    def __init__(self, space: SearchSpace):
        """Take the number of nodes from the space's own graphs."""
        self.space = space
        nodes = space.graphs(space.sample(1, np.random.default_rng(0))).ops.shape[1]
        self.dim = (nodes, len(space.operations) + nodes)

    def encode(self, codes: Codes) -> NDArray[np.uint8]:
        """(n, nodes, operations + nodes): bits; raises InvalidArchitecture for codes outside the space."""
        graphs = self.space.graphs(self.space.require(codes))
        ops = graphs.ops[:, :, None] == np.arange(len(graphs.labels))
        return np.concatenate([ops, graphs.adjacency], axis=2).astype(np.uint8)
