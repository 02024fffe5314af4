"""The graph hash of one cell at a time, in plain Python: what arrays cost is more than what one cell takes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from hashlib import md5
from operator import itemgetter
from typing import Any

FEW = 200
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
    state = [_first(len(after[vertex]), len(before[vertex]), labels[vertex]) for vertex in live]
    place = {vertex: at for at, vertex in enumerate(live)}
    links = [(*_picked(before[vertex], place), *_picked(after[vertex], place)) for vertex in live]
    for _ in live:
        hashes = [*state, ""]  # at -1 the hash of no neighbour
        state = [
            md5(
                f"{''.join(sorted(sources(hashes))) if sources else hashes[source]}|"
                f"{''.join(sorted(targets(hashes))) if targets else hashes[target]}|{own}".encode(),
                usedforsecurity=False,
            ).hexdigest()
            for own, (source, sources, target, targets) in zip(state, links, strict=True)
        ]
    return _md5(str(sorted(state)))


@functools.cache
def _first(outgoing: int, incoming: int, label: int) -> str:
    """What a vertex begins with; there are few."""
    return _md5(f"({outgoing}, {incoming}, {label})")


def _picked(linked: list[int], place: dict[int, int]) -> tuple[int, itemgetter[Any] | None]:
    """The place of a single neighbour, -1 for none, and what picks several out of a list."""
    if len(linked) > 1:
        return -1, itemgetter(*[place[vertex] for vertex in linked])
    return (place[linked[0]] if linked else -1), None


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
