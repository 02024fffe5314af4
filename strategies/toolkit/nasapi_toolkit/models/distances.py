"""Squared distances between the observations and what is asked about, kept from fit to fit."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi_toolkit.models.model import Features

Squares = NDArray[np.float32]
"""(m, n): squared Euclidean distances."""


@define(eq=False)
class Distances:
    """Remembers the rows asked about last: for the same object, only distances to what became known since are new.

    That is what makes it cheap to score a whole space again and again.
    """

    _observations: Features = field(init=False)
    _rows: Features | None = field(init=False, default=None)
    _lengths: NDArray[np.float32] = field(init=False)
    _squares: Squares = field(init=False)

    def learn(self, observations: Features) -> Squares:
        """Take the observations, (n, f) in single precision; gives their distances, (n, n), zeros on the diagonal."""
        if self._rows is not None:
            old = self._squares.shape[1]
            if not np.array_equal(observations[:old], self._observations[:old]):
                self._rows = None
        self._observations = observations
        squares = _squares(observations, _lengths(observations), observations)
        np.fill_diagonal(squares, 0.0)
        return squares

    def to(self, rows: Features) -> Squares:
        """(m, n): distances of `rows` (m, f) from the observations."""
        if rows is not self._rows:
            self._rows, self._lengths = rows, _lengths(np.asarray(rows, np.float32))
            self._squares = np.empty((len(rows), 0), np.float32)
        new = self._observations[self._squares.shape[1] :]
        if len(new):
            added = _squares(np.asarray(rows, np.float32), self._lengths, new)
            self._squares = np.concatenate([self._squares, added], axis=1)
        return self._squares


def _lengths(a: Features) -> NDArray[np.float32]:
    return np.asarray(np.einsum("nf,nf->n", a, a))


def _squares(a: Features, lengths: NDArray[np.float32], b: Features) -> Squares:
    """(n, m): squared distances of rows `a`, whose squared lengths are known, from rows `b`."""
    squares = a @ (-2 * b.T)
    squares += lengths[:, None]
    squares += _lengths(b)
    return np.maximum(squares, 0, out=squares)
