"""The part of the space that was trained: the architectures of a list and no others."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.space import Codes
from nasapi.spaces import ListedSpace
from nasapi_darts.cells import CELLS, OPERATIONS, split
from nasapi_darts.space import DARTS
from nasapi_darts.tables import TRAINED, opened

TableFolder = Annotated[
    str | None, option.text(None, "The folder of a table, in place of the one that is fetched or imported.")
]
"""The option of whatever reads a table."""


def listed(codes: Codes) -> ListedSpace:
    """The space `darts-trained` of `codes`, each once.

    A list of some hundred among 1.08e18 has next to no two that are one change apart, so neighbours are the nearest:
    those that share most edges.
    """
    return ListedSpace(DARTS(), codes, id=TRAINED, features=edges)


def darts_trained(table: TableFolder = None) -> ListedSpace:
    """The space of the trained cells in the folder `table`, or of the table `darts-trained`."""
    return listed(opened(table, TRAINED)["cell"])


def edges(codes: Codes) -> NDArray[np.float32]:
    """(n, f): a bit for each edge that an architecture can have, by cell, node, input and operation."""
    nodes = (codes.shape[1] // len(CELLS) + 1) // 3
    sources, operations = split(codes, nodes)
    bits = np.zeros((len(codes), len(CELLS), nodes, nodes + 1, len(OPERATIONS)), np.float32)
    rows, cells, places, _ = np.indices(sources.shape)
    bits[rows, cells, places, sources, operations] = 1
    return bits.reshape(len(codes), -1)
