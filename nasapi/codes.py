"""Codes as arguments: integers of the right shape, every gene in its range, or a sentence that says which is not."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi.argument_checks import ChecksArguments, array_of, read_only, require_generator
from nasapi.errors import InvalidArchitecture
from nasapi.safety.whole_numbers import whole

Code = NDArray[np.integer[Any]]
"""(d,): one architecture."""
Codes = NDArray[np.integer[Any]]
"""(n, d): one architecture a row."""

_INT64 = np.dtype(np.int64)
FEW = 24
"""Up to how many genes Python compares one code quicker than numpy."""


class Coded(ChecksArguments):
    """What has codes: gene j takes the values 0 .. cardinalities[j] - 1."""

    id: str
    cardinalities: tuple[int, ...]
    numbered: int | None = None

    @property
    def _d(self) -> int:
        return len(self.cardinalities)

    def _shaped(self, codes: ArrayLike) -> Codes:
        """The codes as an (n, d) integer array, whatever their values; raises InvalidArchitecture otherwise."""
        if type(codes) is np.ndarray and codes.dtype is _INT64 and codes.ndim == 2 and codes.shape[1] == self._d:
            return codes
        array = self._no_text(codes, f"{self.id} takes codes of shape (n, {self._d})")
        if array.ndim != 2 or array.shape[1] != self._d:
            raise InvalidArchitecture(
                f"{self.id} takes codes of shape (n, {self._d}), not {array.shape}; give one code as code[None]."
            )
        if not len(array):  # numpy calls what is empty float64
            return np.empty((0, self._d), np.int64)
        if array.dtype.kind not in "iu":
            raise InvalidArchitecture(f"{self.id} takes integer codes, not {array.dtype}.")
        return array

    def _no_text(self, given: ArrayLike, wanted: str) -> NDArray[Any]:
        array = array_of(given, wanted)
        if array.dtype.kind == "U":
            raise InvalidArchitecture(f"{wanted}, not text, {given!r:.60}; the space's `parse` gives the code.")
        return array

    def _outside(self, codes: Codes) -> NDArray[np.bool_]:
        """(n, d): which genes are out of their range."""
        cardinalities = tuple(self.cardinalities)
        if codes.dtype.kind == "i" and codes.dtype.isnative:  # where a negative number is a huge one
            limits = _limits(cardinalities, codes.itemsize)
            return np.asarray(codes.view(limits.dtype) >= limits)
        return np.asarray((codes < 0) | (codes >= _limits(cardinalities)))

    def _inside(self, genes: list[int]) -> bool:
        """Whether one code has every gene in its range."""
        return min(genes) >= 0 and all(map(operator.lt, genes, self.cardinalities))

    def _demand_inside(self, codes: Codes) -> None:
        """Raise InvalidArchitecture that names the first gene out of its range, if there is one."""
        outside = self._outside(codes)
        if np.count_nonzero(outside):
            row, gene = np.argwhere(outside)[0].tolist()
            raise InvalidArchitecture(
                f"Row {row} is no architecture of {self.id}: gene {gene} is {codes[row, gene]}, "
                f"but takes 0 to {self.cardinalities[gene] - 1}."
            )

    def admitted(self, codes: ArrayLike) -> Codes:
        """(n, d): the codes, if every gene is in its range; the check of every method, cheaper than `require`.

        Raises InvalidArchitecture as `require` does, but knows none of the space's further rules.
        """
        if type(codes) is np.ndarray and codes.dtype is _INT64 and codes.ndim == 2:
            cardinalities = self.cardinalities
            d = len(cardinalities)
            if codes.shape == (1, d) and d <= FEW and self._inside(codes.tolist()[0]):
                return codes  # a strategy's every step
            limits = _limits(tuple(cardinalities))
            if codes.shape[1] == d and not np.count_nonzero(codes.view(np.uint64) >= limits):
                return codes  # what nearly every call comes to, in one comparison
        array = self._shaped(codes)
        self._demand_inside(array)
        return array if array.dtype.itemsize < 8 or array.dtype is _INT64 else array.astype(np.int64)

    def _admitted_one(self, code: ArrayLike) -> Code:
        """(d,): one code, with every gene in its range."""
        array = self._no_text(code, f"{self.id} takes one code of shape ({self._d},)")
        if array.shape != (self._d,):
            raise InvalidArchitecture(f"{self.id} takes one code of shape ({self._d},) here, not {array.shape}.")
        return np.asarray(self.admitted(array[None])[0])

    def _numbers_inside(self, indices: ArrayLike) -> NDArray[np.int64]:
        """(n,): official numbers, each from 0 to below `numbered`."""
        wanted = f"Official numbers of {self.id} are a list of whole numbers"
        array = array_of(indices, wanted)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and len(array)):
            raise InvalidArchitecture(f"{wanted}, not {indices!r:.80}.")
        if self.numbered is not None and len(outside := array[(array < 0) | (array >= self.numbered)]):
            raise InvalidArchitecture(
                f"{self.id} has no architecture {outside[0]}; its official numbers are 0 to {self.numbered - 1}."
            )
        return array.astype(np.int64)

    def _text(self, text: Any) -> Any:
        """The text to parse, without blanks around it; a named tuple, such as a Genotype object, is left to `parse`."""
        text = _printed(text) if isinstance(text, Mapping) else text
        if isinstance(text, str):
            return text.strip()
        if hasattr(text, "_fields"):
            return text
        raise InvalidArchitecture(
            f"{self.id} parses text, not {text!r:.80}; `read` takes numbers, lists and tuples of a notation too."
        )

    def _text_of(self, given: Any) -> Any:
        """The text to read; of a number, list, tuple, array or dictionary what Python prints of it."""
        return self._text(_printed(given))

    _checks = {
        "codes": admitted,
        "a": admitted,
        "b": admitted,
        "code": _admitted_one,
        "indices": _numbers_inside,
        "rng": require_generator,
        "parse.text": _text,
        "read.text": _text_of,
        "valid.codes": _shaped,
        "require.codes": None,
        "admitted.codes": None,
        "sample.n": lambda self, n: whole(n, wanted="A sample has a whole number of codes"),
        "enumerate.batch": lambda self, batch: whole(
            batch, 1, wanted="A batch has a whole number of codes, at least 1"
        ),
    }


@functools.lru_cache(maxsize=64)
def _limits(cardinalities: tuple[int, ...], size: int = 8) -> NDArray[np.unsignedinteger[Any]]:
    """(d,): what each gene stays below, in so many bytes; the first negative number where these hold no more."""
    return read_only(np.minimum(np.array(cardinalities, np.uint64), 1 << 8 * size - 1).astype(f"u{size}"))


def _printed(given: Any) -> Any:
    """What Python prints of a number, an array, a list, tuple or dictionary; anything else as it is."""
    if isinstance(given, (np.ndarray, np.integer)):
        given = given.tolist()
    if isinstance(given, Mapping):
        given = dict(given)
    plain = (
        isinstance(given, (int, list, tuple, dict)) and not isinstance(given, bool) and not hasattr(given, "_fields")
    )
    return str(given) if plain else given
