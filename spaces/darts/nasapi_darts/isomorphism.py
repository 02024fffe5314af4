"""When two cells are the same network: the intermediate nodes stand in another order."""

from __future__ import annotations

from functools import cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_darts.cells import OPERATIONS, Ints, ordered, pair_numbers, pairs

_CHUNK = 4096  # cells whose orders are held at once


def canonical(codes: Codes, nodes: int) -> Codes:
    """For each row the lexicographically first code of the same network, cell by cell.

    All intermediate nodes are concatenated into the cell's output, so an order of the nodes is an order of channels,
    which the next layer's weights undo. An order is admitted where every node comes after its inputs: which ones are
    depends on the inputs alone, and so does where they move each edge.
    """
    cells = np.asarray(codes, np.int64).reshape(2 * len(codes), 3 * nodes - 1)
    edges, taken, first = _admitted(nodes)
    cardinalities = np.array([len(OPERATIONS)] * (2 * nodes) + [len(pairs(node)) for node in range(1, nodes)])
    weights = np.append(np.cumprod(cardinalities[:0:-1])[::-1], 1)
    wiring = cells[:, 2 * nodes :] @ weights[2 * nodes :]
    tails = taken @ weights[2 * nodes :]
    result = np.empty_like(cells)
    for start in range(0, len(cells), _CHUNK):
        rows = slice(start, start + _CHUNK)
        firsts = first[wiring[rows]]
        counts = first[wiring[rows] + 1] - firsts
        ends = np.cumsum(counts)
        cell = np.repeat(np.arange(len(counts)), counts)  # one row for each cell and order
        order = np.arange(len(cell)) + np.repeat(firsts - ends + counts, counts)
        operations = cells[rows][cell[:, None], edges[order]]
        numbers = operations @ weights[: 2 * nodes] + tails[order]  # a cell as one number
        best = np.minimum.reduceat(numbers, ends - counts)
        result[rows] = best[:, None] // weights % cardinalities
    return result.reshape(codes.shape).astype(codes.dtype, copy=False)


def networks_of_a_cell(nodes: int, operations: int = len(OPERATIONS)) -> int:
    """How many different networks one cell can be, with so many operations to choose from.

    By Burnside's lemma: a wiring of v admitted orders stands for 1 / v of a class, and an order that maps it onto
    itself keeps as many labellings as its cycles of edges can have operations.
    """
    wirings = np.array([[chosen] for chosen in product(*map(pairs, range(nodes)))])
    moved, admitted = _reordered(wirings, _orders(nodes))
    same = (np.sort(moved, axis=-1) == wirings[:, :, None]).all(axis=(3, 4)) & admitted
    shares: dict[int, int] = {}  # labellings kept, by the number of admitted orders
    for row, _, order in np.argwhere(same).tolist():
        count = int(admitted[row].sum())
        kept = operations ** _cycles(wirings[row, 0], _orders(nodes)[order])
        shares[count] = shares.get(count, 0) + kept
    return sum(kept // count for count, kept in shares.items())


def _orders(nodes: int) -> Ints:
    """(orders, nodes): all orders of the intermediate nodes."""
    return np.array(list(permutations(range(nodes))))


@cache
def _admitted(nodes: int) -> tuple[Ints, Ints, Ints]:
    """The orders that are admitted for each choice of inputs, those of one choice after those of the one before.

    For each order the edge that comes to stand in each place, (m, 2 nodes), and the genes of the inputs there,
    (m, nodes - 1); and which order is the first of each choice, (choices + 1,). Choices count lexicographically.
    """
    inputs = np.array([[chosen] for chosen in product(*map(pairs, range(nodes)))])
    orders = _orders(nodes)
    moved, admitted = _reordered(inputs, orders)
    places = np.broadcast_to(np.arange(2 * nodes).reshape(nodes, 2)[orders], moved.shape)
    moved, places = ordered(moved, places)
    taken = pair_numbers(nodes)[np.arange(nodes), moved[..., 0], moved[..., 1]]
    edges = places.reshape(*places.shape[:3], 2 * nodes)
    first = np.append(0, np.cumsum(admitted.sum(axis=(1, 2))))
    return edges[admitted], taken[admitted][:, 1:], first


def _reordered(inputs: Ints, orders: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Inputs (n, cells, orders, nodes, 2) with old node `order[j]` as node j; where that is admitted, without nodes."""
    names = np.pad(np.argsort(orders, axis=1) + 2, ((0, 0), (2, 0)), constant_values=1)
    names[:, 0] = 0
    moved = names[np.arange(len(orders))[:, None, None], inputs[:, :, orders]]
    return moved, np.asarray((moved < np.arange(2, 2 + orders.shape[1])[:, None]).all(axis=(3, 4)))


def _cycles(wiring: Ints, order: Ints) -> int:
    """The cycles in which an order that maps a wiring onto itself moves its edges."""
    names = [0, 1, *(2 + np.argsort(order)).tolist()]
    edges = {(node + 2, source) for node, row in enumerate(wiring.tolist()) for source in row}
    count = 0
    while edges:
        node, source = edges.pop()
        count += 1
        following = (names[node], names[source])
        while following in edges:
            edges.remove(following)
            following = (names[following[0]], names[following[1]])
    return count
