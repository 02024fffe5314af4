"""The operations of NAS-Bench-Graph in plain torch, on dense or sparse adjacency matrices."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasapi.errors import InvalidOption

_HEADS = 2


class Edges:
    """A graph with its degrees: row i of the adjacency matrix weighs what node i takes from each node."""

    def __init__(self, adjacency: Tensor, nodes: int):
        """Of a matrix (nodes, nodes), dense or sparse, without self-loops and in the layout that torch multiplies."""
        if adjacency.ndim != 2 or adjacency.shape[0] != nodes or adjacency.shape[1] != nodes:
            raise InvalidOption(
                f"{nodes} nodes have an adjacency matrix ({nodes}, {nodes}), not {tuple(adjacency.shape)}."
            )
        self.adjacency = adjacency

    def sums(self, features: Tensor) -> Tensor:
        """(n, c): the weighted sum over each node's neighbours."""
        return self.adjacency @ features

    @cached_property
    def degrees(self) -> Tensor:
        """(n, 1): the sum of each node's weights."""
        ones = torch.ones(len(self.adjacency), 1, dtype=self.adjacency.dtype, device=self.adjacency.device)
        return self.adjacency @ ones

    def means(self, features: Tensor) -> Tensor:
        """(n, c): the mean over each node's neighbours; zeros for a node without."""
        return self.sums(features) / self.degrees.clamp(min=1e-12)

    def normalised(self, features: Tensor, loops: bool) -> Tensor:
        """(n, c): D^-1/2 (A + I) D^-1/2 X, or without the identity where there are no self-`loops`."""
        degrees = self.degrees + 1 if loops else self.degrees
        scale = torch.where(degrees > 0, degrees.clamp(min=1e-12).rsqrt(), 0)
        scaled = features * scale
        return scale * (self.sums(scaled) + scaled if loops else self.sums(scaled))


class Linear(nn.Module):
    """`fc`: a linear layer that sees no neighbours."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.own = nn.Linear(inputs, outputs)

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, outputs)."""
        return self.own(features)  # type: ignore[no-any-return]


class Convolution(Linear):
    """`gcn`: the symmetric normalisation with self-loops (Kipf & Welling, ICLR 2017, eq. 2)."""

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, outputs)."""
        return edges.normalised(functional.linear(features, self.own.weight), True) + self.own.bias


class Isomorphism(Linear):
    """`gin`: a linear layer of a node's features plus its neighbours' (Xu et al., ICLR 2019, eq. 4.1, epsilon 0)."""

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, outputs)."""
        return self.own(features + edges.sums(features))  # type: ignore[no-any-return]


class Pair(nn.Module):
    """A linear layer of what comes from the neighbours, and one without bias of the node itself."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.others = nn.Linear(inputs, outputs)
        self.own = nn.Linear(inputs, outputs, bias=False)

    def gathered(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, inputs): `graph` takes the sum over neighbours (Morris et al., AAAI 2019)."""
        return edges.sums(features)

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, outputs)."""
        return self.others(self.gathered(features, edges)) + self.own(features)  # type: ignore[no-any-return]


class Sage(Pair):
    """`sage`: the mean over neighbours (Hamilton, Ying & Leskovec, NeurIPS 2017)."""

    def gathered(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, inputs)."""
        return edges.means(features)


class Chebyshev(Pair):
    """`cheb`: polynomials of degree 1 of the Laplacian scaled by 2 / 2 (Defferrard et al., NeurIPS 2016)."""

    def gathered(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, inputs)."""
        return -edges.normalised(features, False)


class MovingAverage(Pair):
    """`arma`: one layer of one stack (Bianchi et al., TPAMI 2021, eq. 9).

    The published counts hold a matrix that only deeper stacks use; it is `deeper` here and has no gradient.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.deeper = nn.Parameter(nn.init.xavier_uniform_(torch.empty(outputs, outputs)))

    def gathered(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, inputs)."""
        return edges.normalised(features, False)

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, outputs)."""
        return functional.relu(super().forward(features, edges))


class Attention(nn.Module):
    """`gat`: attention over a node's neighbours and itself, two heads (Velickovic et al., ICLR 2018, eq. 1 to 6)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.own = nn.Linear(inputs, outputs)
        self.here = nn.Parameter(nn.init.xavier_uniform_(torch.empty(_HEADS, outputs // _HEADS)))
        self.there = nn.Parameter(nn.init.xavier_uniform_(torch.empty(_HEADS, outputs // _HEADS)))

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """(n, outputs); a head after the other."""
        nodes = len(features)
        values = functional.linear(features, self.own.weight).view(nodes, _HEADS, -1)
        here, there = (values * self.here).sum(dim=2), (values * self.there).sum(dim=2)
        attend = _sparse if edges.adjacency.layout is not torch.strided else _dense
        return attend(values, here, there, edges.adjacency).flatten(1) + self.own.bias


def _dense(values: Tensor, here: Tensor, there: Tensor, adjacency: Tensor) -> Tensor:
    """(n, heads, c): attention where the graph is a dense matrix."""
    linked = (adjacency != 0) | torch.eye(len(values), dtype=torch.bool, device=values.device)
    scores = functional.leaky_relu(here[:, None] + there[None], 0.2)
    weights = scores.masked_fill(~linked[:, :, None], -torch.inf).softmax(dim=1)
    return torch.einsum("ijh,jhc->ihc", weights, values)


def _sparse(values: Tensor, here: Tensor, there: Tensor, adjacency: Tensor) -> Tensor:
    """(n, heads, c): attention along the stored edges alone."""
    loops = torch.arange(len(values), device=values.device)
    rows, columns = adjacency.to_sparse_coo().coalesce().indices()
    rows, columns = torch.cat([rows, loops]), torch.cat([columns, loops])
    scores = functional.leaky_relu(here[rows] + there[columns], 0.2)
    largest = torch.full_like(here, -torch.inf).scatter_reduce(0, rows[:, None].expand_as(scores), scores, "amax")
    weights = (scores - largest.detach()[rows]).exp()
    total = torch.zeros_like(here).index_add(0, rows, weights)
    weights = weights / total[rows]
    return torch.zeros_like(values).index_add(0, rows, weights[:, :, None] * values[columns])


MODULES: dict[str, type[nn.Module]] = {
    "gat": Attention,
    "gcn": Convolution,
    "gin": Isomorphism,
    "cheb": Chebyshev,
    "sage": Sage,
    "arma": MovingAverage,
    "graph": Pair,
    "fc": Linear,
}
"""By operation; a skip needs no module."""
