"""A batch of architectures as dense, padded, topologically ordered graphs."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.argument_checks import read_only


@frozen(eq=False)
class Graphs:
    """A batch of directed acyclic graphs with one operation a node.

    Nodes stand in topological order, so every adjacency matrix is strictly upper triangular. Graphs with fewer than
    `v` nodes are padded at the end: operation -1, no edges. The arrays are read-only.
    """

    ops: NDArray[np.int64] = field(converter=read_only)
    """(n, v): position of each node's operation in `labels`; -1 where there is no node."""
    adjacency: NDArray[np.bool_] = field(converter=read_only)
    """(n, v, v): `adjacency[i, a, b]` says whether graph i has an edge from node a to node b."""
    labels: tuple[str, ...] = field()
    """The space's operations, inputs and outputs among them."""

    def __len__(self) -> int:
        return len(self.ops)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(n, v): which nodes exist."""
        return self.ops >= 0
