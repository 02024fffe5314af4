"""Recurrent cells as arrays: operations, inputs and hidden states of whole batches, and when they are a cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.space import Codes

OPERATIONS = (
    "linear",
    "blend",
    "elementwise_prod",
    "elementwise_sum",
    "activation_tanh",
    "activation_sigm",
    "activation_leaky_relu",
)
"""The operations of NAS-Bench-NLP by their official names; operation o of a code is `OPERATIONS[o - 1]`."""
LINEAR, BLEND, PRODUCT, SUM = 1, 2, 3, 4
ACTIVATIONS = (5, 6, 7)
MOST_INPUTS = 3
FEWEST = np.array([0, 1, 3, 2, 2, 1, 1, 1])
MOST = np.array([0, 3, 3, 3, 3, 1, 1, 1])
"""How many inputs each operation takes, by its gene; 0 stands for an absent node."""
X = 1
"""The source x, the input at this step; 2 is h_prev_0."""


@frozen(eq=False)
class Cells:
    """A batch of cells. A source is 0 for none, 1 for x, 2 for h_prev_0 and so on, then the nodes in their order."""

    ops: NDArray[np.int64]
    """(n, nodes): the operation of each node, 0 where there is none."""
    inputs: NDArray[np.int64]
    """(n, nodes, 3): the sources of each node, 0 where it has fewer."""
    hidden: NDArray[np.int64]
    """(n, states): which node computes each new hidden state, counted from 1; 0 for a state that the cell lacks."""

    @property
    def base(self) -> int:
        """The source that stands for node 0."""
        return 2 + int(self.hidden.shape[1])

    @property
    def count(self) -> NDArray[np.int64]:
        """(n,): how many nodes there are."""
        return np.asarray((self.ops > 0).sum(axis=1))

    @property
    def used(self) -> NDArray[np.bool_]:
        """(n, sources): which sources are an input of a node or, for nodes, a hidden state; column 0 means nothing."""
        n, nodes = self.ops.shape
        used = np.zeros((n, self.base + nodes), np.bool_)
        np.put_along_axis(used, self.inputs.reshape(n, nodes * MOST_INPUTS), True, axis=1)
        states = np.where(self.hidden > 0, self.hidden + self.base - 1, 0)
        np.put_along_axis(used, states, True, axis=1)
        return used

    def __getitem__(self, rows: Any) -> Cells:
        return Cells(self.ops[rows], self.inputs[rows], self.hidden[rows])

    def __len__(self) -> int:
        return len(self.ops)


def split(codes: Codes, nodes: int) -> Cells:
    """The cells that codes stand for: four genes a node (operation, three inputs), then one a hidden state."""
    whole: NDArray[np.int64] = np.asarray(codes, np.int64)
    genes = whole[:, : 4 * nodes].reshape(len(whole), nodes, 4)
    return Cells(genes[:, :, 0], genes[:, :, 1:], whole[:, 4 * nodes :])


def join(cells: Cells) -> Codes:
    """(n, d): the codes of cells; undoes `split`."""
    n = len(cells)
    genes = np.concatenate([cells.ops[:, :, None], cells.inputs], axis=2).reshape(n, 4 * cells.ops.shape[1])
    return np.concatenate([genes, cells.hidden], axis=1)


def sorted_inputs(cells: Cells) -> Cells:
    """The same cells with the inputs of each node but a blend in rising order; the order of a blend's matters."""
    last = np.iinfo(np.int64).max
    a, b, c = np.moveaxis(np.where(cells.inputs == 0, last, cells.inputs), 2, 0)
    a, b = np.minimum(a, b), np.maximum(a, b)  # a network of three comparisons, quicker than sorts of three
    b, c = np.minimum(b, c), np.maximum(b, c)
    a, b = np.minimum(a, b), np.maximum(a, b)
    rising = np.stack([a, b, c], axis=2)
    rising[rising == last] = 0
    return Cells(cells.ops, np.where((cells.ops == BLEND)[:, :, None], cells.inputs, rising), cells.hidden)


