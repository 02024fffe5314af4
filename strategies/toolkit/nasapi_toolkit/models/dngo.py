"""DNGO: a small network whose last layer is Bayesian linear regression."""

from __future__ import annotations

import warnings

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import BayesianRidge
from sklearn.neural_network import MLPRegressor

from nasapi import options as option
from nasapi_toolkit.models.model import Features, Model, Vector


@define(eq=False)
class DNGO(Model):
    """Hidden layers with tanh, trained by squared error; then a Bayesian linear regression on the last one.

    Snoek et al., "Scalable Bayesian optimization using deep neural networks", ICML 2015, section 3: 3 layers of 50
    units. Adam with step 0.01, 100 epochs in batches of 10; the precisions maximise the marginal likelihood
    (BayesianRidge) rather than being sampled.
    """

    joint = True

    layers: int = option.count(3, "How many hidden layers there are.")
    width: int = option.count(50, "Units of each hidden layer, and so terms of the regression.")
    epochs: int = option.count(100, "Passes over the observations; all are made.")
    _network: MLPRegressor = field(init=False)
    _last: BayesianRidge = field(init=False)

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Train the network, seeded by a draw of `rng`, then the regression on its last hidden layer."""
        self._network = MLPRegressor(
            hidden_layer_sizes=(self.width,) * self.layers,
            activation="tanh",
            learning_rate_init=0.01,
            batch_size=min(10, len(features)),
            max_iter=self.epochs,
            tol=0.0,
            n_iter_no_change=self.epochs + 1,
            random_state=int(rng.integers(2**31)),
        )
        self._last = BayesianRidge()
        with warnings.catch_warnings():  # so many epochs and no more is what is wanted
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._network.fit(np.asarray(features, np.float64), targets)
        if len(targets) > 1:
            self._last.fit(self._basis(features), targets)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) deviations, noise included; 0 and 1 where a single value is known."""
        basis = self._basis(features)
        if not hasattr(self._last, "coef_"):
            return np.zeros(len(basis)), np.ones(len(basis))
        mean, spread = self._last.predict(basis, return_std=True)
        return mean, spread

    def draw(self, features: Features, rng: np.random.Generator) -> Vector:
        """The values of one draw of the last layer's weights."""
        basis = self._basis(features)
        if not hasattr(self._last, "coef_"):
            return np.zeros(len(basis))
        weights = rng.multivariate_normal(self._last.coef_, self._last.sigma_, method="eigh")
        return np.asarray(basis @ weights + self._last.intercept_)

    def _basis(self, features: Features) -> NDArray[np.float64]:
        """(m, width): the last hidden layer."""
        values = np.asarray(features, np.float64)
        for weights, biases in zip(self._network.coefs_[:-1], self._network.intercepts_[:-1], strict=True):
            values = np.tanh(values @ weights + biases)
        return values
