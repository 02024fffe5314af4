"""The canonical form of a cell: one order of its nodes for all cells that are isomorphic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_nlp.cells import BLEND, MOST_INPUTS, Cells, join, reordered, split

Colours = NDArray[np.uint64]

MOST_LEAVES = 4096
"""How many orders of one cell are compared; where a cell has more symmetries, nodes that look alike count as alike."""
_LAST = np.uint64(2**64 - 1)
_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def canonical(cells: Cells) -> Cells:
    """Each cell in the order of its nodes' depth and then of their colours, the smallest code where colours tie.

    Depth is the longest way from an input. Colours come from Weisfeiler-Leman refinement (Weisfeiler & Leman 1968)
    over inputs and uses, place in a blend and number of a hidden state included, mixed by splitmix64. Nodes of one
    colour are singled out one after the other, each in turn, and the lexicographically smallest code is kept, so two
    cells get one form exactly if they are isomorphic, whatever the colours; only beyond `MOST_LEAVES` orders of one
    cell does this rest on equal colours meaning equal roles.
    """
    n, nodes = cells.ops.shape
    if n == 0:
        return cells
    depth = _depth(cells)
    origin = np.arange(n)
    colours = _refined(cells, depth, cells.ops.astype(np.uint64))
    done_origin: list[NDArray[np.int64]] = []
    done_codes = []
    while len(origin):
        order = np.lexsort((colours, depth[origin]), axis=-1)
        tied = _ties(colours, depth[origin], order)
        leaf = ~tied.any(axis=1)
        done_origin.append(origin[leaf])
        done_codes.append(join(reordered(cells[origin[leaf]], order[leaf])))
        if leaf.all():
            break
        origin, colours = _branches(origin[~leaf], colours[~leaf], order[~leaf], tied[~leaf])
        colours = _refined(cells[origin], depth[origin], colours)
    owners, codes = np.concatenate(done_origin), np.concatenate(done_codes)
    ranked = np.lexsort((*codes.T[::-1], owners))
    first = ranked[np.searchsorted(owners[ranked], np.arange(n))]
    return split(codes[first], nodes)


def _depth(cells: Cells) -> NDArray[np.int64]:
    """(n, nodes): the longest way to each node from an input; more than any for absent nodes."""
    n, nodes = cells.ops.shape
    every = np.arange(n)[:, None]
    depth = np.zeros((n, cells.base + nodes), np.int64)
    for node in range(nodes):
        deepest = depth[every, cells.inputs[:, node]].max(axis=1)
        depth[:, cells.base + node] = np.where(cells.ops[:, node] > 0, deepest + 1, nodes + 1)
    return depth[:, cells.base :]


def _refined(cells: Cells, depth: NDArray[np.int64], colours: Colours) -> Colours:
    """Colours refined until no more of them appear; absent nodes have the last one."""
    absent = cells.ops == 0
    colours = _swept(cells, colours)
    colours[absent] = _LAST
    number = _distinct(colours)
    rows = np.flatnonzero(number < _all_apart(absent))
    while len(rows):
        finer = _swept(cells[rows], colours[rows])
        finer[absent[rows]] = _LAST
        more = _distinct(finer)
        colours[rows] = finer
        grown = more > number[rows]
        number[rows] = more
        rows = rows[grown & (more < _all_apart(absent[rows]))]
    return colours


def _all_apart(absent: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,): how many colours there are once every node has its own, that of absent nodes included."""
    return np.asarray((~absent).sum(axis=1) + absent.any(axis=1))


def _swept(cells: Cells, colours: Colours) -> Colours:
    """Each colour mixed with those of everything before the node, and then with those of everything after it."""
    n, nodes = cells.ops.shape
    base, every = cells.base, np.arange(n)
    places = np.arange(1, MOST_INPUTS + 1, dtype=np.uint64)
    role: Colours = np.where(
        (cells.ops == BLEND)[:, :, None], places, np.uint64(0)
    )  # only a blend tells its inputs apart
    own, use = _mixed(colours), _mixed(role + np.uint64(1))
    up = np.zeros((n, base + nodes), np.uint64)
    up[:, 1:base] = _mixed(np.arange(1, base, dtype=np.uint64))
    for node in range(nodes):
        before = up[every[:, None], cells.inputs[:, node]]
        before = np.where(cells.inputs[:, node] > 0, _mixed(before ^ role[:, node]), np.uint64(0))
        up[:, base + node] = _mixed(own[:, node] + before.sum(axis=1, dtype=np.uint64))
    after = np.zeros((n, base + nodes), np.uint64)
    for state in range(cells.hidden.shape[1]):
        there = cells.hidden[:, state] > 0
        after[every[there], cells.hidden[there, state] + base - 1] += _mixed(np.array([2**32 + state], np.uint64))
    result = np.empty_like(colours)
    for node in range(nodes - 1, -1, -1):
        result[:, node] = _mixed(up[:, base + node] + _mixed(after[:, base + node]))
        given = _mixed(result[:, node, None] ^ use[:, node])
        for at in range(MOST_INPUTS):
            after[every, cells.inputs[:, node, at]] += given[:, at]
    return result


def _mixed(state: Colours) -> Colours:
    """Each number by the finaliser of splitmix64 (Steele, Lea & Flood, OOPSLA 2014)."""
    state = state + _STEP
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return np.asarray(state ^ (state >> np.uint64(31)))


def _distinct(colours: Colours) -> NDArray[np.int64]:
    """(n,): how many colours each row has."""
    ranked = np.sort(colours, axis=1)
    return np.asarray((ranked[:, 1:] != ranked[:, :-1]).sum(axis=1) + 1)


def _ties(colours: Colours, depth: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n, nodes - 1): whether the node at a place of the order is not distinguished from the next."""
    ranked, deep = np.take_along_axis(colours, order, axis=1), np.take_along_axis(depth, order, axis=1)
    there = deep[:, 1:] <= colours.shape[1]
    return np.asarray((ranked[:, 1:] == ranked[:, :-1]) & (deep[:, 1:] == deep[:, :-1]) & there)


def _branches(
    origin: NDArray[np.int64], colours: Colours, order: NDArray[np.int64], tied: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Colours]:
    """For each row a copy for every node of its first tied colour, in which that node has a colour of its own."""
    n, nodes = colours.shape
    every = np.arange(n)
    colour = colours[every, order[every, tied.argmax(axis=1)]]
    alike = colours == colour[:, None]
    leaves = np.bincount(origin, minlength=int(origin.max()) + 1)[origin]
    only_first = leaves * alike.sum(axis=1) > MOST_LEAVES
    alike &= ~only_first[:, None] | (np.arange(nodes) == alike.argmax(axis=1)[:, None])
    rows, chosen = np.nonzero(alike)
    copies = colours[rows]
    copies[np.arange(len(rows)), chosen] = _mixed(copies[np.arange(len(rows)), chosen] ^ _LAST)
    return origin[rows], copies
