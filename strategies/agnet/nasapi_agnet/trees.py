"""AG-Net with gradient-boosted trees in place of its surrogate: the paper's variants XGB and XGB + ranking."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, NotAvailable
from nasapi_agnet.candidates import Candidates
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import Generator, Scores
from nasapi_agnet.gradient import gradient
from nasapi_agnet.losses import exact, reconstruction
from nasapi_agnet.parameters import Adam
from nasapi_agnet.sampling import normal
from nasapi_agnet.search import AGNet
from nasapi_agnet.settings import BOOSTING, BOOSTING_ROUNDS
from nasapi_agnet.training import batches


@define(eq=False)
class AGNetXGB(AGNet):
    """The generator is retrained alone, for one epoch a round, and trees on whole graphs choose.

    A fresh booster learns the standardised values of all data by squared error.
    """

    supports: ClassVar[frozenset[str]] = frozenset()

    _alone: Generator | None = field(init=False, default=None)
    _adam: Adam | None = field(init=False, default=None)
    _booster: Any = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if not self.backprop:
            raise InvalidOption("Trees are not trained through the generator; drop `backprop`, which changes nothing.")
        _xgboost()
        self.settings = attrs.evolve(self.settings, epochs=1)

    def _retrain(self) -> None:
        data, w = self._observations, self._weights()  # alg. 1, l. 3
        graphs = self._form.write(data.codes)
        drawn: list[NDArray[np.int64]] = []
        for _ in range(self.epochs or self.settings.epochs):  # alg. 1, l. 4
            for rows in batches(w, self.settings.batch, self.rng):  # alg. 1, l. 5
                self._step(graphs[rows], w[rows])  # alg. 1, l. 6 to 8
                drawn.append(rows)
        self._fit(exact(graphs, self._form.labels), data.targets()[:, 0], drawn)

    def _predicted(self, candidates: Candidates) -> NDArray[np.float64]:
        graphs = self._form.write(candidates.codes)
        seen = _xgboost().DMatrix(exact(graphs, self._form.labels), nthread=1)
        predicted: NDArray[np.float64] = self._booster.predict(seen).astype(np.float64)[:, None]
        return predicted

    def _fit(self, seen: NDArray[np.float32], targets: NDArray[np.float64], drawn: list[NDArray[np.int64]]) -> None:
        """Learn `targets` (N,)."""
        self._booster = None
        self._boost(seen, targets)

    def _boost(self, seen: NDArray[np.float32], targets: NDArray[np.float64]) -> None:
        """Another round of trees on standardised targets."""
        xgboost = _xgboost()
        label = (targets - targets.mean()) / (targets.std() or 1.0)
        data = xgboost.DMatrix(seen, label=label, nthread=1)
        self._booster = xgboost.train(dict(BOOSTING), data, BOOSTING_ROUNDS, xgb_model=self._booster)

    def _step(self, graphs: LabelledGraphs, weighted: NDArray[np.float64]) -> None:
        done = self._generator(normal(len(graphs), self.rng))
        _, by_scores = reconstruction(done.scores, graphs, self.settings.nodes)
        share = ((1 - self.settings.alpha) * weighted / len(weighted)).astype(np.float32)[:, None]
        by_scores = Scores(by_scores.nodes * share[:, :, None], by_scores.edges * share)
        self._optimiser.step(self._generator.weights.flat, gradient(done, by_scores).flat)

    @property
    def _generator(self) -> Generator:
        """A copy of the pretrained one, made with the first round."""
        if self._alone is None:
            self._alone = self._pretrained().copy()
        return self._alone

    @property
    def _optimiser(self) -> Adam:
        """What moves the generator's weights, made with the first round."""
        if self._adam is None:
            self._adam = Adam(len(self._generator.weights.flat), self.settings.rate, self.settings.betas)
        return self._adam


@define(eq=False)
class AGNetXGBRanking(AGNetXGB):
    """The booster learns on the epoch's batches one after another, each standardised by itself.

    The paper's ranking loss is of scores that are detached from trees and generator; it changes neither.
    """

    def _fit(self, seen: NDArray[np.float32], targets: NDArray[np.float64], drawn: list[NDArray[np.int64]]) -> None:
        self._booster = None
        for rows in drawn:
            self._boost(seen[rows], targets[rows])


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise NotAvailable("AG-Net with trees needs xgboost; install nasapi-agnet[xgb].") from error
    return xgboost