def is_cell(cells: Cells) -> NDArray[np.bool_]:
    """(n,): which are cells, given that every gene is in its range.

    Nodes and hidden states without gaps; as many inputs as the operation takes, all different, in rising order where
    their order means nothing; x, whose size is not that of the hidden states, to linear nodes alone; each hidden state
    computed by a node of its own; x, the previous value of just these hidden states, and every node used. As the nodes
    stand in topological order, each then is on a path from an input to a new hidden state.
    """
    ops, inputs, hidden = cells.ops, cells.inputs, cells.hidden
    there = ops > 0
    gapless = (there[:, :-1] >= there[:, 1:]).all(axis=1) & there[:, 0]
    a, b, c = inputs[:, :, 0], inputs[:, :, 1], inputs[:, :, 2]  # one by one, as sums over three are slow
    first, second, third = a > 0, b > 0, c > 0
    number = first.astype(np.int64) + second + third
    fits = (number >= FEWEST[ops]) & (number <= MOST[ops]) & (first >= second) & (second >= third)
    rises = ((a < b) | ~second) & ((b < c) | ~third)
    ordered = np.where(ops == BLEND, (a != b) & (b != c) & (a != c), rises)
    sized = ~(((a == X) | (b == X) | (c == X)) & (ops != LINEAR))
    states = hidden > 0
    apart = np.sort(np.where(states, hidden, -np.arange(hidden.shape[1])), axis=1)
    computed = (
        (states[:, :-1] >= states[:, 1:]).all(axis=1)
        & states[:, 0]
        & (hidden <= cells.count[:, None]).all(axis=1)
        & (apart[:, :-1] != apart[:, 1:]).all(axis=1)
    )
    used = cells.used[:, 1:]
    wanted = np.concatenate([np.ones((len(cells), 1), np.bool_), states, there], axis=1)
    return np.asarray(
        gapless & (fits & ordered & sized).all(axis=1) & computed & (used == wanted).all(axis=1), np.bool_
    )


def reordered(cells: Cells, order: NDArray[np.int64]) -> Cells:
    """The cells with node `order[i, j]` of cell i at place j; inputs sorted where their order means nothing.

    `order` is a permutation of the nodes of each cell that puts absent nodes last.
    """
    n, nodes = cells.ops.shape
    every = np.arange(n)[:, None]
    place = np.empty_like(order)
    place[every, order] = np.arange(nodes)
    named = np.concatenate([np.broadcast_to(np.arange(cells.base), (n, cells.base)), cells.base + place], axis=1)
    inputs = np.take_along_axis(named, cells.inputs[every, order].reshape(n, nodes * MOST_INPUTS), axis=1)
    inputs = inputs.reshape(n, nodes, MOST_INPUTS)
    states = np.concatenate([np.zeros((n, 1), np.int64), place + 1], axis=1)
    hidden = np.take_along_axis(states, cells.hidden, axis=1)
    return sorted_inputs(Cells(cells.ops[every, order], inputs, hidden))


def pruned(cells: Cells) -> Cells:
    """The cells without nodes from which no new hidden state is reached, the others moved together."""
    n, nodes = cells.ops.shape
    every, base = np.arange(n), cells.base
    live = np.zeros((n, base + nodes), np.bool_)
    np.put_along_axis(live, np.where(cells.hidden > 0, cells.hidden + base - 1, 0), True, axis=1)
    for node in range(nodes - 1, -1, -1):
        feeds = live[:, base + node] & (cells.ops[:, node] > 0)
        for at in range(MOST_INPUTS):
            live[every[feeds], cells.inputs[feeds, node, at]] = True
    alive = live[:, base:] & (cells.ops > 0)
    kept = Cells(np.where(alive, cells.ops, 0), np.where(alive[:, :, None], cells.inputs, 0), cells.hidden)
    return reordered(kept, np.argsort(~alive, axis=1, kind="stable"))
