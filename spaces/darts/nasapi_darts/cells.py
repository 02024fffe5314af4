"""Codes as arrays of inputs and operations and back, and the single changes between cells."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes

OPERATIONS = (
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
"""What an edge can do, in the order of NAS-Bench-301; a gene is a position in this list."""
CELLS = ("normal", "reduce")
"""The two cells of an architecture, in the order in which a code holds them."""

Ints = NDArray[np.int64]


@cache
def pairs(node: int) -> tuple[tuple[int, int], ...]:
    """The pairs of inputs that intermediate node 0, 1, … can take, in lexicographic order: its gene's values.

    Inputs are numbered as in the literature: 0 and 1 are the cell's inputs, 2 is the first intermediate node.
    """
    return tuple(combinations(range(node + 2), 2))


def split(codes: Codes, nodes: int) -> tuple[Ints, Ints]:
    """Inputs and operations of all edges, both (n, 2, nodes, 2): cell, intermediate node, first and second input."""
    cells = np.asarray(codes, np.int64).reshape(len(codes), 2, 3 * nodes - 1)
    operations = cells[:, :, : 2 * nodes].reshape(len(codes), 2, nodes, 2)
    chosen = np.concatenate([np.zeros((len(codes), 2, 1), np.int64), cells[:, :, 2 * nodes :]], axis=2)
    return _pair_table(nodes)[np.arange(nodes), chosen], operations


def join(inputs: Ints, operations: Ints) -> Codes:
    """(n, d): undoes `split`; the two inputs of a node may stand in either order."""
    n, _, nodes, _ = inputs.shape
    inputs, operations = ordered(inputs, operations)
    chosen = pair_numbers(nodes)[np.arange(nodes), inputs[..., 0], inputs[..., 1]]
    genes = np.concatenate([operations.reshape(n, 2, 2 * nodes), chosen[:, :, 1:]], axis=2)
    return genes.reshape(n, 2 * (3 * nodes - 1))


def ordered(inputs: Ints, operations: Ints) -> tuple[Ints, Ints]:
    """The same edges with each node's smaller input first."""
    swapped = inputs[..., :1] > inputs[..., 1:]
    return np.where(swapped, inputs[..., ::-1], inputs), np.where(swapped, operations[..., ::-1], operations)


@cache
def changes(nodes: int) -> Ints:
    """(m, 4): every single change of an architecture as cell, node, edge, step.

    Steps 1 to 6 move the edge's operation round its range. Steps from 7 on give the edge another input, the first,
    second, … of those that the node does not take; the operation stays with its edge.
    """
    return np.array(
        [
            (cell, node, edge, step)
            for cell in range(len(CELLS))
            for node in range(nodes)
            for edge in (0, 1)
            for step in range(1, len(OPERATIONS) + node)
        ]
    )


def changed(codes: Codes, chosen: Ints, nodes: int) -> Codes:
    """(n, d): each row after one of the changes of `changes`, given by its rows there."""
    inputs, operations = split(codes, nodes)
    inputs, operations = inputs.copy(), operations.copy()
    every = np.arange(len(codes))
    cell, node, edge, step = changes(nodes)[chosen].T
    moved = np.flatnonzero(step < len(OPERATIONS))
    at = (every[moved], cell[moved], node[moved], edge[moved])
    operations[at] = (operations[at] + step[moved]) % len(OPERATIONS)
    moved = np.flatnonzero(step >= len(OPERATIONS))
    low, high = inputs[every[moved], cell[moved], node[moved]].T
    other = step[moved] - len(OPERATIONS)
    other = other + (other >= low)
    other = other + (other >= high)  # past both inputs that the node takes
    inputs[every[moved], cell[moved], node[moved], edge[moved]] = other
    return join(inputs, operations).astype(codes.dtype)


@cache
def _pair_table(nodes: int) -> Ints:
    """(nodes, most pairs, 2): the inputs of each pair."""
    table = np.zeros((nodes, len(pairs(nodes - 1)), 2), np.int64)
    for node in range(nodes):
        table[node, : len(pairs(node))] = pairs(node)
    return table


@cache
def pair_numbers(nodes: int) -> Ints:
    """(nodes, inputs, inputs): the number of each pair of inputs, the smaller one first, by intermediate node."""
    table = np.zeros((nodes, nodes + 2, nodes + 2), np.int64)
    for node in range(nodes):
        for number, (low, high) in enumerate(pairs(node)):
            table[node, low, high] = number
    return table
