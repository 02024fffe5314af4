"""scikit-learn's network without any spread: the predictor of WeakNAS."""

from __future__ import annotations

import warnings

import numpy as np
from attrs import define, field
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from nasapi import options as option
from nasapi_toolkit.models.model import Features, Model, Vector


@define(eq=False)
class Perceptron(Model):
    """Hidden layers with ReLU by squared error, Adam, at most `epochs` epochs; it has no spread.

    Wu, Dai, Chen, Chen, Liu, Yu, Wang, Liu, Chen & Yuan, "Stronger NAS with weaker predictors", NeurIPS 2021: sizes and
    epochs are the defaults of the authors' code (VITA-Group/WeakNAS), all else is scikit-learn's.
    """

    layers: int = option.count(4, "How many hidden layers there are.")
    width: int = option.count(1000, "Units of each hidden layer.")
    epochs: int = option.count(100, "The most passes over the observations; ten without progress end it sooner.")
    rate: float = option.positive(0.001, "Step of Adam.")
    _network: MLPRegressor = field(init=False)

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Train in single precision from weights seeded by a draw of `rng`."""
        self._network = MLPRegressor(
            hidden_layer_sizes=(self.width,) * self.layers,
            max_iter=self.epochs,
            learning_rate_init=self.rate,
            random_state=int(rng.integers(2**31)),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._network.fit(np.asarray(features, np.float32), targets.astype(np.float32))

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and zeros."""
        mean = self._network.predict(np.asarray(features, np.float32))
        return np.asarray(mean, np.float64), np.zeros(len(mean))
