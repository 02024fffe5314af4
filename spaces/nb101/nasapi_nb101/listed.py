"""Parts of the space: the networks of one table, the rows they stand in, and a space of nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_nb101.space import NB101


class NetworkRows:
    """The rows of a table by network: called with valid codes it gives (n,) rows, -1 where a network is not listed."""

    def __init__(self, space: NB101, cells: Codes):
        """Index `cells`, one canonical code a row."""
        self._space = space
        keys = space.keys(cells.astype(np.int64))
        self._order = np.argsort(keys)
        self._keys = keys[self._order]

    def __call__(self, codes: Codes) -> NDArray[np.integer[Any]]:
        """(n,): the row of each code's network, by binary search among the keys."""
        keys = self._space.keys(codes)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._order[places], -1)


class ListedNB101(NB101):
    """The part of NAS-Bench-101 whose networks a table lists: all codes of these networks, and no others.

    Sampling, mutation and neighbours keep to it, so a strategy never meets a network without a value.
    """

    def __init__(self, cells: Codes):
        """The space of the networks of `cells`, one canonical code a row."""
        super().__init__()
        self.size = None
        self.identities = {"network": len(cells)}
        self.rows = NetworkRows(self, cells)

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): valid codes of the whole space whose network is listed."""
        good = super().valid(codes)
        good[good] = self.rows(codes[good]) >= 0
        return good
