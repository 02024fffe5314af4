"""Recurrent cells from their graphs: undoes what `NLP.graphs` draws, whole batches at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.graphs import Graphs
from nasapi_nlp.cells import MOST_INPUTS, Cells

_INPUTS, _OUTPUTS = 4, 3  # x and three previous hidden states, three new ones


def read_cells(graphs: Graphs, nodes: int, states: int) -> tuple[Cells, NDArray[np.bool_]]:
    """The cells of graphs, and (n,) which of the graphs could be read; the cells of the others mean nothing.

    A graph has x, the previous hidden states, the nodes, and a vertex for each new hidden state with one edge to it.
    """
    n, v = graphs.ops.shape
    cells = Cells(*(np.zeros((n, *shape), np.int64) for shape in ((nodes,), (nodes, MOST_INPUTS), (states,))))
    fits = np.zeros(n, np.bool_)
    new = (graphs.ops >= _INPUTS) & (graphs.ops < _INPUTS + _OUTPUTS)
    count, size = new.sum(axis=1), graphs.mask.sum(axis=1)
    for number in range(1, states + 1):
        for length in range(2 + 2 * number, v + 1):
            rows = np.flatnonzero((count == number) & (size == length))
            if 0 < length - 1 - 2 * number <= nodes and len(rows):
                fits[rows] = _read(cells, rows, graphs.ops[rows], graphs.adjacency[rows], number, length)
    return cells, fits


def _read(
    cells: Cells,
    rows: NDArray[np.int64],
    ops: NDArray[np.int64],
    adjacency: NDArray[np.bool_],
    states: int,
    size: int,
) -> NDArray[np.bool_]:
    """Fill `rows` of the cells from graphs of `size` vertices and as many `states`; says which are well formed."""
    first, last = 1 + states, size - states
    inner, into = slice(first, last), adjacency[:, :, first:last]
    fits = (ops[:, :first] == np.arange(first)).all(axis=1) & (ops[:, inner] >= _INPUTS + _OUTPUTS).all(axis=1)
    fits &= (ops[:, last:size] == _INPUTS + np.arange(states)).all(axis=1)
    fits &= ~adjacency[:, :, :first].any(axis=(1, 2)) & ~adjacency[:, :, size:].any(axis=(1, 2))
    fits &= ~adjacency[:, last:].any(axis=(1, 2)) & ~np.tril(adjacency).any(axis=(1, 2))
    fits &= (into.sum(axis=1) <= MOST_INPUTS).all(axis=1)
    ends = adjacency[:, :, last:size]
    fits &= (ends.sum(axis=1) == 1).all(axis=1) & np.any(ends[:, inner], axis=1).all(axis=1)
    names = np.arange(adjacency.shape[1]) + 1  # of sources: x, the previous states, then the nodes after all states
    names[first:] += cells.base - (2 + states)
    sources = np.where(into, names[:, None], names[-1] + 1)
    sources.sort(axis=1)
    chosen = sources[:, :MOST_INPUTS].swapaxes(1, 2)
    cells.ops[rows, : last - first] = ops[:, inner] - (_INPUTS + _OUTPUTS - 1)
    cells.inputs[rows, : last - first] = np.where(chosen > names[-1], 0, chosen)
    cells.hidden[rows, :states] = ends[:, inner].argmax(axis=1) + 1
    return np.asarray(fits)
