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
from nasapi.space import Codes, SearchSpace

_ROWS = 4096  # graphs counted at once


class _Histogram(Encoder):
    """Counts over the nodes of a graph, whatever their places."""

    def encode(self, codes: Codes) -> NDArray[np.float32]:
        """(n, counts); raises InvalidArchitecture for codes outside the space."""
        codes = self.space.require(codes)
        found = np.empty((len(codes), *self.dim), np.float32)
        for start in range(0, len(codes), _ROWS):
            graphs = self.space.graphs(codes[start : start + _ROWS])
            ops = (graphs.ops[:, :, None] == np.arange(len(graphs.labels))).astype(np.float32)
            found[start : start + _ROWS] = self._counted(ops, graphs.adjacency)
        return found

    @abstractmethod
    def _counted(self, ops: NDArray[np.float32], adjacency: NDArray[np.bool_]) -> NDArray[np.float32]:
        """(n, counts) of one-hot operations (n, v, labels) and links (n, v, v)."""


class OperationHistogram(_Histogram):
    """How many nodes have each operation, wherever they stand."""

    def __init__(self, space: SearchSpace):
        """Take the operations of the space's graphs."""
        self.space = space
        self.dim = (len(space.operations),)

    def _counted(self, ops: NDArray[np.float32], adjacency: NDArray[np.bool_]) -> NDArray[np.float32]:
        return np.asarray(ops.sum(axis=1))


class LinkHistogram(_Histogram):
    """How many links lead from each operation to each other, row by row by the operation that they come from."""

    def __init__(self, space: SearchSpace):
        """Take the operations of the space's graphs."""
        self.space = space
        self.dim = (len(space.operations) ** 2,)

    def _counted(self, ops: NDArray[np.float32], adjacency: NDArray[np.bool_]) -> NDArray[np.float32]:
        return (ops.transpose(0, 2, 1) @ (adjacency.astype(np.float32) @ ops)).reshape(len(ops), -1)
