"""The joint loss of generator and surrogate, its gradient, and an epoch of training."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from nasapi_agnet import settings
from nasapi_agnet.checkpoints import pretrained
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import Scores
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.losses import exact, reconstruction
from nasapi_agnet.parameters import Parameters
from nasapi_agnet.predictor import Predictor
from nasapi_agnet.settings import HARDWARE, PLAIN
from nasapi_agnet.training import Pair

import nasapi

FORM = form_of(nasapi.load_space("nb201"))


NOTHING = np.empty(0, np.float32)


def batch(n: int = 5) -> tuple[LabelledGraphs, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return FORM.write(FORM.space.sample(n, rng)), rng.random((n, 1)).astype(np.float32), rng.random(n)


def pair(given: settings.Settings = PLAIN, condition: np.ndarray = NOTHING, coupled: bool = True) -> Pair:
    outputs = 2 if len(condition) else 1
    return Pair(pretrained(FORM, "shipped", 1), given, outputs, condition, coupled, np.random.default_rng(1))


def test_the_joint_loss_is_the_published_one():
    made = pair()
    graphs, values, weighted = batch()
    scores = made.generator(np.random.default_rng(2).standard_normal((5, 32), np.float32)).scores
    losses, _, _ = made.losses(scores, graphs, values, weighted)
    error = (made.predictor(scores.flat()) - values)[:, 0] ** 2
    np.testing.assert_allclose(losses, 0.1 * reconstruction(scores, graphs)[0] + 0.9 * error, rtol=1e-5)


def test_under_constraints_each_loss_is_scaled_by_itself_where_it_is_large():
    made = pair(attrs.evolve(PLAIN, **HARDWARE), np.eye(6, dtype=np.float32)[0])
    graphs, values, weighted = batch()
    values = np.column_stack([values, np.full(5, 100.0)]).astype(np.float32)
    scores = made.generator(np.random.default_rng(2).standard_normal((5, 32), np.float32)).scores
    losses, _, _ = made.losses(scores, graphs, values, weighted)
    recon, error = reconstruction(scores, graphs)[0], (made.predictor(scores.flat()) - values) ** 2
    assert (error[:, 1] > 1).all()
    wanted = 0.05 * recon / np.maximum(recon, 1) + 0.95 * (0.5 * error[:, 0] / np.maximum(error[:, 0], 1) + 0.5)
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)


@pytest.mark.parametrize("coupled", [True, False])
@pytest.mark.parametrize("condition", [NOTHING, np.eye(6, dtype=np.float32)[0]])
def test_the_gradient_of_the_joint_loss_is_what_differences_say(coupled, condition):
    made = pair(PLAIN, condition, coupled)
    graphs, values, weighted = batch()
    values = np.repeat(values, made.outputs, axis=1) / 10  # no error is above 1
    shapes, wide = made.predictor.weights.shapes, made.predictor.weights.flat.astype(np.float64)
    made.predictor.weights = Parameters(shapes, wide)
    nodes = 1.0 if coupled else 2.0
    scores = Scores(*(part.astype(np.float64) for part in made.generator(np.ones((5, 32), np.float32)).scores))
    scale = np.maximum(reconstruction(scores, graphs, nodes)[0], 1) if len(condition) else 1

    def loss(at: Scores) -> float:
        """Of scores, with what the losses are scaled by held as it is."""
        seen = at.flat() if coupled else exact(graphs, FORM.labels)
        error = ((made.predictor(seen) - values) ** 2).mean(axis=1)
        return float((weighted * (0.1 * reconstruction(at, graphs, nodes)[0] / scale + 0.9 * error)).mean())

    def moved(by: float) -> Scores:
        return Scores(scores.nodes + by * way.nodes, scores.edges + by * way.edges)

    _, by_scores, by_predictor = made.losses(scores, graphs, values, weighted)
    rng, step = np.random.default_rng(3), 1e-6
    way = Scores(rng.standard_normal(scores.nodes.shape), rng.standard_normal(scores.edges.shape))
    found = (loss(moved(step)) - loss(moved(-step))) / (2 * step)
    wanted = (by_scores.nodes * way.nodes).sum() + (by_scores.edges * way.edges).sum()
    assert found == pytest.approx(float(wanted), rel=1e-3)
    along = rng.standard_normal(wide.shape)
    wide += step * along
    above = loss(scores)
    wide -= 2 * step * along
    assert (above - loss(scores)) / (2 * step) == pytest.approx(float(by_predictor.flat @ along), rel=1e-3)


def test_an_epoch_draws_as_many_as_there_are_in_proportion_to_the_weights(monkeypatch):
    made, seen = pair(), []
    monkeypatch.setattr(Pair, "step", lambda self, graphs, values, weighted: seen.append((values[:, 0], weighted)))
    graphs = FORM.write(FORM.space.sample(40, np.random.default_rng(0)))
    values, weighted = np.arange(40, dtype=np.float32)[:, None], np.r_[np.ones(39), 39.0]
    for _ in range(100):
        made.epoch(graphs, values, weighted)
    assert [len(part) for part, _ in seen[:3]] == [16, 16, 8]
    drawn = np.concatenate([part for part, _ in seen])
    assert len(drawn) == 4_000
    assert (drawn == 39).mean() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_array_equal(np.concatenate([part for _, part in seen]), weighted[drawn.astype(int)])


def test_generator_and_surrogate_learn_the_good_together():
    made = pair()
    graphs = FORM.write(FORM.space.parse(BEST)[None])
    values, start = np.array([[0.9]], np.float32), made.generator.weights.flat.copy()
    losses = [made.step(graphs, values, np.ones(1)) for _ in range(150)]
    assert np.mean(losses[-10:]) < 0.2 * losses[0]
    assert (made.generator.weights.flat != start).mean() > 0.9
    assert (pretrained(FORM, "shipped", 1).weights.flat == start).all()


BEST = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"


def test_the_condition_is_put_beside_every_layer():
    predictor = Predictor.fresh(84, 2, np.eye(6, dtype=np.float32)[2], np.random.default_rng(0))
    shapes = {name: shape for name, shape in predictor.weights.shapes.items() if name.endswith("weight")}
    assert shapes == {
        "0.weight": (90, 90),
        "1.weight": (90, 96),
        "2.weight": (90, 96),
        "3.weight": (90, 96),
        "out.weight": (2, 96),
    }
    plain = Predictor.fresh(84, 1, NOTHING, np.random.default_rng(0))
    assert plain.weights.shapes["3.weight"] == (84, 84)
    assert plain.weights.shapes["out.weight"] == (1, 84)
