"""A Gaussian process whose length scale and noise are chosen on a grid: exact, quick, with nothing to converge."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.linalg import eigh

from nasapi.errors import InvalidOption
from nasapi_surrogate.models import Features, Model, Vector

LENGTHS = (0.5, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0)
"""Length scales tried, in units of the median distance of the known architectures."""
NOISES = (1e-3, 1e-2, 5e-2, 2e-1)
"""Variances of the noise tried, in units of the signal's."""
_KERNELS = ("matern", "rbf", "exponential")


@define(eq=False)
class GridGP(Model):
    """A Gaussian process of mean 0 with a Matern-5/2 kernel of the Euclidean distance.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 2.25, 2.26. Length scale and
    noise maximise the marginal likelihood (eq. 5.8) over `LENGTHS` x `NOISES`, the amplitude in closed form. One
    eigendecomposition K = V diag(w) V' serves all noises of a length scale: K + s I has eigenvalues w + s.
    """

    kernel: str = field(default="matern", kw_only=True)
    _known: Features = field(init=False)
    _rows: Features | None = field(init=False, default=None)
    """What was predicted for last; its squared lengths, and distances to what was known, are kept."""
    _lengths: NDArray[np.float32] = field(init=False)
    _squares: NDArray[np.float32] = field(init=False)
    _length: float = field(init=False)
    _basis: NDArray[np.float32] = field(init=False)
    """V diag(w + s)^-1/2: the whitened basis, single precision as is all that predictions are made of."""
    _weights: NDArray[np.float32] = field(init=False)
    _amplitude: float = field(init=False)

    @kernel.validator
    def _is_known(self, _: object, kernel: str) -> None:
        if kernel not in _KERNELS:
            raise InvalidOption(f"`kernel` of grid-gp is one of {', '.join(_KERNELS)}, not {kernel!r}.")

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Condition on what is known; nothing is drawn."""
        old = len(self._known) if self._rows is not None else 0
        known = np.asarray(features, np.float32)
        if not (old and np.array_equal(known[:old], self._known)):
            self._rows = None
        self._known = known
        lengths = _square_lengths(known)
        squares = _squares(known, lengths, known).astype(np.float64)
        np.fill_diagonal(squares, 0.0)
        above = squares[np.triu_indices(len(squares), 1)]
        unit = float(np.sqrt(np.median(above))) if len(above) else 0.0
        noises = np.array(NOISES)
        best = -np.inf
        for factor in LENGTHS:
            length = factor * (unit if unit > 0 else 1.0)
            values, vectors = eigh(self._correlation(squares / length**2), driver="evd")
            spectrum = np.maximum(values, 0.0)[:, None] + noises  # (n, noises)
            projected = vectors.T @ targets
            amplitude = (projected[:, None] ** 2 / spectrum).mean(axis=0)
            amplitude = np.maximum(amplitude, 1e-12)  # of equal targets
            evidence = -0.5 * len(targets) * np.log(amplitude) - 0.5 * np.log(spectrum).sum(axis=0)  # eq. 5.8
            at = int(evidence.argmax())
            if evidence[at] > best:
                best = float(evidence[at])
                scale = 1.0 / np.sqrt(spectrum[:, at])
                self._length, self._amplitude = length, float(amplitude[at])
                self._basis = (vectors * scale).astype(np.float32)
                self._weights = (scale * projected).astype(np.float32)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) standard deviations of the values without noise."""
        white = self._correlation(self._distances(features) / np.float32(self._length**2)) @ self._basis
        mean = white @ self._weights  # eq. 2.25
        left = 1.0 - np.einsum("mn,mn->m", white, white)  # eq. 2.26
        return mean.astype(np.float64), np.sqrt(self._amplitude * np.maximum(left, 1e-9)).astype(np.float64)

    def _distances(self, features: Features) -> NDArray[np.float32]:
        """(m, n): squared distances to what is known; for the object of the last call only to what is new."""
        rows = np.asarray(features, np.float32)
        if features is self._rows:
            new = _squares(rows, self._lengths, self._known[self._squares.shape[1] :])
            self._squares = np.concatenate([self._squares, new], axis=1)
        else:
            self._rows, self._lengths = features, _square_lengths(rows)
            self._squares = _squares(rows, self._lengths, self._known)
        return self._squares

    def _correlation(self, squares: NDArray[np.floating]) -> NDArray[np.floating]:
        """The kernel at squared distances in units of the length scale, with amplitude 1."""
        if self.kernel == "rbf":
            return np.exp(-0.5 * squares)
        distance = np.sqrt(squares)
        if self.kernel == "exponential":
            return np.exp(-distance)
        distance *= np.sqrt(squares.dtype.type(5))
        found = np.exp(-distance)
        distance += squares * squares.dtype.type(5 / 3)
        distance += 1
        found *= distance  # eq. 4.17: (1 + r + r^2 / 3) exp(-r) with r = sqrt(5) d / l
        return found


def _square_lengths(a: Features) -> NDArray[np.float32]:
    return np.asarray(np.einsum("nf,nf->n", a, a))


def _squares(a: Features, lengths: NDArray[np.float32], b: Features) -> NDArray[np.float32]:
    """(n, m): squared Euclidean distances of rows `a`, whose squared lengths are known, from rows `b`."""
    squares = a @ (-2 * b.T)
    squares += lengths[:, None]
    squares += _square_lengths(b)
    return np.maximum(squares, 0, out=squares)
