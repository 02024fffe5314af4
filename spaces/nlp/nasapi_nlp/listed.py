"""The parts of the space that were trained: the networks of a table and no others."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.space import Codes
from nasapi.spaces import ListedSpace
from nasapi_nlp.cells import split
from nasapi_nlp.features import counted
from nasapi_nlp.networks import Networks
from nasapi_nlp.space import NLP
from nasapi_nlp.tables import TABLES, opened

TableFolder = Annotated[
    str | None, option.text(None, "The folder of a table, in place of the one that is fetched or imported.")
]
"""The option of whatever reads a table."""


def listed(cells: Codes, name: str) -> ListedSpace:
    """The space `name` of the networks of `cells`, one canonical code a row, each once.

    Almost none of a random sample of cells is one edit away from another, so neighbours are the networks that are most
    alike, at the least Euclidean distance between the counts of `nasapi_nlp.features.counted`.
    """
    return ListedSpace(NLP(), cells, id=name, features=_counts)


def of_task(task: str, table: TableFolder = None) -> ListedSpace:
    """The space of the networks trained on a text: of the table in the folder `table`, or of the imported one."""
    return listed(Networks.of(opened(task, table)).cells, TABLES[task])


def _counts(codes: Codes) -> NDArray[np.float64]:
    return counted(split(codes, 25))
