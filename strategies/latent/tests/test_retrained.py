"""The generator of decoded-gp, and the weights of its retraining."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_latent.decoded_gp import DecodedGP
from nasapi_latent.retrained import RetrainedGenerator
from nasapi_toolkit.ranks import ranks
from nasapi_toolkit.weights import effective_sample_size, retraining_weights

import nasapi
from nasapi.errors import InvalidOption
from nasapi.testing import problems


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


def test_a_larger_beta_leaves_less_of_a_code_in_its_place():
    space = nasapi.load_space("nb201")
    codes = space.sample(64, np.random.default_rng(0))
    divergences = []
    for beta in (0.02, 1.0):
        encoder = nasapi.load_encoder("svge", space)
        random = torch.Generator().manual_seed(0)
        generator = RetrainedGenerator(space, encoder, random, 200, batch=16, prior=0.0, most_steps=10_000, beta=beta)
        generator.retrain(codes, np.ones(64), np.random.default_rng(0))
        _, divergence = encoder.trained.draw(GraphBatch.of_codes(space, codes), generator.random)
        divergences.append(float(divergence.detach().mean()))
    assert divergences[1] < 0.7 * divergences[0]


def test_candidates_are_drawn_near_what_weighs_most():
    space = nasapi.load_space("toy")
    encoder = nasapi.load_encoder("svge[steps=5,batch=16]", space)
    encoder.fit(space.sample(100, np.random.default_rng(0)), np.random.default_rng(0))
    random = torch.Generator().manual_seed(0)
    generator = RetrainedGenerator(space, encoder, random, 200, near=0.0, mutants=1.0)
    ranked = np.array([[2, 2, 2], [1, 1, 1]])
    generator.retrain(ranked, np.array([2.0, 0.0]), np.random.default_rng(0))
    drawn = generator.candidates(ranked, np.random.default_rng(0))
    assert len(drawn) == 200
    assert ((drawn != ranked[0]).sum(axis=1) <= 1).all()


def decoded(problem, **options):
    return DecodedGP(problem, np.random.default_rng(0), **options)


def test_what_has_bounds_is_learned_in_its_unit():
    pytest.importorskip("xgboost")
    search = decoded(problems.constrained().problem, surrogate="xgb[objective=order,trees=7]")
    assert [model.objective for model in search._models] == ["order", "error"]
    assert [model.trees for model in search._models] == [7, 7]


def test_an_order_is_not_compared_with_the_best_value():
    pytest.importorskip("xgboost")
    with pytest.raises(InvalidOption, match="predicts an order without unit, which 'ei' cannot compare"):
        decoded(problems.constrained().problem, surrogate="xgb[objective=order]", acquisition="ei")
