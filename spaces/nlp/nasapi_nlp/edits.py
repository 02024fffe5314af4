"""One step from a cell to another: every small edit of one cell at once, and the mixing of two."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from nasapi_nlp.cells import ACTIVATIONS, BLEND, LINEAR, MOST_INPUTS, Cells, is_cell, pruned, sorted_inputs

_ORDERS = np.array(list(permutations(range(MOST_INPUTS))))
_UNARY = np.array([LINEAR, *ACTIVATIONS])


def edits(cell: Cells) -> Cells:
    """Every valid cell one edit away from the one in the batch `cell`, some perhaps more than once, or itself.

    An edit gives a node another operation (a blend in every order of its inputs) or reorders a blend; leads an input
    to another earlier source; adds or takes an input; gives a hidden state to another node, or two states each other's;
    puts a node of one input where a source is used, or takes one out that is used once; adds the next hidden state,
    with its previous value as one more input of a node, or takes the last one away.
    """
    count, nodes = int(cell.count[0]), cell.ops.shape[1]
    wide = min(count + 1, nodes)
    small = Cells(cell.ops[:, :wide], cell.inputs[:, :wide], cell.hidden)  # a short cell is edited in short arrays
    parts = [
        _operations(small, count),
        _inputs(small, count),
        _states(small, count),
        _removed(small, count),
        _added_state(small, count),
        _removed_state(small),
    ]
    if count < wide:
        parts.append(_inserted(small, count))
    found = sorted_inputs(_stacked(parts))
    found = found[is_cell(found)]
    rest = ((0, 0), (0, nodes - wide))
    return Cells(np.pad(found.ops, rest), np.pad(found.inputs, (*rest, (0, 0))), found.hidden)


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


def _operations(cell: Cells, count: int) -> Cells:
    """Every node with every other operation, and with three inputs as a blend in every order."""
    node, op = _grid(count, np.arange(1, 8))
    other = op != cell.ops[0, node]
    changed = _copies(cell, int(other.sum()))
    changed.ops[np.arange(len(changed)), node[other]] = op[other]
    blend, order = _grid(count, np.arange(len(_ORDERS)))
    ordered = _copies(cell, len(blend))
    every = np.arange(len(ordered))
    ordered.ops[every, blend] = BLEND
    ordered.inputs[every, blend] = cell.inputs[0, blend[:, None], _ORDERS[order]]
    return _stacked([changed, ordered])


def _inputs(cell: Cells, count: int) -> Cells:
    """Every input led elsewhere, taken away, or added after the last."""
    place, source = _grid(count * MOST_INPUTS, np.arange(cell.base + count))
    node, at = place // MOST_INPUTS, place % MOST_INPUTS
    kept = (source < cell.base + node) & (source != cell.inputs[0, node, at])
    changed = _copies(cell, int(kept.sum()))
    every = np.arange(len(changed))
    changed.inputs[every, node[kept], at[kept]] = source[kept]
    return changed


def _states(cell: Cells, count: int) -> Cells:
    """Every hidden state given to every other node; a node that had one gets the other's."""
    states = int((cell.hidden[0] > 0).sum())
    state, node = _grid(states, np.arange(1, count + 1))
    changed = _copies(cell, len(state))
    every = np.arange(len(state))
    before = cell.hidden[0, state]
    changed.hidden[...] = np.where(changed.hidden == node[:, None], before[:, None], changed.hidden)
    changed.hidden[every, state] = node
    return changed


def _inserted(cell: Cells, count: int) -> Cells:
    """A node of one input put before every use of a source: just before the node that uses it, or at the end."""
    node, at = np.nonzero(cell.inputs[0])
    state = np.flatnonzero(cell.hidden[0])
    slot = np.concatenate([node, np.full(len(state), count)])
    source = np.concatenate([cell.inputs[0, node, at], cell.hidden[0, state] + cell.base - 1])
    use, op = _grid(len(slot), _UNARY)
    slot, source = slot[use], source[use]
    shifted = _moved(_copies(cell, len(use)), slot, 1)
    every = np.arange(len(use))
    shifted.ops[every, slot], shifted.inputs[every, slot] = op, 0
    shifted.inputs[every, slot, 0] = source
    inner = use < len(node)
    shifted.inputs[every[inner], slot[inner] + 1, at[use[inner]]] = cell.base + slot[inner]
    shifted.hidden[every[~inner], state[use[~inner] - len(node)]] = slot[~inner] + 1
    return shifted


def _removed(cell: Cells, count: int) -> Cells:
    """Every node of one input that is used once taken out, its user getting that input."""
    base = cell.base
    uses = np.bincount(cell.inputs[0].ravel(), minlength=base + count)[base : base + count]
    state_of = (cell.hidden[0][None] == np.arange(1, count + 1)[:, None]).any(axis=1)
    single = (cell.inputs[0, :count] > 0).sum(axis=1) == 1
    source = cell.inputs[0, :count, 0]
    node = np.flatnonzero(single & (uses + state_of == 1) & (~state_of | (source >= base)))
    changed, source = _copies(cell, len(node)), source[node]
    hit = changed.inputs == (base + node)[:, None, None]
    changed.inputs[...] = np.where(hit, source[:, None, None], changed.inputs)
    changed.hidden[...] = np.where(changed.hidden == node[:, None] + 1, source[:, None] - base + 1, changed.hidden)
    return _moved(changed, node, -1)


def _added_state(cell: Cells, count: int) -> Cells:
    """The next hidden state computed by any node, its previous value one more input of any node with room."""
    states = int((cell.hidden[0] > 0).sum())
    if states == cell.hidden.shape[1]:
        return cell[:0]
    number = (cell.inputs[0, :count] > 0).sum(axis=1)
    room = np.flatnonzero(number < MOST_INPUTS)
    user, node = _grid(len(room), np.arange(1, count + 1))
    changed, user = _copies(cell, len(user)), room[user]
    every = np.arange(len(user))
    changed.inputs[every, user, number[user]] = 2 + states
    changed.hidden[every, states] = node
    return changed


def _removed_state(cell: Cells) -> Cells:
    """Without the last hidden state and the one use of its previous value."""
    state = int((cell.hidden[0] > 0).sum()) - 1
    node, at = np.nonzero(cell.inputs[0] == 2 + state)
    if state == 0 or len(node) != 1 or cell.ops[0, node[0]] == BLEND:
        return cell[:0]
    changed = _copies(cell, 1)
    changed.inputs[0, node[0], at[0]] = 0
    changed.hidden[0, state] = 0
    return changed


def _moved(cells: Cells, slot: NDArray[np.int64], by: int) -> Cells:
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


def _grid(count: int, values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every number below `count` with every value."""
    return np.repeat(np.arange(count), len(values)), np.tile(values, count)


def _copies(cell: Cells, n: int) -> Cells:
    return Cells(*(np.repeat(array, n, axis=0) for array in _arrays(cell)))


def _stacked(parts: list[Cells]) -> Cells:
    return Cells(*(np.concatenate(arrays) for arrays in zip(*map(_arrays, parts), strict=True)))


def _either(flags: NDArray[np.bool_], yes: Cells, no: Cells) -> Cells:
    """For each row the cell of `yes` where its flag is set, else that of `no`."""
    row, node = flags[:, None], flags[:, None, None]
    return Cells(
        np.where(row, yes.ops, no.ops), np.where(node, yes.inputs, no.inputs), np.where(row, yes.hidden, no.hidden)
    )


def _arrays(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    return cells.ops, cells.inputs, cells.hidden
