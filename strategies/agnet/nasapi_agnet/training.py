"""The generator and the surrogate of one run, trained together."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import Generator, Scores
from nasapi_agnet.gradient import gradient
from nasapi_agnet.losses import exact, reconstruction
from nasapi_agnet.parameters import Adam, Array, Parameters
from nasapi_agnet.predictor import Predictor
from nasapi_agnet.sampling import normal
from nasapi_agnet.settings import UNCOUPLED_NODES, Settings


@define(eq=False)
class Pair:
    """A generator, a surrogate of fresh weights and one Adam over both, carried on from round to round."""

    generator: Generator
    """The pretrained one; a copy of it is trained."""
    settings: Settings
    outputs: int
    """How many values are predicted."""
    condition: Array
    """(c,): conditions of the surrogate besides the scores; where there are any, each loss is scaled."""
    coupled: bool
    """Whether the surrogate learns on the generator's scores, so that its gradient reaches the generator."""
    rng: np.random.Generator
    predictor: Predictor = field(init=False)
    _flat: Array = field(init=False)
    """All weights of both."""
    _optimiser: Adam = field(init=False)

    def __attrs_post_init__(self) -> None:
        made, settings = self.generator, self.settings
        width = made.nodes * made.labels + made.nodes * (made.nodes - 1) // 2
        predictor = Predictor.fresh(width, self.outputs, self.condition, self.rng)
        self._flat = np.concatenate([made.weights.flat, predictor.weights.flat])
        split = len(made.weights.flat)
        weights = Parameters(made.weights.shapes, self._flat[:split])
        self.generator = Generator(made.nodes, made.labels, made.layers, made.inputs, weights)
        self.predictor = Predictor(self.condition, Parameters(predictor.weights.shapes, self._flat[split:]))
        self._optimiser = Adam(len(self._flat), settings.rate, settings.betas, settings.decay)

    def epoch(self, graphs: LabelledGraphs, values: Array, weights: NDArray[np.float64]) -> None:
        """As many draws with replacement as there are data, in proportion to the weights, in batches."""
        for rows in batches(weights, self.settings.batch, self.rng):  # alg. 1, l. 5
            self.step(graphs[rows], values[rows], weights[rows])

    def step(self, graphs: LabelledGraphs, values: Array, weights: NDArray[np.float64]) -> float:
        """One step of Adam on the mean of the weighted losses of a batch, which it gives."""
        done = self.generator(normal(len(graphs), self.rng))  # alg. 1, l. 6
        losses, by_scores, by_predictor = self.losses(done.scores, graphs, values, weights)  # alg. 1, l. 7
        by_generator = gradient(done, by_scores)  # alg. 1, l. 8
        self._optimiser.step(self._flat, np.concatenate([by_generator.flat, by_predictor.flat]))  # alg. 1, l. 8
        return float((weights * losses).mean())

    def losses(
        self, scores: Scores, graphs: LabelledGraphs, values: Array, weights: NDArray[np.float64]
    ) -> tuple[Array, Scores, Parameters]:
        """(B,): (1 - alpha) reconstruction + alpha the surrogate's squared error.

        And how the mean of the weighted losses grows with the scores and with the surrogate's weights.
        """
        alpha, flat = np.float32(self.settings.alpha), scores.flat()
        recon, by_scores = reconstruction(scores, graphs, self.settings.nodes if self.coupled else UNCOUPLED_NODES)
        missed = self.predictor(flat if self.coupled else exact(graphs, scores.nodes.shape[2])) - values
        errors = missed * missed
        share = (weights / len(weights)).astype(np.float32)[:, None]
        recon_scale, error_scale = np.ones_like(recon), np.ones_like(errors)
        if len(self.condition):  # each loss by what it is itself, where that is more than 1
            recon_scale, error_scale = np.maximum(recon, 1), np.maximum(errors, 1)
        losses = (1 - alpha) * recon / recon_scale + alpha * (errors / error_scale).mean(axis=1)
        by_values: Array = np.divide(share * alpha * 2 * missed / error_scale, np.float32(self.outputs))
        by_seen, by_predictor = self.predictor.gradient(by_values)
        own = share * (1 - alpha) / recon_scale[:, None]
        nodes, edges = by_scores.nodes * own[:, :, None], by_scores.edges * own
        if self.coupled:
            split = nodes[0].size
            nodes, edges = nodes + by_seen[:, :split].reshape(nodes.shape), edges + by_seen[:, split:]
        return losses, Scores(nodes, edges), by_predictor

    def predict(self, scores: Array) -> NDArray[np.float64]:
        """(m, outputs): the surrogate's values of scores."""
        return self.predictor(scores).astype(np.float64)


def batches(weights: NDArray[np.float64], size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Rows of an epoch: as many draws with replacement as there are weights, in proportion to them."""
    drawn = rng.choice(len(weights), len(weights), p=weights / weights.sum())
    return [drawn[start : start + size] for start in range(0, len(drawn), size)]
