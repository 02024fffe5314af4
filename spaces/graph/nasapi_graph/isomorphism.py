"""When two codes are one network: idle skips are moved to the input, and nodes get the first of their numberings."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

Links = tuple[int, ...]
"""The parent of each of the four nodes, 0 the input; a parent has a smaller number than its children."""

EVERY: tuple[Links, ...] = tuple(product(range(1), range(2), range(3), range(4)))
"""All 24 links, in lexicographic order."""


def lifted(links: Links, skips: tuple[bool, ...]) -> tuple[Links, tuple[int, ...]]:
    """The links with every idle skip moved to a chain at the input, and the old position of each node.

    A skip is idle if it changes nothing, wherever on its way it stands: it hands its input on to other nodes, or it is
    the only one to hand it to the output; or it hands the network's own input to the output, which the benchmark drops.
    What stays is a skip to the output beside other nodes with the same parent, a shortcut round them.
    """
    parents = dict(enumerate(links, start=1))
    idle: list[int] = []
    for node, skip in enumerate(skips, start=1):
        if not skip:
            continue
        parent = parents[node]
        children = [other for other in parents if parents[other] == node]
        siblings = [other for other in parents if parents[other] == parent and other != node]
        if parent == 0 or children or not siblings:
            for child in children:
                parents[child] = parent
            del parents[node]
            idle.append(node)
    place = {0: len(idle)} | {node: number for number, node in enumerate(parents, start=len(idle) + 1)}
    chain = range(len(idle))
    return (*chain, *(place[parent] for parent in parents.values())), tuple(node - 1 for node in (*idle, *parents))


def numberings(links: Links) -> tuple[Links, list[tuple[int, ...]]]:
    """The first links, in lexicographic order, of the same tree, and every order of its nodes that gives them."""
    found: dict[Links, list[tuple[int, ...]]] = {}
    for order in permutations(range(4)):
        place = {0: 0} | {node + 1: number for number, node in enumerate(order, start=1)}
        renumbered = tuple(place[links[node]] for node in order)
        if all(parent <= position for position, parent in enumerate(renumbered)):
            found.setdefault(renumbered, []).append(order)
    first = min(found)
    return first, found[first]


SHAPES: tuple[Links, ...] = tuple(sorted({numberings(links)[0] for links in EVERY}))
"""The nine trees, each by its first links; the benchmark counts them in this order."""


def canonical_numbers(operations: int, skip: int) -> NDArray[np.int64]:
    """(24 * operations ** 4,): the number of each code's network, the codes being counted in lexicographic order.

    The number of a network is that of its code with idle skips lifted and, among the numberings of its nodes, the first
    links and then the first operations.
    """
    weights = operations ** np.arange(3, -1, -1)
    ops = np.arange(operations**4)[:, None] // weights % operations
    masks = (ops == skip) @ [8, 4, 2, 1]
    result = np.empty((len(EVERY), len(ops)), np.int64)
    for row, links in enumerate(EVERY):
        for mask, skips in enumerate(product((False, True), repeat=4)):
            moved, nodes = lifted(links, skips)
            first, orders = numberings(moved)
            here = ops[masks == mask][:, nodes]
            numbers = np.min([here[:, order] @ weights for order in orders], axis=0)
            result[row, masks == mask] = EVERY.index(first) * len(ops) + numbers
    return result.reshape(-1)
