"""The parts of AG-Net: weights, the coupled network, the generator, settings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nasapi_agnet.coupled import Coupled, Predictor, written
from nasapi_agnet.generator import Generator
from nasapi_agnet.settings import PAPER, resolve
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_toolkit.observations import ranks
from nasapi_toolkit.weights import effective_sample_size, retraining_weights

import nasapi
from nasapi.errors import InvalidOption


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=50), st.floats(1e-4, 10))
def test_weights_have_mean_one_and_fall_with_the_rank(losses, k):
    column = np.array(losses)[:, None]
    weights = retraining_weights(ranks(column, np.empty((len(losses), 0))), k)
    assert weights.mean() == pytest.approx(1)
    assert (np.diff(weights[np.argsort(column[:, 0], kind="stable")]) <= 1e-12).all()


def test_the_weights_of_sixteen_are_those_of_the_formula():
    weights = retraining_weights(np.arange(16.0), 0.01)
    assert weights[0] / weights[3] == pytest.approx((0.16 + 3) / 0.16)
    assert effective_sample_size(weights) == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_what_has_bounds_is_learned_in_its_unit():
    pytest.importorskip("xgboost")
    models = resolve("default", {"surrogate": "xgb[objective=order,trees=7]"}).models(2, 1)
    assert [model.objective for model in models] == ["order", "order", "error"]
    assert [model.trees for model in models] == [7, 7, 7]


def test_an_order_is_not_compared_with_the_best_value():
    pytest.importorskip("xgboost")
    with pytest.raises(InvalidOption, match="predicts an order without unit, which 'ei' cannot compare"):
        resolve("default", {"surrogate": "xgb[objective=order]", "acquisition": "ei"}).models(1, 0)


def test_the_coupled_predictor_gives_each_target_its_own_output():
    network = Predictor.made(5, 2, torch.Generator().manual_seed(0))
    rows = np.eye(5)
    means = [Coupled(network, column).predict(rows)[0] for column in (0, 1)]
    with torch.no_grad():
        np.testing.assert_allclose(np.column_stack(means), network(torch.eye(5)).numpy(), rtol=1e-6)
    assert not Coupled(network, 0).predict(rows)[1].any()


def test_a_larger_beta_leaves_less_of_a_code_in_its_place():
    space = nasapi.load_space("nb201")
    codes = space.sample(64, np.random.default_rng(0))
    divergences = []
    for beta in (0.02, 1.0):
        encoder = nasapi.load_encoder("svge", space)
        settings = resolve("paper", {"surrogate": "off", "epochs": 10.0, "beta": beta})
        generator = Generator(space, encoder, settings, torch.Generator().manual_seed(0))
        generator.retrain(codes, np.ones(64), np.zeros((64, 1)), np.random.default_rng(0))
        _, divergence = encoder.trained.draw(GraphBatch.encode(space, codes), generator.random)
        divergences.append(float(divergence.detach().mean()))
    assert divergences[1] < 0.7 * divergences[0]


def test_candidates_are_drawn_near_what_weighs_most():
    space = nasapi.load_space("toy")
    encoder = nasapi.load_encoder("svge[steps=5,batch=16]", space)
    encoder.fit(space.sample(100, np.random.default_rng(0)), np.random.default_rng(0))
    settings = resolve("default", {"near": 0.0, "mutants": 1.0, "candidates": 200})
    generator = Generator(space, encoder, settings, torch.Generator().manual_seed(0))
    ranked = np.array([[2, 2, 2], [1, 1, 1]])
    generator.retrain(ranked, np.array([2.0, 0.0]), np.zeros((2, 1)), np.random.default_rng(0))
    drawn = generator.candidates(ranked, np.random.default_rng(0))
    assert len(drawn) == 200
    assert ((drawn != ranked[0]).sum(axis=1) <= 1).all()


def test_the_coupled_predictor_sends_its_gradient_to_the_logits_only_if_asked():
    predictor = Predictor.made(5, 1, torch.Generator().manual_seed(0))
    codes = torch.tensor([[1, 2], [0, 0]])
    for backprop in (True, False):
        logits = torch.zeros(2, 2, 3, requires_grad=True)
        text = written(logits, codes, (2, 3), backprop)
        assert text.detach().tolist() == [[0, 1, 0, 0, 1], [1, 0, 1, 0, 0]]
        predictor(text).sum().backward()
        assert (logits.grad is not None and bool((logits.grad != 0).any())) == backprop


def test_the_paper_preset_has_the_published_settings():
    assert (PAPER.k, PAPER.candidates, PAPER.epochs, PAPER.batch, PAPER.rate, PAPER.alpha) == (
        0.01,
        100,
        30,
        16,
        1e-3,
        0.9,
    )
