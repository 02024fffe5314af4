"""Cells as numbers that do not depend on the order of their nodes: counts of what is in them, and how deep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_nlp.cells import BLEND, LINEAR, OPERATIONS, Cells, X

VERSION = 1
"""Changes when any feature does; a surrogate is only asked with the features that it was fitted on."""
_OPS = len(OPERATIONS)


def counted(cells: Cells) -> NDArray[np.float64]:
    """(n, f): how often each operation is there, feeds each other (gates apart), and computes each hidden state."""
    n, nodes = cells.ops.shape
    base, states = cells.base, cells.hidden.shape[1]
    kinds = base - 1 + _OPS  # x, previous states, operations
    ops = cells.ops
    kind = np.concatenate([np.broadcast_to(np.arange(base), (n, base)), np.where(ops > 0, base - 1 + ops, 0)], axis=1)
    sources = np.take_along_axis(kind, cells.inputs.reshape(n, nodes * 3), axis=1).reshape(n, nodes, 3)
    uses = np.zeros((n, kinds + 1, _OPS + 2))
    target = np.repeat(ops[:, :, None], 3, axis=2)
    target[:, :, 0] = np.where(ops == BLEND, _OPS + 1, ops)
    np.add.at(uses, (np.arange(n)[:, None, None], sources, target), 1)
    number = (ops[:, :, None] == np.arange(1, _OPS + 1)).sum(axis=1)
    computing = np.take_along_axis(np.pad(ops, ((0, 0), (1, 0))), cells.hidden, axis=1)
    final = computing[:, :, None] == np.arange(1, _OPS + 1)
    return np.concatenate([number, uses[:, 1:, 1:].reshape(n, -1), final.reshape(n, states * _OPS)], axis=1).astype(
        np.float64
    )


def described(cells: Cells) -> NDArray[np.float64]:
    """(n, f): the counts, and for each hidden state its depth and what it depends on.

    Further: nodes, hidden states, the parameters of the cell's matrices, and for each new state the longest and the
    shortest way to it in operations, with all nodes and without linear ones, how many nodes it depends on, whether it
    depends on x and each previous state, and the number of its ways from inputs (logarithm).
    """
    n, nodes = cells.ops.shape
    base, states = cells.base, cells.hidden.shape[1]
    longest, shortest, saturating = (np.zeros((n, base + nodes)) for _ in range(3))
    ways = np.ones((n, base + nodes))
    ways[:, 0] = 0.0
    before = np.zeros((n, base + nodes, base + nodes), np.bool_)
    before[:, np.arange(1, base), np.arange(1, base)] = True
    every = np.arange(n)[:, None]
    for node in range(nodes):
        source, there = cells.inputs[:, node], cells.inputs[:, node] > 0
        at = base + node
        longest[:, at] = 1 + np.where(there, longest[every, source], 0).max(axis=1)
        shortest[:, at] = 1 + np.where(there, shortest[every, source], np.inf).min(axis=1, initial=nodes)
        active = cells.ops[:, node] != LINEAR
        saturating[:, at] = active + np.where(there, saturating[every, source], 0).max(axis=1)
        ways[:, at] = ways[every, source].sum(axis=1)
        before[:, at] = (before[every, source] & there[:, :, None]).any(axis=1)
        before[:, at, at] = True
    parts = [
        counted(cells),
        cells.count[:, None],
        (cells.hidden > 0).sum(axis=1)[:, None],
        parameters(cells)[:, None] / 1e6,
    ]
    for state in range(states):
        computed = cells.hidden[:, state]
        place = np.where(computed > 0, computed + base - 1, 0)
        rows = np.arange(n)
        depends = before[rows, place]
        parts += [
            np.stack([longest[rows, place], shortest[rows, place], saturating[rows, place]], axis=1),
            depends[:, base:].sum(axis=1)[:, None],
            depends[:, X:base],
            np.log1p(ways[rows, place])[:, None],
        ]
    return np.concatenate(parts, axis=1).astype(np.float64)


def parameters(cells: Cells) -> NDArray[np.int64]:
    """(n,): parameters of the matrices and biases of a cell in the three layers that the authors trained.

    Their sizes are 400 > 600 > 600 > 400: a linear node has a matrix for each input and one bias. The rest of the
    network, embedding and decoder, is the same for all cells and comes on top.
    """
    linear = (cells.ops == LINEAR)[:, :, None]
    from_x = (linear & (cells.inputs == X)).sum(axis=(1, 2))
    from_hidden = (linear & (cells.inputs > X)).sum(axis=(1, 2))
    return np.asarray(840_000 * from_x + 880_000 * from_hidden + 1_600 * linear.sum(axis=(1, 2)))
