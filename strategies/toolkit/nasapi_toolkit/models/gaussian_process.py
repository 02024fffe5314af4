"""scikit-learn's Gaussian process, its kernel fitted by gradient."""

from __future__ import annotations

import warnings

import numpy as np
from attrs import define, field
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from nasapi_toolkit.models.model import Features, Model, Vector


@define(eq=False)
class GaussianProcess(Model):
    """A Matern-5/2 kernel with amplitude, length scale and noise by maximum marginal likelihood (L-BFGS).

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 5.8, 2.25, 2.26.
    """

    _regressor: GaussianProcessRegressor = field(init=False)

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Fit from the median distance as the first length scale; nothing is drawn."""
        observed = np.asarray(features, np.float64)
        squares = ((observed[:, None, :] - observed[None, : min(len(observed), 64)]) ** 2).sum(axis=2)
        positive = squares[squares > 0]
        unit = float(np.sqrt(np.median(positive))) if len(positive) else 1.0
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(unit, (0.1 * unit, 20 * unit), nu=2.5)  # eq. 4.17
        self._regressor = GaussianProcessRegressor(kernel + WhiteKernel(1e-2, (1e-5, 1.0)))
        with warnings.catch_warnings():  # a hyperparameter at its bound is no news
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._regressor.fit(observed, targets)  # maximises eq. 5.8

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) deviations, noise included."""
        with warnings.catch_warnings():  # variances that rounding made negative are set to 0
            warnings.simplefilter("ignore", UserWarning)
            mean, spread = self._regressor.predict(np.asarray(features, np.float64), return_std=True)  # 2.25, 2.26
        return mean, spread
