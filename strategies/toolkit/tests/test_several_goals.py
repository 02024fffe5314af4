"""Choices for several goals, and at the edges of what numbers hold, against the formulas of their papers."""

import numpy as np
import pytest
from nasapi_toolkit.acquisition import choose, log_feasibility, log_improvement
from scipy.stats import norm

NO_BOUNDS = np.empty((0, 2))


@pytest.fixture
def predicted():
    """(30, 2) expectations of two goals against each other, and spreads of different sizes."""
    rng = np.random.default_rng(5)
    x = rng.random(30)
    return np.column_stack([x, 1 - x**2 + 0.2 * rng.random(30)]), rng.random((30, 2)) / 3 + 0.05


def improvement(mean, spread, best):
    """The expected improvement of Jones, Schonlau & Welch 1998, equation 15."""
    gain = (best - mean) / spread
    return (best - mean) * norm.cdf(gain) + spread * norm.pdf(gain)


@pytest.mark.parametrize("seed", range(5))
def test_draws_go_by_the_augmented_chebyshev_function_of_drawn_weights(predicted, seed):
    mean, _ = predicted
    weights = np.random.default_rng(seed).dirichlet(np.ones(2))
    weighted = (mean - mean.min(axis=0)) * weights
    wanted = (weighted.max(axis=1) + 0.05 * weighted.sum(axis=1)).argmin()  # Knowles 2006, equation 2
    chosen = choose("its", mean, np.full_like(mean, 1e-12), mean, NO_BOUNDS, 1, np.random.default_rng(seed))
    assert chosen.tolist() == [wanted]


def test_the_sum_in_the_chebyshev_function_decides_between_candidates_of_one_largest_part():
    mean = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.6, 0.5], [0.4, 0.5]])
    for seed in range(20):
        weights = np.random.default_rng(seed).dirichlet(np.ones(2))
        rows = choose("its", mean, np.zeros_like(mean), mean, NO_BOUNDS, 5, np.random.default_rng(seed)).tolist()
        if weights[1] > weights[0]:
            assert rows.index(4) < rows.index(2)  # 0.4 or 0.5 of the first goal, and the second goal is the largest


@pytest.mark.parametrize("seed", range(5))
def test_improvement_in_several_goals_is_that_of_their_weighted_sum(predicted, seed):
    mean, spread = predicted
    observed = np.array([[0.4, 0.7], [0.9, 0.2]])
    weights = np.random.default_rng(seed).dirichlet(np.ones(2))
    deviation = np.sqrt((spread**2) @ weights**2)
    wanted = improvement(mean @ weights, deviation, (observed @ weights).min()).argmax()
    chosen = choose("ei", mean, spread, observed, NO_BOUNDS, 1, np.random.default_rng(seed))
    assert chosen.tolist() == [wanted]


def test_draws_under_constraints_go_by_what_is_broken_in_all_of_them():
    mean = np.array([[0.0, 3.0, 0.0], [1.0, 1.5, 1.5], [2.0, 0.0, 1.5], [3.0, 0.0, 0.0]])
    bounds = np.array([[-np.inf, 1.0], [-np.inf, 1.0]])
    rows = choose("its", mean, np.zeros_like(mean), mean[:, :1], bounds, 4, np.random.default_rng(0))
    assert rows.tolist() == [3, 2, 1, 0]


def test_a_certain_improvement_is_worth_itself():
    found = log_improvement(np.array([-1.0, -1e-4]), np.array([0.0, 1e-8]), 0.0)
    np.testing.assert_allclose(np.exp(found), [1.0, 1e-4], rtol=1e-6)


@pytest.mark.parametrize("gain", [-19.9, -20.0, -20.1, -30.0])
def test_improvements_too_small_for_the_formula_are_those_of_the_integral(gain):
    # gain Phi(gain) + phi(gain), the difference of two almost equal numbers, by its continued fraction
    mills = 1 / (-gain + 1 / (-gain + 2 / (-gain + 3 / (-gain + 4 / -gain))))
    wanted = norm.logpdf(gain) + np.log1p(gain * mills)
    assert log_improvement(np.array([-gain]), np.ones(1), 0.0)[0] == pytest.approx(wanted, abs=1e-4)


def test_a_certain_value_is_feasible_or_is_not():
    bounds = np.array([[-1.0, 1.0]])
    found = np.exp(log_feasibility(np.array([[0.999], [1.001]]), np.full((2, 1), 1e-12), bounds))
    np.testing.assert_allclose(found, [1.0, 0.0], atol=1e-9)


def test_bounds_that_meet_still_tell_candidates_apart():
    found = log_feasibility(np.array([[2.0], [3.0], [5.0]]), np.ones((3, 1)), np.array([[2.0, 2.0]]))
    assert np.isfinite(found).all()
    assert (np.diff(found) < 0).all()


def test_what_differs_in_the_sixth_decimal_is_equal_and_in_the_fourth_is_not():
    for difference, rows in ((4e-6, [0, 1]), (1e-4, [1, 0])):
        mean = np.array([[0.5 + difference], [0.5]])
        chosen = choose("mean", mean, np.ones_like(mean), mean, NO_BOUNDS, 2, np.random.default_rng(0))
        assert chosen.tolist() == rows
