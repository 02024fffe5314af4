"""Histograms of a graph: how often each operation occurs, and how often each leads to each other.

The vertex and the vertex-edge histogram of Sugiyama & Borgwardt, "Halting in random walk kernels", NeurIPS 2015. The
former is the Weisfeiler-Lehman kernel without iterations, with which Ru, Wan, Dong & Osborne search ("Interpretable
neural architecture search via Bayesian optimisation with Weisfeiler-Lehman kernels", ICLR 2021).
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from nasapi.encoder import Encoder
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace

_ROWS = 4096  # graphs counted at once


class Histogram(Encoder):
    """Counts over the nodes of a graph, whatever their places."""

    def encode(self, codes: Codes) -> NDArray[np.float32]:
        """(n, counts); raises InvalidArchitecture for codes outside the space."""
        codes = self.space.require(codes)
        parts = [self.of(self.space.graphs(codes[start : start + _ROWS])) for start in range(0, len(codes), _ROWS)]
        return np.concatenate(parts) if parts else np.empty((0, *self.dim), np.float32)

    def of(self, graphs: Graphs) -> NDArray[np.float32]:
        """(n, counts) of graphs that are there."""
        graph, kind = self._counted(graphs)
        counts = np.bincount(graph * self.dim[0] + kind, minlength=len(graphs) * self.dim[0])
        return counts.reshape(len(graphs), self.dim[0]).astype(np.float32)

    @abstractmethod
    def _counted(self, graphs: Graphs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(k,) of what is counted: in which graph each is, and which of the counts it belongs to."""


class OperationHistogram(Histogram):
    """How many nodes have each operation, wherever they stand."""

    def __init__(self, space: SearchSpace):
        """Take the operations of the space's graphs."""
        self.space = space
        self.dim = (len(space.operations),)

    def _counted(self, graphs: Graphs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        graph, node = np.nonzero(graphs.ops >= 0)  # without padding
        return graph, graphs.ops[graph, node]


class LinkHistogram(Histogram):
    """How many links lead from each operation to each other, row by row by the operation that they come from."""

    def __init__(self, space: SearchSpace):
        """Take the operations of the space's graphs."""
        self.space = space
        self.dim = (len(space.operations) ** 2,)

    def _counted(self, graphs: Graphs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        nodes = graphs.ops.shape[1]
        source, target = np.divmod(np.flatnonzero(graphs.adjacency), nodes)  # as numbers over all graphs' nodes
        graph, ops = source // nodes, graphs.ops.ravel()
        return graph, ops[source] * len(graphs.labels) + ops[graph * nodes + target]
