"""The surrogate of the default: a Gaussian process on the operations and edges in which architectures differ."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.linalg import eigh

from nasapi_agnet.surrogate import Matrix, Surrogate

_LENGTHS = (0.35, 0.5, 0.7, 1.0, 1.4)  # length scales tried, in units of the data's root mean squared distance
_NOISES = np.geomspace(1e-4, 1.0, 9)  # noise variances tried, in units of the signal's


@define
class _Posterior:
    """The process given one column of targets."""

    length: float
    basis: Matrix
    eigenvalues: NDArray[np.float64]
    projected: NDArray[np.float64]
    amplitude: float


@define(eq=False)
class GaussianProcess(Surrogate):
    """exp(-|a - b|^2 / 2 l^2) with noise; l, noise and amplitude maximise the marginal likelihood over a grid.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 2.25, 2.26 and 5.8. One
    eigendecomposition a length scale serves all noises and all columns of targets.
    """

    _known: Matrix = field(init=False)
    _columns: list[_Posterior] = field(init=False, factory=list)

    def fit(self, features: Matrix, targets: Matrix, rng: np.random.Generator) -> None:
        """Condition on `features` (n, f) and standardised `targets` (n, t); nothing is drawn."""
        self._known = np.asarray(features, np.float64)
        squares = _squared_distances(self._known, self._known)
        unit = float(np.sqrt(max(squares.mean(), 1e-12)))
        best: list[tuple[float, _Posterior | None]] = [(np.inf, None)] * targets.shape[1]
        for factor in _LENGTHS:
            length = factor * unit
            eigenvalues, basis = eigh(np.exp(-squares / (2 * length**2)))
            eigenvalues = np.maximum(eigenvalues, 0.0)
            projected = basis.T @ targets
            spectrum = eigenvalues[:, None] + _NOISES  # (n, noises)
            for column in range(targets.shape[1]):
                energy = (projected[:, column, None] ** 2 / spectrum).mean(axis=0) + 1e-9
                evidence = 0.5 * len(squares) * np.log(energy) + 0.5 * np.log(spectrum).sum(axis=0)  # eq. 5.8
                at = int(evidence.argmin())
                if evidence[at] < best[column][0]:
                    noisy = spectrum[:, at]
                    found = _Posterior(length, basis, noisy, projected[:, column] / noisy, float(energy[at]))
                    best[column] = (float(evidence[at]), found)
        self._columns = [found for _, found in best if found is not None]

    def predict(self, features: Matrix) -> tuple[Matrix, Matrix]:
        """(m, t) means and standard deviations of the values without noise."""
        squares = _squared_distances(np.asarray(features, np.float64), self._known)
        means, spreads = [], []
        for column in self._columns:
            cross = np.exp(-squares / (2 * column.length**2)) @ column.basis
            means.append(cross @ column.projected)  # eq. 2.25
            left = 1.0 - (cross**2 / column.eigenvalues).sum(axis=1)  # eq. 2.26
            spreads.append(np.sqrt(column.amplitude * np.maximum(left, 1e-9)))
        return np.column_stack(means), np.column_stack(spreads)


def _squared_distances(a: Matrix, b: Matrix) -> Matrix:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.maximum(squares, 0.0))
