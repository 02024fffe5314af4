"""The networks of a table of logs: which runs are of one network, and means over these."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi.tables import Table


@frozen(eq=False)
class Networks:
    """Runs by network; those of one network stand in consecutive rows."""

    cells: Codes
    """(networks, d): the canonical code of each."""
    starts: NDArray[np.int64]
    """(networks,): the first row of each."""
    counts: NDArray[np.int64]
    """(networks,): how many runs each has."""

    @classmethod
    def of(cls, table: Table) -> Self:
        """The networks of a table that `nasapi_nlp.importers.official` wrote."""
        cells = table["cell"].astype(np.int64)
        starts = np.flatnonzero(np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)]))
        return cls(cells[starts], starts, np.diff(np.append(starts, len(cells))))

    def __len__(self) -> int:
        return len(self.starts)

    def means(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(networks, …): the mean over each network's runs, of (runs, …), that are numbers; NaN where none is."""
        there = ~np.isnan(values)
        total = np.add.reduceat(np.where(there, values, 0.0), self.starts, axis=0)
        number = np.add.reduceat(there.astype(np.int64), self.starts, axis=0)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)
