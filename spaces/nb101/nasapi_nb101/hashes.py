"""The graph hash by which the official files name a cell, for many cells at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_nb101.cells import Adjacency, Operations, prune
from nasapi_nb101.md5 import digests

_HEX = np.frombuffer(bytes(range(256)).hex().encode(), np.uint16)  # two digits for each byte
_BAR = ord("|")
_MEMBERS = np.array([sorted(range(7), key=lambda place: not mask >> place & 1) for mask in range(128)])
"""(128, 7): the places whose bits a mask has, ascending, before the others."""
_CHUNK = 65536  # cells: MD5 is quickest over many messages of one length, and their arrays take some 100 MB


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
    state, degrees = _first(adjacency, labels), _by_degrees(adjacency)
    for _ in range(vertices):
        state = _round(adjacency, state, degrees)
    state = np.take_along_axis(state, _order(state)[:, :, None], axis=1)
    text = "[" + ", ".join(["'" + " " * 32 + "'"] * vertices) + "]"
    message = np.tile(np.frombuffer(text.encode(), np.uint8), (n, 1))
    for vertex in range(vertices):
        message[:, 2 + 36 * vertex : 34 + 36 * vertex] = _HEX[state[:, vertex]].view(np.uint8)
    return digests(message)


def _first(adjacency: Adjacency, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(n, v, 16): the hashes of degrees and label, each distinct triple hashed once."""
    outgoing, incoming = adjacency.sum(axis=2), adjacency.sum(axis=1)
    triples = (outgoing * 16 + incoming) * 16 + labels + 2
    distinct, group = np.unique(triples, return_inverse=True)
    texts = [str((key >> 8, key >> 4 & 15, (key & 15) - 2)).encode() for key in distinct.tolist()]
    hashes = np.concatenate([digests(np.frombuffer(text, np.uint8)[None]) for text in texts])
    return np.asarray(hashes[group.reshape(labels.shape)])


def _by_degrees(adjacency: Adjacency) -> list[tuple[NDArray[np.int64], int, int]]:
    """The rows of (n v, …) of the vertices of each in-degree and out-degree, whose messages have one length."""
    before, after = adjacency.sum(axis=1).ravel(), adjacency.sum(axis=2).ravel()
    both = before * 8 + after
    return [(np.flatnonzero(both == key), *divmod(key, 8)) for key in np.unique(both).tolist()]


def _round(
    adjacency: Adjacency, state: NDArray[np.uint8], degrees: list[tuple[NDArray[np.int64], int, int]]
) -> NDArray[np.uint8]:
    """(n, v, 16): each vertex's next hash, of its predecessors' and its successors' in ascending order and its own."""
    n, vertices = state.shape[:2]
    order = _order(state)
    bits = np.empty((n, vertices), np.uint8)  # of a vertex's place in that order
    np.put_along_axis(bits, order, np.uint8(1) << np.arange(vertices, dtype=np.uint8)[None], axis=1)
    sources = np.bitwise_or.reduce(np.where(adjacency, bits[:, :, None], np.uint8(0)), axis=1).ravel()
    targets = np.bitwise_or.reduce(np.where(adjacency, bits[:, None, :], np.uint8(0)), axis=2).ravel()
    text = _HEX[state.reshape(-1, 16)]
    ordered = (order + np.arange(n)[:, None] * vertices).ravel()
    result = np.empty((n * vertices, 16), np.uint8)
    for rows, before, after in degrees:
        cell = (rows // vertices * vertices)[:, None]
        bar = 32 * before
        message = np.full((len(rows), bar + 32 * after + 34), _BAR, np.uint8)
        message[:, :bar] = _joined(text[ordered[cell + _MEMBERS[sources[rows], :before]]])
        message[:, bar + 1 : -33] = _joined(text[ordered[cell + _MEMBERS[targets[rows], :after]]])
        message[:, -32:] = _joined(text[rows])
        result[rows] = digests(message)
    return result.reshape(n, vertices, 16)


def _joined(text: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """(m, letters): the hexadecimal digits of each row's hashes one after the other."""
    return text.reshape(len(text), -1).view(np.uint8)


def _order(state: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, v): the vertices in ascending order of hash, which is also that of its hexadecimal digits."""
    high, low = np.moveaxis(np.ascontiguousarray(state).view(">u8").astype(np.uint64), 2, 0)
    return np.asarray(np.lexsort((low, high), axis=1))
