"""How AG-Net ranks and weighs what was evaluated, by hand."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from nasapi_agnet.observations import Observations
from nasapi_agnet.weighting import ranks, weights

from nasapi.constraint import Constraint
from nasapi.testing import problems
from nasapi.testing.toy import Toy
from nasapi.trial import Result


def test_weights_are_one_over_kn_plus_rank():
    losses = np.array([[3.0], [1.0], [2.0], [4.0]])
    rank = ranks(losses, np.zeros(4, np.bool_))
    assert rank.tolist() == [2, 0, 1, 3]
    np.testing.assert_allclose(weights(rank, 0.01), [1 / 2.04, 1 / 0.04, 1 / 1.04, 1 / 3.04])
    sixteen = weights(np.arange(16), 0.01) ** 2
    assert sixteen[0] / sixteen.sum() == pytest.approx(0.96, abs=0.01)


def test_ranks_under_a_bound_by_hand():
    """Accuracies 90, 80, 70, 60 with latencies 9, 2, 1, 3 under a bound of 5."""
    accuracy, latency = -np.array([90.0, 80, 70, 60]), np.array([9.0, 2, 1, 3])
    broken = latency > 5
    # joint = 0: 1 * 1000, 2, 3, 4
    assert ranks(accuracy[:, None], broken).tolist() == [3, 0, 1, 2]
    # joint = 1: (1 + 4) * 1000, 2 + 2, 3 + 1, 4 + 3; the first of equals comes first
    assert ranks(np.column_stack([accuracy, latency]), broken).tolist() == [3, 0, 1, 2]


def test_joint_counts_latency_and_not_only_its_bound():
    accuracy, latency = -np.array([90.0, 89.0, 88.0]), np.array([4.0, 3.0, 1.0])
    kept = np.zeros(3, np.bool_)
    assert ranks(accuracy[:, None], kept).tolist() == [0, 1, 2]
    # 1 + 3, 2 + 2, 3 + 1 are equal; with a fourth in between they are not
    accuracy, latency = np.append(accuracy, -88.5), np.append(latency, 5.0)
    # 1 + 3, 2 + 2, 4 + 1, 3 + 4
    assert ranks(np.column_stack([accuracy, latency]), np.zeros(4, np.bool_)).tolist() == [0, 1, 2, 3]
    assert ranks(accuracy[:, None], np.zeros(4, np.bool_)).tolist() == [0, 1, 3, 2]


def test_data_and_predictions_are_ranked_by_one_rule_in_one_unit():
    benchmark = problems.constrained()
    data = Observations(benchmark.problem)
    codes = benchmark.problem.space.sample(3, np.random.default_rng(0))
    values = [{"valid_accuracy": a, "params": p} for a, p in ((90.0, 200.0), (80.0, 100.0), (70.0, 0.0))]
    trials = benchmark.problem.trials(codes)
    data.add([Result(trial, value) for trial, value in zip(trials, values, strict=True)])
    data.add([Result(trials[0], {}, error="failed"), Result(trials[0], {"valid_accuracy": np.nan, "params": 1.0})])
    np.testing.assert_allclose(data.targets(), [[0.9, 200], [0.8, 100], [0.7, 0]])
    assert data.ranks(data.targets()).tolist() == [2, 0, 1]
    assert data.ranks(np.array([[0.5, 150.0], [0.9, 150.1]])).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("bound", "ranked"),
    [
        ({"lower": 150.0}, [0, 1, 2]),  # 1, 2 * 1000, 3 * 1000
        ({"lower": 50.0, "upper": 150.0}, [1, 0, 2]),  # 1 * 1000, 2, 3 * 1000
        ({"lower": 100.0, "upper": 150.0}, [1, 0, 2]),  # a bound itself is kept
        ({"upper": 50.0}, [1, 2, 0]),  # 1 * 1000, 2 * 1000, 3
    ],
)
def test_a_bound_is_kept_on_either_side(bound, ranked):
    """Accuracies 90, 80, 70 with 200, 100, 0 parameters."""
    limited = attrs.evolve(problems.constrained().problem, constraints=(Constraint("params", **bound),))
    data = Observations(limited)
    trials = limited.trials(limited.space.sample(3, np.random.default_rng(0)))
    values = [{"valid_accuracy": a, "params": p} for a, p in ((90.0, 200.0), (80.0, 100.0), (70.0, 0.0))]
    data.add([Result(trial, value) for trial, value in zip(trials, values, strict=True)])
    assert data.ranks(data.targets()).tolist() == ranked


def test_a_bound_on_a_goal_is_kept_in_the_goals_unit():
    limited = attrs.evolve(problems.constrained().problem, constraints=(Constraint("valid_accuracy", upper=85.0),))
    data = Observations(limited)
    trials = limited.trials(limited.space.sample(3, np.random.default_rng(0)))
    data.add([Result(trial, {"valid_accuracy": a}) for trial, a in zip(trials, (90.0, 80.0, 70.0), strict=True)])
    np.testing.assert_allclose(data.targets()[:, 0], [0.9, 0.8, 0.7])
    assert data.ranks(data.targets()).tolist() == [2, 0, 1]


def test_a_goal_without_bounds_is_a_share_of_what_was_seen():
    benchmark = problems.made_up(Toy())
    data = Observations(benchmark.problem)
    trials = benchmark.problem.trials(benchmark.problem.space.sample(3, np.random.default_rng(0)))
    data.add([Result(trial, {"loss": loss}) for trial, loss in zip(trials, (5.0, 1.0, 3.0), strict=True)])
    np.testing.assert_allclose(data.targets()[:, 0], [0, 1, 0.5])  # from the worst to the best
    assert data.ranks(data.targets()).tolist() == [2, 0, 1]


def test_a_value_that_all_share_is_a_share_of_nothing():
    benchmark = problems.made_up(Toy())
    data = Observations(benchmark.problem)
    trials = benchmark.problem.trials(benchmark.problem.space.sample(3, np.random.default_rng(0)))
    data.add([Result(trial, {"loss": 4.0}) for trial in trials])
    np.testing.assert_array_equal(data.targets()[:, 0], np.zeros(3))
    assert len(data) == 3


def test_of_two_goals_the_one_without_bounds_stays_a_loss():
    benchmark = problems.two_goals()
    data = Observations(benchmark.problem)
    trials = benchmark.problem.trials(benchmark.problem.space.sample(2, np.random.default_rng(0)))
    data.add(
        [
            Result(trial, {"valid_accuracy": 50.0 + p / 10, "params": p})
            for trial, p in zip(trials, (300.0, 100.0), strict=True)
        ]
    )
    np.testing.assert_allclose(data.targets(), [[0.8, 300], [0.6, 100]])
    # 1 + 2 and 2 + 1 are equal, and the first of equals comes first
    assert data.ranks(data.targets()).tolist() == [0, 1]
    # 2 + 3, 3 + 2, 1 + 1
    assert data.ranks(np.array([[0.8, 50.0], [0.6, 40.0], [0.9, 10.0]])).tolist() == [1, 2, 0]
