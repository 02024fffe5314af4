"""The hash by which the official files of NAS-Bench-101 name a network: of one, and of the whole space."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
from nasapi_nb101.space import NB101
from timing import Row, Work

VERTICES = 7


def whole_cells(n: int) -> np.ndarray:
    """Codes of networks that use all seven vertices."""
    space = NB101()
    codes = space.sample(4 * n + 64, np.random.default_rng(0))
    graphs = space.graphs(space.canonical(codes))
    return codes[(graphs.ops >= 0).sum(1) == VERTICES][:n]


def one(n: int) -> Work:
    """Codes one by one, others each time."""
    space, codes = NB101(), itertools.cycle(whole_cells(200)[:, None])
    return lambda: space.hashes(next(codes))


def messages(n: int) -> Work:
    """The MD5 digests that a network of seven vertices takes: 7 to begin with, 7 a round for 7 rounds, one of all."""
    text = ("0123456789abcdef" * 16)[:160]
    return lambda: [hashlib.md5(text.encode()).hexdigest() for _ in range(VERTICES * (VERTICES + 1) + 1)]


def official(n: int) -> Work:
    """The algorithm of Ying et al. (2019) on lists of lists, as its authors have it."""
    space = NB101()
    graphs = space.graphs(space.canonical(whole_cells(200)))
    labels = {"input": -1, "output": -2, "conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1, "maxpool3x3": 2}
    cells = [
        (matrix.astype(int).tolist(), [labels[graphs.labels[op]] for op in ops])
        for matrix, ops in zip(graphs.adjacency, graphs.ops, strict=True)
    ]
    given = itertools.cycle(cells)
    return lambda: hash_of(*next(given))


def hash_of(matrix: list[list[int]], labels: list[int]) -> str:
    """The hash of one cell: each vertex's is mixed with its neighbours' as often as there are vertices."""
    vertices = range(len(labels))
    outgoing = [sum(matrix[v]) for v in vertices]
    incoming = [sum(row[v] for row in matrix) for v in vertices]
    hashes = [_md5(str(triple)) for triple in zip(outgoing, incoming, labels, strict=True)]
    for _ in vertices:
        hashes = [
            _md5(
                "".join(sorted(hashes[w] for w in vertices if matrix[w][v]))
                + "|"
                + "".join(sorted(hashes[w] for w in vertices if matrix[v][w]))
                + "|"
                + hashes[v]
            )
            for v in vertices
        ]
    return _md5(str(sorted(hashes)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def whole_space(n: int) -> Work:
    """All networks, or the first of them."""
    space = NB101()
    networks = space.networks()[:n]
    return lambda: NB101().hashes(networks)


ROWS = [
    Row("a hash of nb101", one, "us", limit=messages, peers={"the official algorithm": official}, goal=60),
    Row("hashes of all networks of nb101", whole_space, "s", n=423_624, quick=100, each=False, goal=5),
]
