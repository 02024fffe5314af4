"""Gradient-boosted trees as surrogates: by squared error, or by pairs in order.

Chen & Guestrin, "XGBoost", KDD 2016; pairwise ranking as in Burges, "From RankNet to LambdaRank to LambdaMART", 2010.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define, field

from nasapi.errors import NotAvailable
from nasapi_agnet.surrogate import Matrix, Surrogate

_ROUNDS = {"reg:squarederror": 500, "rank:pairwise": 200}


@define(eq=False)
class Trees(Surrogate):
    """One booster a target, depth 6 and step 0.3 as in AG-Net's variant, fitted afresh each time.

    With `rank` the goals' boosters learn the order of pairs of all known architectures in place of their values, and
    what they predict, standardised, is what chooses; constrained values keep the squared error, for bounds need a unit.
    """

    goals: int
    """How many of the targets are goals; the others are constrained values."""
    rank: bool = field(default=False)
    _boosters: list[Any] = field(init=False, factory=list)

    def fit(self, features: Matrix, targets: Matrix, rng: np.random.Generator) -> None:
        """Fit on one thread; the seed of the boosters is a draw of `rng`."""
        xgboost = _xgboost()
        seed = int(rng.integers(2**31))
        self._boosters = []
        for column, target in enumerate(targets.T):
            objective = "rank:pairwise" if self.rank and column < self.goals else "reg:squarederror"
            options = {"objective": objective, "max_depth": 6, "eta": 0.3, "min_child_weight": 1}
            data = xgboost.DMatrix(features, label=target, nthread=1)
            if objective == "rank:pairwise":
                # gains are what a ranker wants to be large; a pair is weighed alike however far apart it is
                options |= {"lambdarank_pair_method": "mean", "lambdarank_num_pair_per_sample": 8}
                options |= {"lambdarank_normalization": False, "ndcg_exp_gain": False}
                data = xgboost.DMatrix(features, label=target.max() - target, nthread=1, qid=np.zeros(len(target), int))
            options |= {"nthread": 1, "seed": seed, "verbosity": 0}
            self._boosters.append(xgboost.train(options, data, _ROUNDS[objective]))

    def predict(self, features: Matrix) -> tuple[Matrix, Matrix]:
        """Expectations, scores of ranking turned so that small is good, and no spread."""
        xgboost = _xgboost()
        data = xgboost.DMatrix(features, nthread=1)
        columns = []
        for column, booster in enumerate(self._boosters):
            found = booster.predict(data).astype(np.float64)
            columns.append(-found if self.rank and column < self.goals else found)
        mean = np.column_stack(columns)
        return mean, np.zeros_like(mean)


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise NotAvailable("The surrogates 'xgb' and 'xgb-rank' need xgboost; install nasapi-agnet[xgb].") from error
    return xgboost
