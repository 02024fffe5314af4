"""Cells as arrays: codes to adjacency matrices and back, with whatever is on no path from input to output removed."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Adjacency = NDArray[np.bool_]
"""(n, v, v): strictly upper triangular; vertex 0 is the input, the last vertex the output."""
Operations = NDArray[np.integer[Any]]
"""(n, v - 2): the operation of each vertex between input and output."""


@cache
def edge_slots(vertices: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sources and targets of all possible edges, in the order of the genes, by target, then by source; read-only."""
    targets, sources = np.tril_indices(vertices, -1)
    sources.flags.writeable = targets.flags.writeable = False
    return sources, targets


def split(codes: NDArray[np.integer[Any]], vertices: int) -> tuple[Adjacency, Operations]:
    """The adjacency matrices and the operations of codes (n, v (v - 1) / 2 + v - 2)."""
    sources, targets = edge_slots(vertices)
    adjacency = np.zeros((len(codes), vertices, vertices), np.bool_)
    adjacency[:, sources, targets] = codes[:, : len(sources)] != 0
    return adjacency, codes[:, len(sources) :]


def join(adjacency: Adjacency, operations: Operations) -> NDArray[np.int64]:
    """The codes of adjacency matrices and operations; undoes `split`."""
    sources, targets = edge_slots(adjacency.shape[1])
    return np.concatenate([adjacency[:, sources, targets], operations], axis=1, dtype=np.int64)


def alive(adjacency: Adjacency) -> NDArray[np.bool_]:
    """(n, v): which vertices lie on a path from the input to the output; none where there is no such path."""
    n, vertices = adjacency.shape[:2]
    reached, needed = np.zeros((2, n, vertices), np.bool_)
    reached[:, 0] = needed[:, -1] = True
    for vertex in range(1, vertices):
        reached[:, vertex] = (reached[:, :vertex] & adjacency[:, :vertex, vertex]).any(axis=1)
    for vertex in range(vertices - 2, -1, -1):
        needed[:, vertex] = (needed[:, vertex + 1 :] & adjacency[:, vertex, vertex + 1 :]).any(axis=1)
    return np.asarray(reached & needed)


def prune(adjacency: Adjacency, operations: Operations) -> tuple[Adjacency, Operations, NDArray[np.int64]]:
    """The live parts alone: adjacency, operations and the number of live vertices between input and output, (n,).

    Live vertices move up, in their order, to follow the input; the output stays last. The places of dead vertices have
    no edge and operation 0.
    """
    on_path = alive(adjacency)
    kept = adjacency & on_path[:, :, None] & on_path[:, None, :]
    inner = on_path[:, 1:-1]
    operations = np.where(inner, operations, 0)
    gaps = (inner[:, 1:] & ~inner[:, :-1]).any(axis=1)
    if gaps.any():
        rows = np.flatnonzero(gaps)
        order = np.argsort(~inner[rows], axis=1, kind="stable")
        operations[rows] = np.take_along_axis(operations[rows], order, axis=1)
        ends = np.zeros((len(rows), 1), np.int64)
        order = np.concatenate([ends, order + 1, ends + adjacency.shape[1] - 1], axis=1)
        kept[rows] = kept[rows[:, None, None], order[:, :, None], order[:, None, :]]
    return kept, operations, inner.sum(axis=1)
