"""The networks of NAS-Bench-Graph's nine data sets, and by a rule without torch how many parameters they have."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_graph.space import OPERATIONS

_SKIP, _GAT, _ARMA = (OPERATIONS.index(name) for name in ("skip", "gat", "arma"))
_TWO = [OPERATIONS.index(name) for name in ("cheb", "sage", "graph")]


@frozen
class Skeleton:
    """What is around the four nodes; found from the published counts, which it explains (see `parameters`)."""

    features: int
    """Features of a node of the data."""
    classes: int
    channels: int
    """Width of the four nodes."""
    before: int = 0
    """Linear layers from the features to the width, 0 or 1."""
    after: int = 1
    """Linear layers from the concatenated last nodes to the width before the classifier, 0 or 1."""


SKELETONS = {
    "cora": Skeleton(1433, 7, 256),
    "citeseer": Skeleton(3703, 6, 256),
    "pubmed": Skeleton(500, 3, 128, after=0),
    "cs": Skeleton(6805, 15, 128, before=1, after=0),
    "physics": Skeleton(8415, 5, 256, before=1, after=0),
    "photo": Skeleton(745, 8, 128, after=0),
    "computers": Skeleton(767, 10, 64, before=1),
    "arxiv": Skeleton(128, 40, 128),
    "proteins": Skeleton(8, 112, 256, before=1),
}
"""By data set, as the benchmark's ids name them."""


def parameters(codes: Codes, skeleton: Skeleton) -> NDArray[np.int64]:
    """(n,): trainable numbers of the networks of canonical codes.

    They equal the published counts of all networks on eight data sets, and of 94 in 100 on Coauthor-Physics, where the
    others are means of runs that cannot have had one size. Four batch norms are counted whatever the nodes do.
    """
    width, n = skeleton.channels, len(codes)
    ops, parents = codes[:, 3:], np.column_stack([np.zeros(n, np.int64), codes[:, :3]])
    raw = np.zeros((n, 5), np.bool_)  # which nodes hand on what comes in, 0 being the input
    raw[:, 0] = True
    last = np.ones((n, 5), np.bool_)
    every = np.arange(n)
    first = width if skeleton.before else skeleton.features
    total = np.full(n, 4 * 2 * width + skeleton.before * (skeleton.features + 1) * width)
    for node in range(4):
        op, parent = ops[:, node], parents[:, node]
        last[every, parent] = False
        raw[:, node + 1] = raw[every, parent] & (op == _SKIP)
        matrix = np.where(raw[every, parent], first, width) * width
        total += np.select(
            [op == _SKIP, op == _GAT, np.isin(op, _TWO), op == _ARMA],
            [0 * matrix, matrix + 3 * width, 2 * matrix + width, 2 * matrix + width**2 + width],
            matrix + width,
        )
    joined = last[:, 1:].sum(axis=1) * width
    if skeleton.after:
        total, joined = total + (joined + 1) * width, np.full(n, width)
    return np.asarray(total + (joined + 1) * skeleton.classes, np.int64)
