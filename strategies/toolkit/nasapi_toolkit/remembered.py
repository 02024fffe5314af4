"""Functions of codes whose values are remembered, because pools propose much of what they proposed before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import Codes

Rows = TypeVar("Rows", bound=NDArray[Any])
"""(n, e): one row a code."""

_BYTES = 2**25  # of rows, after which as after `most`


def keys(rows: NDArray[Any]) -> list[bytes]:
    """(n,): a key for each row of an array, equal where all of its values are."""
    rows = np.ascontiguousarray(rows)
    whole: list[bytes] = rows.view(f"V{rows.shape[1] * rows.itemsize}").ravel().tolist()
    return whole


@define(eq=False)
class Remembered(Generic[Rows]):
    """A function from codes (n, d) to rows (n, e), asked about a code only if it is not remembered.

    Between `most` and twice as many codes are remembered, or fewer where their rows are long; those that were met last
    stay.
    """

    function: Callable[[Codes], Rows]
    """What is remembered: the row of a code must depend on that code alone, and have at least one value."""
    most: int = 2**15
    """After so many codes those are forgotten that were not met among them."""
    _recent: _Table[Rows] = field(init=False, factory=lambda: _Table())
    _older: _Table[Rows] = field(init=False, factory=lambda: _Table())

    def __call__(self, codes: Codes) -> Rows:
        """(n, e): the function's values."""
        codes = np.asarray(codes, np.int64)
        names = keys(codes)
        missing = {name: row for row, name in enumerate(names) if name not in self._recent.places}
        old = [name for name in missing if name in self._older.places]
        if old:
            self._recent.add(old, self._older.of(old))
        new = [name for name in missing if name not in self._recent.places]
        if new or not self._recent.places:
            self._recent.add(new, self.function(codes[[missing[name] for name in new]]))
        found = self._recent.of(names)
        if len(self._recent.places) > min(self.most, _BYTES // max(found[:1].nbytes, 1)):
            self._older, self._recent = self._recent, self._older
            self._recent.places.clear()  # and not its memory, which costs time to get
        return found


@define(eq=False)
class _Table(Generic[Rows]):
    """Rows by name."""

    places: dict[bytes, int] = field(init=False, factory=dict)
    _rows: Rows | None = field(init=False, default=None)
    """(at least as many as there are places, e)"""

    def of(self, names: list[bytes]) -> Rows:
        """(n, e): the rows of names that are there."""
        assert self._rows is not None
        return cast("Rows", self._rows[list(map(self.places.__getitem__, names))])

    def add(self, names: list[bytes], rows: Rows) -> None:
        """Take rows of names that are not there."""
        n = len(self.places)
        if self._rows is None or n + len(names) > len(self._rows):
            room = np.empty((n + len(names) + n // 2, rows.shape[1]), rows.dtype)
            if self._rows is not None:
                room[:n] = self._rows[:n]
            self._rows = cast("Rows", room)
        self._rows[n : n + len(names)] = rows
        self.places.update(zip(names, range(n, n + len(names)), strict=True))
