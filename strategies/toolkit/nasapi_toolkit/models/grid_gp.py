"""A Gaussian process whose length scale and noise are chosen on a grid: exact, quick, with nothing to converge."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.linalg import lapack

from nasapi import options as option
from nasapi_toolkit.models.distances import Distances
from nasapi_toolkit.models.model import Features, Model, Vector

LENGTHS = (0.5, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0)
"""Length scales tried, in units of the median distance of the known architectures."""
NOISES = (1e-3, 1e-2, 5e-2, 2e-1)
"""Variances of the noise tried, in units of the signal's."""
_KERNELS = ("matern", "rbf", "exponential")


@define(eq=False)
class GridGP(Model):
    """A Gaussian process of mean 0 with a Matern-5/2 kernel of the Euclidean distance.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 2.25, 2.26. Length scale and
    noise maximise the marginal likelihood (eq. 5.8) over `LENGTHS` x `NOISES`, the amplitude in closed form.
    """

    kernel: str = option.choice("matern", 'The covariance; "rbf" is the squared exponential.', among=_KERNELS)
    _distances: Distances = field(init=False, factory=Distances)
    _length: float = field(init=False)
    _amplitude: float = field(init=False)
    _basis: NDArray[np.float32] = field(init=False)
    """(n, n): correlations times it are whitened; single precision as is all that predictions are made of."""
    _weights: NDArray[np.float32] = field(init=False)
    """(n,): the whitened targets."""

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Condition on the observations; nothing is drawn."""
        n = len(targets)
        squares = self._distances.learn(np.asarray(features, np.float32)).astype(np.float64)
        above = squares[np.triu_indices(n, 1)]
        unit = float(np.sqrt(np.median(above))) if len(above) else 0.0
        best = -np.inf
        for factor in LENGTHS:
            length = factor * (unit if unit > 0 else 1.0)
            correlation = self._correlation(squares / length**2)
            for noise in NOISES:
                lower, _ = lapack.dpotrf(correlation + noise * np.eye(n), lower=1, overwrite_a=1)
                white, _ = lapack.dtrtrs(lower, targets, lower=1)
                amplitude = max(float(white @ white) / n, 1e-12)  # the least is that of equal targets
                evidence = -0.5 * n * np.log(amplitude) - np.log(lower.diagonal()).sum()  # eq. 5.8
                if evidence > best:
                    best, chosen = evidence, lower
                    self._length, self._amplitude, self._weights = length, amplitude, white.astype(np.float32)
        inverse, _ = lapack.dtrtri(chosen, lower=1)
        self._basis = np.ascontiguousarray(inverse.T, np.float32)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) standard deviations of the values without noise."""
        white = self._correlation(self._distances.to(features) / np.float32(self._length**2)) @ self._basis
        mean = white @ self._weights  # eq. 2.25
        left = 1.0 - np.einsum("mn,mn->m", white, white)  # eq. 2.26
        return mean.astype(np.float64), np.sqrt(self._amplitude * np.maximum(left, 1e-9)).astype(np.float64)

    def _correlation(self, squares: NDArray[np.floating]) -> NDArray[np.floating]:
        """The kernel at squared distances in units of the length scale, with amplitude 1."""
        if self.kernel == "rbf":
            return np.asarray(np.exp(-0.5 * squares))
        distance = np.sqrt(squares)
        if self.kernel == "exponential":
            return np.asarray(np.exp(-distance))
        distance *= np.sqrt(squares.dtype.type(5))
        found: NDArray[np.floating] = np.exp(-distance)
        distance += squares * squares.dtype.type(5 / 3)
        distance += 1
        found *= distance  # eq. 4.17: (1 + r + r^2 / 3) exp(-r) with r = sqrt(5) d / l
        return found
