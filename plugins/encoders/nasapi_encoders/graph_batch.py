"""A batch of graphs as the tensors that graph networks compute on."""

from __future__ import annotations

import torch
from attrs import frozen
from torch import Tensor

from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace


@frozen(eq=False)
class GraphBatch:
    """Dense, padded graphs: B graphs of at most L nodes."""

    ops: Tensor
    """(B, L) int64: each node's operation; the number of operations where there is no node."""
    adjacency: Tensor
    """(B, L, L) float32: 1 at [b, i, j] where graph b has an edge from node i to node j."""
    mask: Tensor
    """(B, L) float32: 1 where there is a node."""

    @classmethod
    def of(cls, graphs: Graphs) -> GraphBatch:
        """The tensors of a space's graphs."""
        ops = torch.from_numpy(graphs.ops.astype("int64"))
        mask = ops >= 0
        return cls(
            torch.where(mask, ops, torch.tensor(len(graphs.labels))),
            torch.from_numpy(graphs.adjacency.astype("float32")),
            mask.float(),
        )

    @classmethod
    def of_codes(cls, space: SearchSpace, codes: Codes) -> GraphBatch:
        """The tensors of a batch of codes."""
        return cls.of(space.graphs(codes))

    def __getitem__(self, rows: Tensor) -> GraphBatch:
        """The graphs of these rows."""
        return GraphBatch(self.ops[rows], self.adjacency[rows], self.mask[rows])

    def __len__(self) -> int:
        return len(self.ops)
