"""A Gaussian process with given hyperparameters that takes one result after another and predicts one pool often."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.linalg import blas

from nasapi_toolkit.models.factor import Factor
from nasapi_toolkit.models.kernels import correlation, squared_distances
from nasapi_toolkit.models.model import Features, Vector

_COLUMNS = 1024  # of a pool at once, so that what is read of it for one row is still near for the next

_ROWS = 128  # of covariances at once, for the same reason


@define(eq=False)
class IncrementalGP:
    """A process of mean 0 and amplitude 1, conditioned on the architectures that it has observed.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1, with one difference: the
    factor L of the covariances is extended by what is new, and so are the columns L^-1 k of the architectures that were
    asked about last, as long as the same object is asked about. Observed in parts or at once, the process is the same.
    """

    kernel: str
    """One of `KERNELS`."""
    length: float
    """The length scale."""
    noise: float
    """The variance of the noise, in units of the signal's."""
    precision: type[np.floating] = np.float64
    """Of predictions; the factor is in double precision."""
    factor: Factor = field(init=False, factory=Factor)
    """Of the covariances, noise included."""
    rows: NDArray[np.float64] = field(init=False, factory=lambda: np.empty((0, 0)))
    """(n, f): the features of the observed architectures."""
    _pool: Features | None = field(init=False, default=None)
    _points: NDArray[np.floating] = field(init=False)
    """(m, f): the features of the pool in the precision of predictions."""
    _white: NDArray[np.floating] = field(init=False)
    """(at least n, m): L^-1 k, a column for each of the pool."""
    _computed: int = field(init=False, default=0)
    """How many rows of `_white` are computed."""
    _variances: NDArray[np.float64] = field(init=False)
    """(m,): the variances of the pool given the rows that are computed."""

    def observe(self, rows: NDArray[np.float64]) -> None:
        """Condition on more architectures, (k, f)."""
        self.rows = np.concatenate([self.rows, rows]) if self.factor.n else rows
        covariances = self._correlation(squared_distances(rows, self.rows))
        new = np.arange(len(rows))
        covariances[new, len(self.rows) - len(rows) + new] = 1 + self.noise
        self.factor.extend(np.asarray(covariances, np.float64))

    def whitened(self, targets: Vector) -> Vector:
        """(n,): L^-1 `targets`, from which everything follows that depends on results."""
        return self.factor.solve(targets)

    def predict(self, pool: Features, whitened: Vector) -> tuple[Vector, Vector]:
        """(m,) expectations (eq. 2.25) and (m,) variances without noise (eq. 2.26) of a pool (m, f)."""
        if pool is not self._pool:
            self._take(pool)
        n, done = self.factor.n, self._computed
        new = self._covariances(done)
        block = self.factor.block(done).astype(self.precision)
        targets = whitened.astype(self.precision)
        mean = np.zeros(new.shape[1], self.precision)
        for start in range(0, new.shape[1] if done else 0, _COLUMNS):
            columns = slice(start, start + _COLUMNS)
            white = self._white[:done, columns]
            mean[columns] = targets[:done] @ white
            for row, factors in zip(new, block, strict=True):  # row by row, as BLAS is slow with products of a few rows
                row[columns] -= factors[:done] @ white
        self._append(new, block[:, done:])
        mean += targets[done:] @ self._white[done:n]
        return mean.astype(np.float64), np.maximum(self._variances, 1e-9)

    def _take(self, pool: Features) -> None:
        """Begin with another pool."""
        self._pool, self._points = pool, np.ascontiguousarray(pool, self.precision)
        self._white = np.empty((0, len(pool)), self.precision)
        self._variances, self._computed = np.ones(len(pool)), 0

    def _covariances(self, done: int) -> NDArray[np.floating]:
        """(n - done, m): of the architectures observed since, with the pool."""
        rows = self.rows[done:].astype(self.precision)
        found = np.empty((len(rows), len(self._points)), self.precision)
        for start in range(0, len(rows), _ROWS):
            some = slice(start, start + _ROWS)
            found[some] = self._correlation(squared_distances(rows[some], self._points))
        return found

    def _append(self, rows: NDArray[np.floating], corner: NDArray[np.floating]) -> None:
        """Take rows of L^-1 k, (k, m), from which only the new corner of L, (k, k), is missing."""
        solve = blas.strsm if self.precision is np.float32 else blas.dtrsm
        # transposed, for what numpy keeps by rows is what BLAS keeps by columns
        new = solve(1.0, corner.T, rows.T, side=1, lower=0, overwrite_b=1).T
        n, done = self._computed + len(new), self._computed
        if n > len(self._white):
            room = np.empty((n + n // 2, new.shape[1]), self.precision) if done else new
            room[:done] = self._white[:done]
            self._white = room
        if self._white is not new:
            self._white[done:n] = new
        self._variances -= np.einsum("nm,nm->m", new, new)
        self._computed = n

    def _correlation(self, squares: NDArray[np.floating]) -> NDArray[np.floating]:
        return correlation(self.kernel, squares / squares.dtype.type(self.length**2))
