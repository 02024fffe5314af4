"""A Gaussian process whose kernel is fitted by gradient, by scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from nasapi_toolkit.models.extended import ExtendedProcess
from nasapi_toolkit.models.incremental_gp import IncrementalGP
from nasapi_toolkit.models.kernels import squared_distances
from nasapi_toolkit.models.model import Features, Vector


@define(eq=False)
class GaussianProcess(ExtendedProcess):
    """A Matern-5/2 kernel with amplitude, length scale and noise by maximum marginal likelihood (L-BFGS).

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 5.8, 2.25, 2.26. The ascent, from
    the median distance as the first length scale, is made whenever observations have grown by a share of `growth`.
    Beyond `most` observations it learns from a subset of them.
    """

    _amplitude: float = field(init=False)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) deviations, noise included."""
        assert self._process is not None
        mean, left = self._process.predict(features, self._white)
        return mean, np.sqrt(self._amplitude * (left + self._process.noise))

    def _likeliest(self, rows: NDArray[np.float64], targets: Vector) -> IncrementalGP:
        squares = squared_distances(rows, rows[:64])
        positive = squares[squares > 1e-9]  # rounding apart
        unit = float(np.sqrt(np.median(positive))) if len(positive) else 1.0
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(unit, (0.1 * unit, 20 * unit), nu=2.5)  # eq. 4.17
        regressor = GaussianProcessRegressor(kernel + WhiteKernel(1e-2, (1e-5, 1.0)))
        with warnings.catch_warnings():  # a hyperparameter at its bound is no news
            warnings.simplefilter("ignore", ConvergenceWarning)
            regressor.fit(rows, targets)  # maximises eq. 5.8
        found = regressor.kernel_
        self._amplitude = found.k1.k1.constant_value
        return IncrementalGP("matern", found.k1.k2.length_scale, found.k2.noise_level / self._amplitude)
