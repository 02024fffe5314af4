"""A Gaussian process whose kernel is fitted by gradient, by scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from nasapi import options as option
from nasapi_toolkit.models.kernels import squared_distances
from nasapi_toolkit.models.model import Features, Model, Vector
from nasapi_toolkit.models.process import Process


@define(eq=False)
class GaussianProcess(Model):
    """A Matern-5/2 kernel with amplitude, length scale and noise by maximum marginal likelihood (L-BFGS).

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 5.8, 2.25, 2.26. All three are
    kept while the observations are those of the last ascent and at most a share of `growth` more, with which the
    process is extended.
    """

    growth: float = option.number(
        0.25, "The share by which observations grow before the kernel is fitted again; 0 is at every fit.", least=0
    )
    _fitted: int = field(init=False, default=0)
    """To how many observations the kernel was fitted."""
    _process: Process | None = field(init=False, default=None)
    _amplitude: float = field(init=False)
    _white: Vector = field(init=False)
    """(n,): the whitened targets."""

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Fit from the median distance as the first length scale, or extend the last fit; nothing is drawn."""
        rows, process = np.asarray(features, np.float64), self._process
        if process is None or len(rows) >= (1 + self.growth) * self._fitted or not process.grown_to(rows):
            self._amplitude, length, noise = _likeliest(rows, targets)
            self._process = process = Process("matern", length, noise / self._amplitude)
            self._fitted = len(rows)
            process.observe(rows)
        self._white = process.whitened(targets)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) deviations, noise included."""
        assert self._process is not None
        mean, left = self._process.predict(features, self._white)
        return mean, np.sqrt(self._amplitude * (left + self._process.noise))


def _likeliest(rows: NDArray[np.float64], targets: Vector) -> tuple[float, float, float]:
    """Amplitude, length scale and variance of the noise that maximise eq. 5.8."""
    squares = squared_distances(rows, rows[:64].T)
    positive = squares[squares > 1e-9]  # rounding apart
    unit = float(np.sqrt(np.median(positive))) if len(positive) else 1.0
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(unit, (0.1 * unit, 20 * unit), nu=2.5)  # eq. 4.17
    regressor = GaussianProcessRegressor(kernel + WhiteKernel(1e-2, (1e-5, 1.0)))
    with warnings.catch_warnings():  # a hyperparameter at its bound is no news
        warnings.simplefilter("ignore", ConvergenceWarning)
        regressor.fit(rows, targets)
    found = regressor.kernel_
    return found.k1.k1.constant_value, found.k1.k2.length_scale, found.k2.noise_level
