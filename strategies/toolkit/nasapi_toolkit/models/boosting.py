"""XGBoost, by squared error or by order; several boosters on subsamples say by their disagreement how sure they are."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from attrs import define, field

from nasapi import options as option
from nasapi.errors import NotAvailable
from nasapi_toolkit.models.model import Features, Model, Vector

_RANKING = {
    "objective": "rank:pairwise",
    # a pair is weighed alike however far apart it is
    "lambdarank_pair_method": "mean",
    "lambdarank_num_pair_per_sample": 8,
    "lambdarank_normalization": False,
}


@define(eq=False)
class Boosting(Model):
    """Gradient-boosted trees (Chen & Guestrin, "XGBoost", KDD 2016), depth 6 and step 0.3.

    With `objective="order"` they learn which of two is better (Burges, "From RankNet to LambdaRank to LambdaMART",
    2010): what they predict is in order but not in the unit of the targets.
    """

    joint = True

    objective: Literal["error", "order"] = option.choice(
        "error",
        "What is learned: values, by squared error, or the order of pairs of all observations.",
        among=("error", "order"),
    )
    members: int = option.count(5, "How many boosters there are.")
    trees: int = option.count(60, "How many trees a booster has.")
    share: float = option.number(0.8, "Of the rows and of the columns, what each tree sees.", above=0, most=1)
    _boosters: list[Any] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        _xgboost()

    @property
    def has_unit(self) -> bool:
        """Whether values are learned rather than an order."""
        return self.objective == "error"

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Fit on one thread, each booster seeded by a draw of `rng`."""
        xgboost = _xgboost()
        fixed: dict[str, Any] = {"max_depth": 6, "eta": 0.3, "subsample": self.share, "colsample_bytree": self.share}
        fixed |= {"nthread": 1, "verbosity": 0}
        rows = np.asarray(features, np.float32)
        if self.objective == "order":
            fixed |= _RANKING
            # gains are what a ranker wants to be large; all rows are of one query
            data = xgboost.DMatrix(rows, label=targets.max() - targets, nthread=1, qid=np.zeros(len(rows), int))
        else:
            data = xgboost.DMatrix(rows, label=targets, nthread=1)
        seeds = rng.integers(2**31, size=self.members).tolist()
        self._boosters = [xgboost.train({**fixed, "seed": seed}, data, self.trees) for seed in seeds]

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """The mean and the deviation of the boosters."""
        each = np.stack(self._each(features, self._boosters))
        return each.mean(axis=0), each.std(axis=0)

    def draw(self, features: Features, rng: np.random.Generator) -> Vector:
        """What one booster predicts."""
        return self._each(features, [self._boosters[rng.integers(self.members)]])[0]

    def _each(self, features: Features, boosters: list[Any]) -> list[Vector]:
        """(m,) for each booster, small for what is good."""
        data = _xgboost().DMatrix(np.asarray(features, np.float32), nthread=1)
        sign = -1.0 if self.objective == "order" else 1.0
        return [sign * booster.predict(data).astype(np.float64) for booster in boosters]


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise NotAvailable("The model 'xgb' needs xgboost; install nasapi-surrogate[xgb].") from error
    return xgboost
