"""A Gaussian process whose length scale and noise are chosen on a grid: quick, with nothing to converge."""

from __future__ import annotations

import numpy as np
from attrs import define
from numpy.typing import NDArray
from scipy.linalg import lapack

from nasapi import options as option
from nasapi_toolkit.models.extended import ExtendedProcess
from nasapi_toolkit.models.incremental_gp import IncrementalGP
from nasapi_toolkit.models.kernels import KERNELS, correlation, squared_distances
from nasapi_toolkit.models.model import Features, Vector

LENGTHS = (0.5, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0)
"""Length scales tried, in units of the median distance of the observed architectures."""
NOISES = (1e-3, 1e-2, 5e-2, 2e-1)
"""Variances of the noise tried, in units of the signal's."""


@define(eq=False)
class GridGP(ExtendedProcess):
    """A Gaussian process of mean 0 with a Matern-5/2 kernel of the Euclidean distance.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 2.25, 2.26. Length scale and
    noise maximise the marginal likelihood (eq. 5.8) over `LENGTHS` x `NOISES` whenever observations have grown by a
    share of `growth`; the amplitude is in closed form that of each fit's own targets. Beyond `most` observations it
    learns from a subset of them.
    """

    kernel: str = option.choice("matern", 'The covariance; "rbf" is the squared exponential.', among=KERNELS)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) standard deviations of the values without noise, in single precision."""
        assert self._process is not None
        mean, left = self._process.predict(features, self._white)
        return mean, np.sqrt(_amplitude(self._white) * left)

    def _likeliest(self, rows: NDArray[np.float64], targets: Vector) -> IncrementalGP:
        n = len(rows)
        squares = squared_distances(rows, rows)
        np.fill_diagonal(squares, 0.0)
        above = squares[np.triu_indices(n, 1)]
        unit = float(np.sqrt(np.median(above))) if len(above) else 0.0
        best, chosen = -np.inf, (1.0, NOISES[0])
        for factor in LENGTHS:
            length = factor * (unit if unit > 0 else 1.0)
            covariances = correlation(self.kernel, squares / length**2)
            for noise in NOISES:
                lower, _ = lapack.dpotrf(covariances + noise * np.eye(n), lower=1, overwrite_a=1)
                white, _ = lapack.dtrtrs(lower, targets, lower=1)
                evidence = -0.5 * n * np.log(_amplitude(white)) - np.log(lower.diagonal()).sum()  # eq. 5.8
                if evidence > best:
                    best, chosen = evidence, (length, noise)
        return IncrementalGP(self.kernel, *chosen, np.float32)


def _amplitude(white: Vector) -> float:
    """The likeliest amplitude given whitened targets; the least is that of equal targets."""
    return max(float(white @ white) / len(white), 1e-12)
