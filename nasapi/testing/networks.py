"""What a graph computes: dead parts dropped, and two graphs of one network recognised as that."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from nasapi.graphs import Graphs
from nasapi.space import SearchSpace


def live_parts(space: SearchSpace, graphs: Graphs) -> Iterator[nx.DiGraph]:
    """Each graph's nodes on a way from an input to an output that carries something, with their operation as `op`."""
    zero = np.isin(graphs.ops, _positions(space, space.zeros)) | (graphs.ops < 0)
    sources = np.isin(graphs.ops, _positions(space, space.inputs))
    sinks = np.isin(graphs.ops, _positions(space, space.outputs))
    reached, used = sources & ~zero, sinks & ~zero
    for node in range(graphs.ops.shape[1]):
        reached[:, node] |= (reached & graphs.adjacency[:, :, node]).any(axis=1) & ~zero[:, node]
    for node in reversed(range(graphs.ops.shape[1])):
        used[:, node] |= (used & graphs.adjacency[:, node]).any(axis=1) & ~zero[:, node]
    for ops, links, live in zip(graphs.ops, graphs.adjacency, reached & used, strict=True):
        part = nx.DiGraph()
        part.add_nodes_from((node, {"op": int(ops[node])}) for node in np.flatnonzero(live).tolist())
        part.add_edges_from(np.argwhere(links & live[:, None] & live).tolist())
        yield part


def computed(space: SearchSpace, part: nx.DiGraph) -> list[int]:
    """A number for what each output of a live part computes, the same for all graphs of one network.

    A skip hands on its inputs, so a way through it is the way without it; what reaches an output untouched is left out,
    for the literature counts it or not.
    """
    skips, inputs, outputs = (
        {space.operations.index(name) for name in names} for names in (space.skips, space.inputs, space.outputs)
    )
    sums: dict[int, tuple[int, ...]] = {}
    raw: set[int] = set()
    for node in sorted(part):
        terms = tuple(sorted(term for before in part.predecessors(node) for term in sums[before]))
        op = part.nodes[node]["op"]
        sums[node] = terms if op in skips else (hash((op, terms)),)
        raw |= set(sums[node]) if op in inputs else set()
    return sorted(
        term
        for node in part
        if part.nodes[node]["op"] in outputs
        for before in part.predecessors(node)
        for term in sums[before]
        if term not in raw
    )


def same_network(one: nx.DiGraph, other: nx.DiGraph) -> bool:
    """Whether two live parts are one graph with its nodes in another order."""
    return bool(nx.is_isomorphic(one, other, node_match=lambda a, b: a["op"] == b["op"]))


def _positions(space: SearchSpace, names: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([space.operations.index(name) for name in names if name in space.operations], np.int64)
