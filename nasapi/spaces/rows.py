"""Where codes stand in a list of codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes


class Rows:
    """Where codes stand in a list, found by binary search among their bytes."""

    def __init__(self, codes: Codes):
        keys = _keys(codes)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]
        same = np.flatnonzero(self._keys[1:] == self._keys[:-1])
        self.twice = int(self._order[same[0] + 1]) if same.size else None
        """A row that stands in the list before as well; None where there is none."""

    def of(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the row of each code, -1 where there is none."""
        if not len(self._keys) or not len(codes):
            return np.full(len(codes), -1)
        wanted = _keys(codes)
        places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[places] == wanted, self._order[places], -1)


def _keys(codes: Codes) -> NDArray[np.void]:
    """(n,): the genes of each row as bytes that sort as the rows do; a negative gene matches none."""
    wide = np.ascontiguousarray(np.asarray(codes, np.int64).astype(">i8"))
    return wide.view(f"V{8 * wide.shape[1]}").ravel() if wide.size else np.empty(len(wide), "V8")
