"""The one form of each cell: pruned, and the first of its isomorphs in the order in which the benchmark listed them."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi_nb101.cells import Adjacency, Operations, edge_slots, prune

_CHUNK = 16384  # rows times 120 permutations times 8 bytes stay in 16 MB
_BACKWARD = 2.0**40  # outweighs every mask, so that an order with an edge against it is never the smallest


def canonical(adjacency: Adjacency, operations: Operations) -> tuple[Adjacency, Operations]:
    """The pruned cells, their live inner vertices reordered to the smallest edge mask, then the smallest operations.

    The mask has bit i + j (j - 1) / 2 for edge i > j. Ying et al. (2019) enumerated masks and, within one,
    operations in ascending order and kept the first cell of each isomorphism class: the result is that cell.
    """
    adjacency, operations, inner = prune(adjacency, operations)
    vertices = adjacency.shape[1]
    best = np.tile(np.arange(vertices), (len(adjacency), 1))
    for count in range(2, vertices - 1):
        rows = np.flatnonzero(inner == count)
        if len(rows):
            best[rows, 1 : count + 1] = 1 + _best_orders(adjacency[rows], operations[rows], count)
    every = np.arange(len(adjacency))
    adjacency = adjacency[every[:, None, None], best[:, :, None], best[:, None, :]]
    return adjacency, np.take_along_axis(operations, best[:, 1:-1] - 1, axis=1)


def masks(adjacency: Adjacency) -> NDArray[np.int64]:
    """(n,): the edges as one number, with bit i + j (j - 1) / 2 for edge i > j."""
    sources, targets = edge_slots(adjacency.shape[1])
    return np.asarray(adjacency[:, sources, targets] @ (1 << np.arange(len(sources))))


def _best_orders(adjacency: Adjacency, operations: Operations, count: int) -> NDArray[np.int64]:
    """(n, count): which inner vertex, from 0, stands first, second, …; all rows have `count` live inner vertices."""
    orders, mask_weights, digit_weights = _weights(count, adjacency.shape[1])
    distinct, first, group = np.unique(masks(adjacency), return_index=True, return_inverse=True)
    sources, targets = edge_slots(adjacency.shape[1])
    edges = adjacency[first][:, sources, targets].astype(np.float64)
    smallest = np.empty((len(distinct), len(orders)), np.bool_)
    for start in range(0, len(distinct), _CHUNK):
        reordered = edges[start : start + _CHUNK] @ mask_weights
        smallest[start : start + _CHUNK] = reordered == reordered.min(axis=1, keepdims=True)
    digits = operations[:, :count].astype(np.float64)
    chosen = np.empty(len(adjacency), np.int64)
    for start in range(0, len(adjacency), _CHUNK):
        rows = slice(start, start + _CHUNK)
        chosen[rows] = np.where(smallest[group[rows]], digits[rows] @ digit_weights, np.inf).argmin(axis=1)
    return orders[chosen]


@cache
def _weights(count: int, vertices: int) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]:
    """All orders, (orders, count), and what an edge adds to the mask, (edges, orders), an operation to the digits."""
    orders = np.array(list(permutations(range(count))))
    places = np.tile(np.arange(vertices), (len(orders), 1))
    places[:, 1 : count + 1] = 1 + np.argsort(orders, axis=1)  # where each vertex goes
    sources, targets = (places[:, ends].T for ends in edge_slots(vertices))
    bits = np.exp2(sources + targets * (targets - 1) // 2)
    mask_weights = np.where(sources < targets, bits, _BACKWARD)
    return orders, mask_weights, 3.0 ** (count - places[:, 1 : count + 1].T)
