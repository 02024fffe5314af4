"""scikit-learn's random forest; its trees' disagreement is the spread."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from sklearn.ensemble import RandomForestRegressor

from nasapi import options as option
from nasapi_toolkit.models.model import Features, Model, Vector


@define(eq=False)
class Forest(Model):
    """Trees on bootstrap samples (Breiman, "Random forests", 2001), a third of the features tried at a split.

    The spread is the deviation of the trees' predictions, as in SMAC (Hutter, Hoos & Leyton-Brown 2011).
    """

    joint = True

    trees: int = option.count(100, "How many trees there are.")
    _regressor: RandomForestRegressor = field(init=False)

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Grow the trees to the full on one thread, seeded by a draw of `rng`."""
        self._regressor = RandomForestRegressor(
            self.trees, max_features=1 / 3, n_jobs=1, random_state=int(rng.integers(2**31))
        )
        self._regressor.fit(np.asarray(features, np.float32), targets)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """The mean and the deviation of the trees."""
        each = self._each(features)
        return each.mean(axis=0), each.std(axis=0)

    def draw(self, features: Features, rng: np.random.Generator) -> Vector:
        """What one tree predicts."""
        tree = self._regressor.estimators_[rng.integers(self.trees)]
        return np.asarray(tree.tree_.predict(np.ascontiguousarray(features, np.float32))[:, 0])

    def _each(self, features: Features) -> np.ndarray:
        """(trees, m): what each tree predicts."""
        rows = np.ascontiguousarray(features, np.float32)
        return np.stack([tree.tree_.predict(rows)[:, 0] for tree in self._regressor.estimators_])
