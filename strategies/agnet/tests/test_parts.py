"""The parts of AG-Net: weights, targets, surrogates, acquisition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nasapi_agnet import trees
from nasapi_agnet.acquisition import choose
from nasapi_agnet.coupled import Coupled, written
from nasapi_agnet.gaussian_process import GaussianProcess
from nasapi_agnet.settings import PAPER
from nasapi_agnet.surrogate import Indifferent
from nasapi_agnet.targets import Known
from nasapi_agnet.trees import Trees
from nasapi_agnet.weights import effective_sample_size, ranks, retraining_weights
from scipy.stats import kendalltau

from nasapi.errors import NotAvailable
from nasapi.problem import Budget, Constraint, Metric, Problem
from nasapi.testing.toy import Toy
from nasapi.trial import Architecture, Result, Trial

ACCURACY = Metric("valid_accuracy", "max", "%", "valid")
NO_BOUNDS = np.empty((0, 2))


def known(*rows: dict[str, float], constraints: tuple[Constraint, ...] = ()) -> Known:
    found = Known(Problem(Toy(), (ACCURACY,), Budget(10), constraints=constraints))
    codes = Toy().sample(len(rows), np.random.default_rng(0))
    found.add([Result(Trial(Architecture("toy", tuple(c))), row) for c, row in zip(codes.tolist(), rows, strict=True)])
    return found


def smooth(n: int) -> tuple[np.ndarray, np.ndarray]:
    features = np.random.default_rng(0).integers(0, 2, size=(n, 12)).astype(float)
    target = features[:, :4].sum(axis=1) - features[:, 4] * features[:, 5]
    return features, ((target - target.mean()) / target.std())[:, None]


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


def test_equal_losses_share_a_rank():
    assert ranks(np.array([[2.0], [1.0], [2.0]]), np.empty((3, 0))).tolist() == [1, 0, 1]


def test_what_breaks_a_constraint_ranks_after_all_that_do_not_and_by_how_much():
    losses = np.array([[1.0], [9.0], [0.0], [0.5], [np.inf]])
    violations = np.array([[0.0], [0.0], [2.0], [1.0], [0.0]])
    assert ranks(losses, violations).tolist() == [0, 1, 3, 2, 4]


def test_several_goals_rank_by_the_sum_of_their_ranks():
    losses = np.array([[1.0, 30.0], [2.0, 10.0], [3.0, 20.0]])
    assert ranks(losses, np.empty((3, 0))).tolist() == [1, 0, 2]


def test_a_failure_is_the_worst_target_whatever_its_kind():
    found = known({"valid_accuracy": 90.0}, {"valid_accuracy": 80.0}, {}, {"valid_accuracy": float("nan")})
    assert found.succeeded.tolist() == [True, True, False, False]
    for kind in ("ranks", "values"):
        targets = found.targets(kind)[:, 0]
        assert targets[0] < targets[1] <= targets[2] == targets[3]
        assert np.isfinite(targets).all()


def test_constant_values_and_failures_alone_give_finite_targets():
    for rows in ([{"valid_accuracy": 5.0}] * 3, [{}, {}], [{"valid_accuracy": 5.0}]):
        for kind in ("ranks", "values"):
            assert np.isfinite(known(*rows).targets(kind)).all()


def test_bounds_are_in_the_unit_of_the_targets():
    rows = [{"valid_accuracy": 1.0, "latency": value} for value in (1.0, 2.0, 3.0)]
    found = known(*rows, constraints=(Constraint("latency", upper=2.0),))
    (low, high), targets = found.bounds()[0], found.targets("ranks")[:, 1]
    assert low == -np.inf
    assert high == pytest.approx(targets[1])


@pytest.mark.parametrize("surrogate", [GaussianProcess(), Trees(1), Trees(1, rank=True)], ids=["gp", "xgb", "rank"])
def test_a_surrogate_orders_what_it_has_not_seen(surrogate):
    if isinstance(surrogate, Trees):
        pytest.importorskip("xgboost")
    features, targets = smooth(300)
    surrogate.fit(features[:120], targets[:120], np.random.default_rng(0))
    mean, spread = surrogate.predict(features[120:])
    assert mean.shape == spread.shape == (180, 1)
    assert kendalltau(mean[:, 0], targets[120:, 0]).statistic > 0.6


def test_the_ranking_trees_choose_other_candidates_than_those_of_squared_error():
    pytest.importorskip("xgboost")
    features, targets = smooth(300)
    chosen = []
    for rank in (False, True):
        surrogate = Trees(1, rank=rank)
        surrogate.fit(features[:60], targets[:60], np.random.default_rng(0))
        chosen.append(np.argsort(surrogate.predict(features[60:])[0][:, 0])[:16].tolist())
    assert chosen[0] != chosen[1]


def test_trees_without_xgboost_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xgboost", None)
    with pytest.raises(NotAvailable, match=r"'xgb' and 'xgb-rank' need xgboost; install nasapi-agnet\[xgb\]"):
        trees.Trees(1).fit(np.zeros((2, 2)), np.zeros((2, 1)), np.random.default_rng(0))


def test_a_gaussian_process_is_sure_of_what_it_knows_and_unsure_far_away():
    features, targets = smooth(60)
    process = GaussianProcess()
    process.fit(features, targets, np.random.default_rng(0))
    _, near = process.predict(features)
    _, far = process.predict(features + 5)
    assert near.max() < far.min()


@pytest.mark.parametrize("n", [1, 2])
def test_a_gaussian_process_takes_one_or_equal_observations(n):
    process = GaussianProcess()
    process.fit(np.ones((n, 3)), np.zeros((n, 2)), np.random.default_rng(0))
    mean, spread = process.predict(np.eye(3))
    assert mean.shape == (3, 2)
    assert np.isfinite([mean, spread]).all()


def test_indifference_scores_everything_alike():
    surrogate = Indifferent()
    surrogate.fit(np.zeros((2, 3)), np.zeros((2, 2)), np.random.default_rng(0))
    mean, spread = surrogate.predict(np.zeros((4, 3)))
    assert (mean == 0).all() and (spread == 1).all() and mean.shape == (4, 2)


def test_the_coupled_predictor_sends_its_gradient_to_the_logits_only_if_asked():
    predictor = Coupled.made(5, 1, torch.Generator().manual_seed(0)).network
    codes = torch.tensor([[1, 2], [0, 0]])
    for backprop in (True, False):
        logits = torch.zeros(2, 2, 3, requires_grad=True)
        text = written(logits, codes, (2, 3), backprop)
        assert text.detach().tolist() == [[0, 1, 0, 0, 1], [1, 0, 1, 0, 0]]
        predictor(text).sum().backward()
        assert (logits.grad is not None and bool((logits.grad != 0).any())) == backprop


@pytest.mark.parametrize("kind", ["thompson", "ei", "mean"])
def test_certain_knowledge_is_followed_by_every_acquisition(kind):
    mean = np.array([[3.0], [1.0], [2.0], [4.0]])
    rows = choose(kind, mean, np.full_like(mean, 1e-9), np.array([[5.0]]), NO_BOUNDS, 3, np.random.default_rng(0))
    assert rows.tolist() == [1, 2, 0]


@pytest.mark.parametrize("kind", ["thompson", "ei", "mean"])
def test_what_is_surely_infeasible_comes_last(kind):
    mean = np.array([[0.0, 9.0], [1.0, 0.0], [0.5, 0.0]])
    rows = choose(
        kind, mean, np.full_like(mean, 1e-9), np.array([[5.0]]), np.array([[-np.inf, 1.0]]), 3, np.random.default_rng(0)
    )
    assert rows.tolist() == [2, 1, 0]


def test_no_more_is_chosen_than_there_is():
    mean = np.zeros((2, 1))
    assert sorted(choose("thompson", mean, mean + 1, mean, NO_BOUNDS, 16, np.random.default_rng(0)).tolist()) == [0, 1]


def test_two_goals_are_searched_over_the_whole_front():
    x = np.linspace(0, 1, 50)
    mean = np.column_stack([x, 1 - x])
    rows = choose("thompson", mean, np.full_like(mean, 1e-9), mean, NO_BOUNDS, 20, np.random.default_rng(0))
    assert x[rows].min() < 0.25 and x[rows].max() > 0.75


def test_nothing_feasible_known_leaves_the_choice_to_feasibility():
    mean = np.array([[-9.0, 3.0], [9.0, 0.0]])
    bounds = np.array([[-np.inf, 1.0]])
    rows = choose("ei", mean, np.full_like(mean, 0.5), np.empty((0, 1)), bounds, 1, np.random.default_rng(0))
    assert rows.tolist() == [1]


def test_the_paper_preset_has_the_published_settings():
    assert (PAPER.k, PAPER.candidates, PAPER.epochs, PAPER.batch, PAPER.rate, PAPER.alpha) == (
        0.01,
        100,
        30,
        16,
        1e-3,
        0.9,
    )
