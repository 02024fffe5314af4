"""XGBoost; several boosters on subsamples say by their disagreement how sure they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define, field
from nasapi_baselines.options import at_least_one

from nasapi.errors import NotAvailable
from nasapi_surrogate.models import Features, Model, Vector


@define(eq=False)
class Boosting(Model):
    """Gradient-boosted trees by squared error (Chen & Guestrin, "XGBoost", KDD 2016), depth 6 and step 0.3.

    Each of `members` boosters sees four fifths of the rows and of the columns at each tree.
    """

    joint = True

    members: int = field(default=5, kw_only=True, validator=at_least_one)
    trees: int = field(default=60, kw_only=True, validator=at_least_one)
    """How many trees a booster has."""
    _boosters: list[Any] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        _xgboost()

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Fit on one thread, each booster seeded by a draw of `rng`."""
        xgboost = _xgboost()
        data = xgboost.DMatrix(np.asarray(features, np.float32), label=targets, nthread=1)
        fixed = {"max_depth": 6, "eta": 0.3, "subsample": 0.8, "colsample_bytree": 0.8, "nthread": 1, "verbosity": 0}
        seeds = rng.integers(2**31, size=self.members).tolist()
        self._boosters = [xgboost.train({**fixed, "seed": seed}, data, self.trees) for seed in seeds]

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """The mean and the deviation of the boosters."""
        data = _xgboost().DMatrix(np.asarray(features, np.float32), nthread=1)
        each = np.stack([booster.predict(data) for booster in self._boosters]).astype(np.float64)
        return each.mean(axis=0), each.std(axis=0)

    def draw(self, features: Features, rng: np.random.Generator) -> Vector:
        """What one booster predicts."""
        data = _xgboost().DMatrix(np.asarray(features, np.float32), nthread=1)
        return np.asarray(self._boosters[rng.integers(self.members)].predict(data), np.float64)


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise NotAvailable("The model 'xgb' needs xgboost; install nasapi-surrogate[xgb].") from error
    return xgboost
