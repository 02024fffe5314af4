"""A layered layout of directed acyclic graphs: every node and every bend of a long edge gets its own place."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import networkx as nx
from attrs import frozen

Node = Hashable


@frozen
class Layout:
    """Where things stand: boxes by node, and for each edge the bends between its two ends."""

    boxes: Mapping[Node, tuple[float, float, float, float]]
    """Centre x and y, width and height of each node's box."""
    bends: Mapping[tuple[Node, Node], Sequence[tuple[float, float, float]]]
    """(x, y, width) of the places an edge runs through, straight across each, from its tail to its head."""
    columns: Mapping[Node, float]
    """The width of the column that each node stands in; lines run straight within it, clear of wider boxes."""
    width: float
    height: float


def lay_out(
    graph: nx.DiGraph[Any], sizes: Mapping[Node, tuple[float, float]], *, across: float = 34.0, between: float = 14.0
) -> Layout:
    """Place nodes of given (width, height) in columns from left to right, so that no two boxes overlap.

    Sugiyama's method (IEEE Trans. SMC 1981): longest-path layers, a dummy for each layer that an edge passes, order
    within layers by barycentres, then heights drawn towards the neighbours without changing the order. `across` is the
    space between layers, `between` the least space within one.
    """
    layer: dict[Node, int] = {}
    for node in nx.lexicographical_topological_sort(graph, key=str):
        layer[node] = max((layer[before] + 1 for before in graph.predecessors(node)), default=0)
    for node in reversed(list(nx.topological_sort(graph))):  # sources move next to what they feed
        if not graph.in_degree(node) and graph.out_degree(node):
            layer[node] = min(layer[after] for after in graph.successors(node)) - 1
    links, chains = _with_dummies(graph, layer)
    heights = {node: sizes[node][1] if node in sizes else 6.0 for node in layer}
    columns = _ordered(layer, links)
    y = _heights(columns, links, heights, between)
    widths = [max((sizes[node][0] for node in column if node in sizes), default=20.0) for column in columns]
    x, centres = 0.0, []
    for width in widths:
        centres.append(x + width / 2)
        x += width + across
    top = min((y[node] - heights[node] / 2 for node in y), default=0.0)
    bottom = max((y[node] + heights[node] / 2 for node in y), default=0.0)
    return Layout(
        {node: (centres[layer[node]], y[node] - top, *sizes[node]) for node in graph},
        {
            edge: [(centres[layer[dummy]], y[dummy] - top, widths[layer[dummy]]) for dummy in chain]
            for edge, chain in chains.items()
        },
        {node: widths[layer[node]] for node in graph},
        max(x - across, 0.0),
        bottom - top,
    )


def _with_dummies(
    graph: nx.DiGraph[Any], layer: dict[Node, int]
) -> tuple[list[tuple[Node, Node]], dict[tuple[Node, Node], list[Node]]]:
    """Links between adjacent layers, and each edge's dummies, which are added to `layer`."""
    links: list[tuple[Node, Node]] = []
    chains: dict[tuple[Node, Node], list[Node]] = {}
    for tail, head in graph.edges:
        chain: list[Node] = [("dummy", tail, head, place) for place in range(layer[tail] + 1, layer[head])]
        layer.update({dummy: layer[tail] + 1 + step for step, dummy in enumerate(chain)})
        chains[tail, head] = chain
        stops = [tail, *chain, head]
        links.extend(pairwise(stops))
    return links, chains


def _neighbours(links: Sequence[tuple[Node, Node]]) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    before: dict[Node, list[Node]] = {}
    after: dict[Node, list[Node]] = {}
    for tail, head in links:
        before.setdefault(head, []).append(tail)
        after.setdefault(tail, []).append(head)
    return before, after


def _ordered(layer: Mapping[Node, int], links: Sequence[tuple[Node, Node]], sweeps: int = 12) -> list[list[Node]]:
    """The nodes of each layer in an order with few crossings: the best of several barycentre sweeps."""
    columns: list[list[Node]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node, column in layer.items():
        columns[column].append(node)
    before, after = _neighbours(links)
    best, fewest = [list(column) for column in columns], _crossings(columns, after)
    for sweep in range(sweeps):
        forward = sweep % 2 == 0
        beside = before if forward else after
        for at in range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1):
            place = {node: row for row, node in enumerate(columns[at - 1 if forward else at + 1])}
            own = {node: row for row, node in enumerate(columns[at])}
            columns[at].sort(
                key=lambda node, place=place, own=own: _mean(
                    [place[other] for other in beside.get(node, [])], own[node]
                )  # type: ignore[misc]
            )
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _crossings(columns: Sequence[Sequence[Node]], after: Mapping[Node, Sequence[Node]]) -> int:
    """How many pairs of links between adjacent layers cross."""
    total = 0
    for left, right in pairwise(columns):
        place = {node: row for row, node in enumerate(right)}
        ends = [sorted(place[head] for head in after.get(node, [])) for node in left]
        total += sum(a > b for i, row in enumerate(ends) for a in row for other in ends[i + 1 :] for b in other)
    return total


def _heights(
    columns: Sequence[Sequence[Node]],
    links: Sequence[tuple[Node, Node]],
    heights: Mapping[Node, float],
    between: float,
    sweeps: int = 24,
) -> dict[Node, float]:
    """Where every node stands in its column: near the mean of its neighbours, `between` kept free, the order kept."""
    y: dict[Node, float] = {}
    gaps: list[list[float]] = []
    for column in columns:
        offsets, at = [], 0.0
        for row, node in enumerate(column):
            at += 0.0 if row == 0 else heights[column[row - 1]] / 2 + between + heights[node] / 2
            offsets.append(at)
        gaps.append(offsets)
        y.update({node: offset - at / 2 for node, offset in zip(column, offsets, strict=True)})
    before, after = _neighbours(links)
    for sweep in range(sweeps):
        forward = sweep % 2 == 0
        for at_column in range(len(columns)) if forward else range(len(columns) - 1, -1, -1):
            column, offsets = columns[at_column], gaps[at_column]
            near = [[y[other] for other in before.get(node, []) + after.get(node, [])] for node in column]
            wanted = [_mean(some, y[node]) for node, some in zip(column, near, strict=True)]
            free = _rising([want - offset for want, offset in zip(wanted, offsets, strict=True)])
            y.update({node: place + offset for node, place, offset in zip(column, free, offsets, strict=True)})
    return y


def _rising(values: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to `values` in squares, by pooling adjacent violators."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    return [value for value, count in blocks for _ in range(count)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
