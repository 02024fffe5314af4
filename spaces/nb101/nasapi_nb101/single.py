"""The graph hash of one cell at a time, in plain Python: what arrays cost is more than what one cell takes."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5

FEW = 20
"""Up to how many cells are hashed quicker one by one."""


def graph_hash(code: Sequence[int], vertices: int) -> str:
    """The 32 hexadecimal digits that `graph_hashes` gives the network of one valid code."""
    before = _sources(code, vertices)
    after: list[list[int]] = [[] for _ in before]
    for target, sources in enumerate(before):
        for source in sources:
            after[source].append(target)
    labels = [-1, *code[vertices * (vertices - 1) // 2 :], -2]
    live = [vertex for vertex in range(vertices) if before[vertex] or after[vertex]]
    state = [""] * vertices
    for vertex in live:
        state[vertex] = _md5(f"({len(after[vertex])}, {len(before[vertex])}, {labels[vertex]})")
    links = [(vertex, before[vertex], after[vertex]) for vertex in live]
    for _ in live:
        told = [
            f"{''.join(sorted([state[one] for one in sources]))}|{''.join(sorted([state[one] for one in targets]))}|"
            for _, sources, targets in links
        ]
        hashed = [_md5(text + state[vertex]) for vertex, text in zip(live, told, strict=True)]
        for vertex, value in zip(live, hashed, strict=True):
            state[vertex] = value
    return _md5(str(sorted([state[vertex] for vertex in live])))


def _sources(code: Sequence[int], vertices: int) -> list[list[int]]:
    """For each vertex those it has an edge from, of edges on a path from input to output."""
    before: list[list[int]] = []
    reached, at = 1, 0  # bits of vertices
    for target in range(vertices):
        before.append([source for source in range(target) if code[at + source] and reached >> source & 1])
        reached |= bool(before[target]) << target
        at += target
    needed = 1 << vertices - 1
    for target in range(vertices - 1, 0, -1):
        if needed >> target & 1:
            for source in before[target]:
                needed |= 1 << source
        else:
            before[target] = []
    return before


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
