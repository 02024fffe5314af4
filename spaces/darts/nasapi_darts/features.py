"""Codes in the terms of NAS-Bench-301's configuration space, which its surrogates take as features."""

from __future__ import annotations

import numpy as np

from nasapi.space import Codes
from nasapi_darts.cells import Ints, split

NODES = 4
"""Intermediate nodes of a cell for which surrogates exist."""
EDGES = NODES * (NODES + 3) // 2
"""Possible edges of a cell, counted by node and then by input: 14."""


def edges(codes: Codes) -> Ints:
    """(n, 2, 14): the operation on every possible edge of both cells, -1 where there is no edge."""
    sources, operations = split(codes, NODES)
    found = np.full((len(codes), 2, EDGES), -1)
    nodes = np.arange(NODES)[:, None]
    every, cell = np.arange(len(codes))[:, None, None, None], np.arange(2)[:, None, None]
    found[every, cell, nodes * (nodes + 3) // 2 + sources] = operations
    return found


def inputs(codes: Codes) -> Ints:
    """(n, 2, 3): the pair of inputs of nodes 3, 4 and 5 of both cells, counted lexicographically."""
    return np.asarray(codes, np.int64).reshape(len(codes), 2, 3 * NODES - 1)[:, :, 2 * NODES :]
