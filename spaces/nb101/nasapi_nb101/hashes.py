"""The graph hash by which the official files name a cell, for many cells at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_nb101.cells import Adjacency, Operations, prune
from nasapi_nb101.md5 import digests

_HEX = np.frombuffer(bytes(range(256)).hex().encode(), np.uint16)  # two digits for each byte
_BAR = ord("|")
_CHUNK = 4096  # cells whose working arrays stay in the processor's cache


def graph_hashes(adjacency: Adjacency, operations: Operations) -> NDArray[np.uint8]:
    """(n, 16): the MD5-based hash of Ying et al. (2019), equal for isomorphic cells; dead parts do not count.

    Each vertex begins with the MD5 of "(outgoing, incoming, label)", labels being -1 for the input, -2 for the output;
    as many times as there are vertices it takes the MD5 of its predecessors' sorted hashes, its successors' sorted
    hashes and its own, between bars; the cell's hash is the MD5 of the sorted list of all.
    """
    adjacency, operations, inner = prune(adjacency, operations)
    result = np.empty((len(adjacency), 16), np.uint8)
    for count in np.unique(inner).tolist():
        rows = np.flatnonzero(inner == count)
        places = [*range(count + 1), adjacency.shape[1] - 1]
        cells = adjacency[rows][:, places][:, :, places]
        ends = np.ones((len(rows), 1), np.int64)
        labels = np.concatenate([-ends, operations[rows, :count], -2 * ends], axis=1)
        for start in range(0, len(rows), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            result[rows[chunk]] = _hash(cells[chunk], labels[chunk])
    return result


def as_text(hashes: NDArray[np.uint8]) -> list[str]:
    """The hashes as 32 hexadecimal digits each."""
    return [row.tobytes().hex() for row in hashes]


def _hash(adjacency: Adjacency, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(n, 16): the hashes of cells that all have the same number of vertices, all alive."""
    n, vertices = labels.shape
    state = _first(adjacency, labels)
    every = np.arange(n)[:, None]
    for _ in range(vertices):
        order = _order(state)
        state = state[every, order]
        adjacency = adjacency[every[:, :, None], order[:, :, None], order[:, None, :]]
        state = _round(adjacency, state)
    state = state[every, _order(state)]
    text = "[" + ", ".join(["'" + " " * 32 + "'"] * vertices) + "]"
    message = np.tile(np.frombuffer(text.encode(), np.uint8), (n, 1))
    for vertex in range(vertices):
        message[:, 2 + 36 * vertex : 34 + 36 * vertex] = _hex(state[:, vertex])
    return digests(message)


def _first(adjacency: Adjacency, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(n, v, 16): the hashes of degrees and label, each distinct triple hashed once."""
    outgoing, incoming = adjacency.sum(axis=2), adjacency.sum(axis=1)
    triples = (outgoing * 16 + incoming) * 16 + labels + 2
    distinct, group = np.unique(triples, return_inverse=True)
    texts = [str((key >> 8, key >> 4 & 15, (key & 15) - 2)).encode() for key in distinct.tolist()]
    hashes = np.concatenate([digests(np.frombuffer(text, np.uint8)[None]) for text in texts])
    return np.asarray(hashes[group.reshape(labels.shape)])


def _round(adjacency: Adjacency, state: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, v, 16): each vertex's next hash; vertices stand in ascending order of their hashes, so neighbours do too."""
    n, vertices = state.shape[:2]
    text = _hex(state.reshape(-1, 16))
    sources = adjacency.transpose(0, 2, 1).reshape(-1, vertices)
    targets = adjacency.reshape(-1, vertices)
    shape = sources.sum(axis=1) * 16 + targets.sum(axis=1)
    result = np.empty((n * vertices, 16), np.uint8)
    for key in np.unique(shape).tolist():
        rows = np.flatnonzero(shape == key)
        before, after = divmod(key, 16)
        parts = [_neighbours(text, rows, sources, before, vertices), _neighbours(text, rows, targets, after, vertices)]
        bar = np.full((len(rows), 1), _BAR, np.uint8)
        result[rows] = digests(np.concatenate([parts[0], bar, parts[1], bar, text[rows]], axis=1))
    return result.reshape(n, vertices, 16)


def _neighbours(
    text: NDArray[np.uint8], rows: NDArray[np.int64], linked: NDArray[np.bool_], degree: int, vertices: int
) -> NDArray[np.uint8]:
    """(m, 32 degree): the hexadecimal hashes of the `degree` vertices linked with each of `rows`."""
    columns = np.nonzero(linked[rows])[1].reshape(len(rows), degree)
    return np.asarray(text[(rows // vertices * vertices)[:, None] + columns].reshape(len(rows), 32 * degree))


def _order(state: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, v): the vertices in ascending order of hash, which is also that of its hexadecimal digits."""
    high, low = np.moveaxis(np.ascontiguousarray(state).view(">u8").astype(np.uint64), 2, 0)
    return np.asarray(np.lexsort((low, high), axis=1))


def _hex(hashes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 32): hexadecimal digits of (n, 16) bytes."""
    return _HEX[hashes].view(np.uint8)
