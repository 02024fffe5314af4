"""The Cholesky factor of a matrix that grows: new rows are appended to it, and nothing is factored twice."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.linalg import lapack

Matrix = NDArray[np.float64]
"""(n, m)"""

JITTER = 1e-10
"""What is added to the diagonal where rounding has left new rows without a factor, ten times as much each time."""


@define(eq=False)
class Factor:
    """The lower triangle L of L L^T = A, a symmetric positive definite matrix whose rows come one after the other."""

    n: int = field(init=False, default=0)
    """Rows of the matrix so far."""
    _room: Matrix = field(init=False, factory=lambda: np.zeros((0, 0)))
    """(r, r) with r at least n, by rows; what is above the diagonal or beyond n has no meaning."""

    @property
    def lower(self) -> Matrix:
        """(n, n): the factor, with zeros above the diagonal; a copy."""
        return np.tril(self._room[: self.n, : self.n])

    def block(self, first: int) -> Matrix:
        """(n - first, n): the rows from `first` on, not to be changed; what is above the diagonal has no meaning."""
        return self._room[first : self.n, : self.n]

    def extend(self, rows: Matrix) -> None:
        """Take rows n, n + 1, … of the matrix, (k, n + k): their first n columns, then those among themselves.

        Golub & Van Loan, "Matrix computations", 2013, section 4.2.9: a block of L is solved for, what is left of the
        new corner factored. Where rounding made that indefinite, as for repeated rows, its diagonal is raised.
        """
        k, n = len(rows), self.n
        self._make_room(n + k)
        across = self.solve(rows[:, :n].T).T
        corner = rows[:, n:] - across @ across.T
        jitter = 0.0
        lower, failed = lapack.dpotrf(corner, lower=1)
        while failed:
            jitter = max(10 * jitter, JITTER)
            lower, failed = lapack.dpotrf(corner + jitter * np.eye(k), lower=1)
        self._room[n : n + k, :n] = across
        self._room[n : n + k, n : n + k] = lower
        self.n = n + k

    def solve(self, right: Matrix) -> Matrix:
        """L^-1 `right`, of shape (n,) or (n, m)."""
        if not self.n:
            return np.array(right)
        # the buffer's rows are LAPACK's columns, so that a longer buffer is a leading dimension and nothing is copied
        solved, _ = lapack.dtrtrs(self._room[: self.n].T, right, lower=0, trans=1)
        return np.asarray(solved)

    def _make_room(self, n: int) -> None:
        """A buffer for at least n rows, half as many again as were there."""
        if n <= len(self._room):
            return
        size = max(n, self.n + self.n // 2)
        room = np.zeros((size, size))
        room[: self.n, : self.n] = self._room[: self.n, : self.n]
        self._room = room
