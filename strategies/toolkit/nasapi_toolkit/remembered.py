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


def keys(rows: NDArray[Any]) -> list[bytes]:
    """(n,): a key for each row of an array, equal where all of its values are."""
    rows = np.ascontiguousarray(rows)
    whole: list[bytes] = rows.view(f"V{rows.shape[1] * rows.itemsize}").ravel().tolist()
    return whole


@define(eq=False)
class Remembered(Generic[Rows]):
    """A function from codes (n, d) to rows (n, e), asked about a code only if it is not remembered.

    Between `most` and twice as many codes are remembered; those that were met last stay.
    """

    function: Callable[[Codes], Rows]
    """What is remembered: the row of a code must depend on that code alone, and have at least one value."""
    most: int = 2**15
    """After so many codes those are forgotten that were not met among them."""
    _recent: dict[bytes, bytes] = field(init=False, factory=dict)
    _older: dict[bytes, bytes] = field(init=False, factory=dict)
    _empty: Rows | None = field(init=False, default=None)
    """(0, e): what the function gives for no code, once it was asked."""

    def __call__(self, codes: Codes) -> Rows:
        """(n, e): the function's values."""
        codes = np.asarray(codes, np.int64)
        names = keys(codes)
        found = list(map(self._recent.get, names))
        missing = {name: row for row, (name, value) in enumerate(zip(names, found, strict=True)) if value is None}
        if missing or self._empty is None:
            self._ask(codes, missing)
            found = list(map(self._recent.get, names))
        assert self._empty is not None
        rows = np.frombuffer(bytearray().join(found), self._empty.dtype)  # type: ignore[arg-type]
        if len(self._recent) > self.most:
            self._older, self._recent = self._recent, {}
        return cast("Rows", rows.reshape(len(codes), self._empty.shape[1]))

    def _ask(self, codes: Codes, missing: dict[bytes, int]) -> None:
        """Remember what is missing, given in which row each code is."""
        old = {name: self._older[name] for name in missing if name in self._older}
        new = [name for name in missing if name not in old]
        if new or self._empty is None:
            values = self.function(codes[[missing[name] for name in new]])
            self._recent.update(zip(new, keys(values), strict=True))
            self._empty = cast("Rows", values[:0])
        self._recent.update(old)
