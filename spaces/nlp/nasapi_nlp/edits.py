"""One step from a cell to another: every small edit of one cell, a random edit of many cells, the mixing of two cells.

An edit is a kind and two numbers. What a kind does is written once for a batch, row i of which gets an edit of its own,
so that the same function tries all numbers on one cell or one pair on each of many. An edit that cannot be done leaves
its cell as it is, or leaves what `is_cell` turns down.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi_nlp.cells import (
    ACTIVATIONS,
    BLEND,
    LINEAR,
    MOST_INPUTS,
    OPERATIONS,
    Cells,
    is_cell,
    pruned,
    sorted_inputs,
)

_ORDERS = np.array(list(permutations(range(MOST_INPUTS))))
_UNARY = np.array([LINEAR, *ACTIVATIONS])
_UNORDERED = np.array([op for op in range(1, len(OPERATIONS) + 1) if op != BLEND])

_Numbers = NDArray[np.int64]


@frozen
class _Kind:
    """One kind of edit."""

    numbers: Callable[[Cells], tuple[_Numbers | int, _Numbers | int]]
    """In how many values, counted from 0, the first and the second number of an edit can be chosen: (n,) or one."""
    do: Callable[[Cells, _Numbers, _Numbers], Cells]
    """The cells, edited in place or not, by an edit each."""


def edits(cell: Cells) -> Cells:
    """Every valid cell one edit away from the one in the batch `cell`, some more than once.

    An edit gives a node another operation (a blend in every order of its inputs) or reorders a blend; leads an input
    to another earlier source; adds or takes an input; gives a hidden state to another node, or two states each other's;
    puts a node of one input where a source is used, or takes one out that is used once; adds the next hidden state,
    with its previous value as one more input of a node, or takes the last one away.
    """
    wide = min(int(cell.count[0]) + 1, cell.ops.shape[1])
    small = Cells(cell.ops[:, :wide], cell.inputs[:, :wide], cell.hidden)  # a short cell is edited in short arrays
    parts = []
    for kind, counts in zip(_KINDS, _counts(small), strict=True):
        first, second = np.divmod(np.arange(counts[0, 0] * counts[0, 1]), max(counts[0, 1], 1))
        parts.append(kind.do(small[np.zeros(len(first), np.int64)], first, second))
    found = _stacked(parts)
    found = sorted_inputs(found[_differs(found, small)])
    found = found[is_cell(found)]
    rest = ((0, 0), (0, cell.ops.shape[1] - wide))
    return Cells(np.pad(found.ops, rest), np.pad(found.inputs, (*rest, (0, 0))), found.hidden)


def tried(cells: Cells, rng: np.random.Generator) -> tuple[Cells, NDArray[np.bool_]]:
    """Each cell with one of all edits, drawn uniformly and done, and (n,): where that gave another valid cell."""
    counts = _counts(cells)
    ends = np.cumsum(counts.prod(axis=2), axis=0)  # (kinds, n)
    drawn = rng.integers(ends[-1])
    chosen = (drawn >= ends).sum(axis=0)
    order, parts = [], []
    for number, kind in enumerate(_KINDS):
        rows = np.flatnonzero(chosen == number)
        seconds = counts[number, rows, 1]
        within = drawn[rows] - (ends[number, rows] - counts[number, rows].prod(axis=1))
        order.append(rows)
        parts.append(kind.do(cells[rows], *np.divmod(within, seconds)))
    result = sorted_inputs(_stacked(parts)[np.argsort(np.concatenate(order))])
    return result, _differs(result, cells) & is_cell(result)


def mixed(a: Cells, b: Cells, rng: np.random.Generator) -> Cells:
    """A child of each pair, valid or not: hidden states and number of nodes of one, each node of either parent.

    Nodes that only one of the two has are taken from it, and nodes that nothing needs any more are removed.
    """
    swap = rng.random(len(a)) < 0.5
    first, second = _either(swap, b, a), _either(swap, a, b)
    other = (rng.random(a.ops.shape) < 0.5) & (first.ops > 0) & (second.ops > 0)
    ops = np.where(other, second.ops, first.ops)
    inputs = np.where(other[:, :, None], second.inputs, first.inputs)
    return pruned(Cells(ops, inputs, first.hidden))


def _operation(cells: Cells, node: _Numbers, op: _Numbers) -> Cells:
    """A node gets another operation than a blend."""
    cells.ops[np.arange(len(cells)), node] = _UNORDERED[op]
    return cells


def _blend(cells: Cells, node: _Numbers, order: _Numbers) -> Cells:
    """A node becomes a blend of its three inputs in some order."""
    every = np.arange(len(cells))
    cells.ops[every, node] = BLEND
    cells.inputs[every, node] = cells.inputs[every[:, None], node[:, None], _ORDERS[order]]
    return cells


def _input(cells: Cells, place: _Numbers, source: _Numbers) -> Cells:
    """An input is led elsewhere, taken away, or added after the last."""
    every, (node, at) = np.arange(len(cells)), np.divmod(place, MOST_INPUTS)
    last = (cells.inputs[every, node] > 0).sum(axis=1)
    can = (source < cells.base + node) & (at <= last)
    cells.inputs[every[can], node[can], at[can]] = source[can]
    return cells


def _state(cells: Cells, state: _Numbers, node: _Numbers) -> Cells:
    """A hidden state is given to a node; one that the node had gets the node that had the other."""
    every = np.arange(len(cells))
    before = cells.hidden[every, state]
    cells.hidden[...] = np.where(cells.hidden == node[:, None] + 1, before[:, None], cells.hidden)
    cells.hidden[every, state] = node + 1
    return cells


def _inserted(cells: Cells, use: _Numbers, op: _Numbers) -> Cells:
    """A node of one input is put before a use of a source: just before the node that uses it, or at the end."""
    count, every = cells.count, np.arange(len(cells))
    inner = use < MOST_INPUTS * count
    user, at = np.divmod(np.where(inner, use, 0), MOST_INPUTS)
    state = np.where(inner, 0, use - MOST_INPUTS * count)
    slot = np.where(inner, user, count)
    source = np.where(inner, cells.inputs[every, user, at], cells.hidden[every, state] + cells.base - 1)
    shifted = _moved(cells, slot, 1)
    shifted.ops[every, slot], shifted.inputs[every, slot] = _UNARY[op], 0
    shifted.inputs[every, slot, 0] = source
    shifted.inputs[every[inner], slot[inner] + 1, at[inner]] = cells.base + slot[inner]
    shifted.hidden[every[~inner], state[~inner]] = slot[~inner] + 1
    return _either(source > 0, shifted, cells)


def _removed(cells: Cells, node: _Numbers, _: _Numbers) -> Cells:
    """A node of one input that is used once is taken out, its user getting that input."""
    base, every = cells.base, np.arange(len(cells))
    source = cells.inputs[every, node, 0]
    single = (cells.inputs[every, node] > 0).sum(axis=1) == 1
    uses, states = cells.inputs == (base + node)[:, None, None], cells.hidden == node[:, None] + 1
    of_state = states.any(axis=1)
    can = single & (uses.sum(axis=(1, 2)) + of_state == 1) & (~of_state | (source >= base))
    inputs = np.where(uses, source[:, None, None], cells.inputs)
    hidden = np.where(states, source[:, None] - base + 1, cells.hidden)
    return _either(can, _moved(Cells(cells.ops, inputs, hidden), node, -1), cells)


def _added_state(cells: Cells, user: _Numbers, node: _Numbers) -> Cells:
    """The next hidden state is computed by a node, its previous value one more input of a node with room."""
    every = np.arange(len(cells))
    states = _states(cells)
    last = (cells.inputs[every, user] > 0).sum(axis=1)
    can = last < MOST_INPUTS
    cells.inputs[every[can], user[can], last[can]] = 2 + states[can]
    cells.hidden[every[can], states[can]] = node[can] + 1
    return cells


def _removed_state(cells: Cells, _: _Numbers, __: _Numbers) -> Cells:
    """The last hidden state is taken away, and the one use of its previous value."""
    every = np.arange(len(cells))
    state = _states(cells) - 1
    uses = cells.inputs == (2 + state)[:, None, None]
    can = (state > 0) & (uses.sum(axis=(1, 2)) == 1) & ~(uses.any(axis=2) & (cells.ops == BLEND)).any(axis=1)
    cells.inputs[uses & can[:, None, None]] = 0
    cells.hidden[every[can], state[can]] = 0
    return cells


def _states(cells: Cells) -> _Numbers:
    return np.asarray((cells.hidden > 0).sum(axis=1))


def _where_more_nodes_fit(cells: Cells) -> _Numbers:
    return np.where(cells.count < cells.ops.shape[1], MOST_INPUTS * cells.count + _states(cells), 0)


def _where_more_states_fit(cells: Cells) -> _Numbers:
    return np.where(_states(cells) < cells.hidden.shape[1], cells.count, 0)


_KINDS = (
    _Kind(lambda cells: (cells.count, len(_UNORDERED)), _operation),
    _Kind(lambda cells: (cells.count, len(_ORDERS)), _blend),
    _Kind(lambda cells: (MOST_INPUTS * cells.count, cells.base + cells.count), _input),
    _Kind(lambda cells: (_states(cells), cells.count), _state),
    _Kind(lambda cells: (_where_more_nodes_fit(cells), len(_UNARY)), _inserted),
    _Kind(lambda cells: (cells.count, 1), _removed),
    _Kind(lambda cells: (_where_more_states_fit(cells), cells.count), _added_state),
    _Kind(lambda cells: (1, 1), _removed_state),
)


def _counts(cells: Cells) -> _Numbers:
    """(kinds, n, 2): in how many values the two numbers of each kind can be chosen for each cell."""
    counts = [[np.broadcast_to(number, len(cells)) for number in kind.numbers(cells)] for kind in _KINDS]
    return np.asarray(counts, np.int64).transpose(0, 2, 1)


def _differs(cells: Cells, before: Cells) -> NDArray[np.bool_]:
    """(n,): which cells are others than the ones before, of which there are as many or one."""
    return np.asarray(
        (cells.ops != before.ops).any(axis=1)
        | (cells.inputs != before.inputs).any(axis=(1, 2))
        | (cells.hidden != before.hidden).any(axis=1)
    )


def _moved(cells: Cells, slot: _Numbers, by: int) -> Cells:
    """Room made before node `slot` of each cell (`by` 1), or that node's place closed (-1); sources follow."""
    nodes, base = cells.ops.shape[1], cells.base
    to = np.arange(nodes)
    if by > 0:
        origin = np.clip(to - (to > slot[:, None]), 0, nodes - 1)
        threshold = slot
    else:
        origin = to + (to >= slot[:, None])
        threshold = slot + 1
    every = np.arange(len(cells))[:, None]
    filled = origin < nodes
    origin = np.minimum(origin, nodes - 1)
    ops = np.where(filled, cells.ops[every, origin], 0)
    inputs = np.where(filled[:, :, None], cells.inputs[every, origin], 0)
    inputs = inputs + by * (inputs >= base + threshold[:, None, None])
    hidden = cells.hidden + by * (cells.hidden > threshold[:, None])
    return Cells(ops, inputs, hidden)


def _stacked(parts: list[Cells]) -> Cells:
    return Cells(*(np.concatenate(arrays) for arrays in zip(*map(_arrays, parts), strict=True)))


def _either(flags: NDArray[np.bool_], yes: Cells, no: Cells) -> Cells:
    """For each row the cell of `yes` where its flag is set, else that of `no`."""
    row, node = flags[:, None], flags[:, None, None]
    return Cells(
        np.where(row, yes.ops, no.ops), np.where(node, yes.inputs, no.inputs), np.where(row, yes.hidden, no.hidden)
    )


def _arrays(cells: Cells) -> tuple[_Numbers, _Numbers, _Numbers]:
    return cells.ops, cells.inputs, cells.hidden
