"""Statistics against closed forms, scipy and their own laws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_report.stats.curves import align, step, time_grid, whole_grid
from nasapi_report.stats.intervals import (
    Estimate,
    mean_band,
    mean_interval,
    normal_interval,
    proportion_interval,
    trimmed_interval,
)
from nasapi_report.stats.paired import compare, holm, improvement, indistinguishable, wilcoxon
from nasapi_report.stats.ranks import rank_strategies
from nasapi_report.stats.runtimes import expected_runtime, first_reached, performance_profile, runtime_distribution
from scipy import stats as scipy_stats

finite = st.floats(-1e3, 1e3, allow_subnormal=False)
samples = st.lists(finite, min_size=2, max_size=30)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# intervals


def test_the_interval_of_the_mean_covers_the_truth_about_as_often_as_it_says() -> None:
    draws = rng()
    samples = draws.exponential(1.0, (300, 30))
    found = [mean_interval(sample, draws, resamples=500) for sample in samples]
    covered = np.mean([row.low <= 1.0 <= row.high for row in found])
    assert 0.88 <= covered <= 0.98  # skewed data, n = 30: BCa is known to fall a little short of 0.95


def test_the_interval_of_a_normal_sample_is_near_students() -> None:
    sample = rng().normal(5.0, 2.0, 100)
    found = mean_interval(sample, rng())
    low, high = scipy_stats.t.interval(0.95, 99, sample.mean(), scipy_stats.sem(sample))
    assert found.low == pytest.approx(low, abs=0.06)
    assert found.high == pytest.approx(high, abs=0.06)


def test_the_normal_interval_is_1_96_standard_errors_to_each_side() -> None:
    sample = rng().normal(5.0, 2.0, 20)
    low, high = scipy_stats.norm.interval(0.95, sample.mean(), scipy_stats.sem(sample))
    found = normal_interval(sample)
    assert (found.value, found.low, found.high) == pytest.approx((sample.mean(), low, high))


def test_the_normal_interval_has_no_width_for_equal_values_and_no_ends_for_one() -> None:
    assert normal_interval(np.full(5, 0.1)) == Estimate(0.1, 0.1, 0.1)
    one = normal_interval(np.array([3.0]))
    assert one.value == 3.0
    assert np.isnan([one.low, one.high]).all()


def test_equal_values_give_an_interval_of_no_width_and_one_value_none() -> None:
    assert mean_interval(np.full(5, 3.0), rng()) == Estimate(3.0, 3.0, 3.0)
    one = mean_interval(np.array([3.0]), rng())
    assert one.value == 3.0
    assert np.isnan([one.low, one.high]).all()


@pytest.mark.parametrize("odd", [1, 2, 29])
def test_nearly_equal_values_still_give_a_finite_interval(odd: int) -> None:
    sample = np.r_[np.full(odd, 91.0), np.full(30 - odd, 91.5)]
    found = mean_interval(sample, rng())
    assert found.low <= found.value <= found.high
    assert np.isfinite([found.low, found.high]).all()


@given(samples)
@settings(max_examples=25, deadline=None)
def test_the_interquartile_mean_lies_in_its_interval_and_in_the_middle_half(values: list[float]) -> None:
    sample = np.sort(values)
    found = trimmed_interval(sample, rng(), resamples=200)
    cut = len(sample) // 4
    assert found.value == pytest.approx(scipy_stats.trim_mean(sample, 0.25), abs=1e-9)
    assert sample[cut] - 1e-9 <= found.value <= sample[len(sample) - 1 - cut] + 1e-9
    assert sample[0] - 1e-9 <= found.low <= found.high <= sample[-1] + 1e-9


def test_one_value_has_an_interquartile_mean_without_an_interval() -> None:
    assert np.isnan(trimmed_interval(np.array([2.0]), rng()).low)


def test_the_band_is_the_bootstrap_of_whole_curves() -> None:
    curves = rng().normal([0.0, 5.0, 10.0], 1, (40, 3))
    mean, low, high = mean_band(curves, rng(), resamples=4000)
    half = 1.96 * curves.std(axis=0) / np.sqrt(40)
    np.testing.assert_allclose(mean, curves.mean(axis=0))
    np.testing.assert_allclose(high - low, 2 * half, rtol=0.08)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (98, 100)])
def test_a_share_has_wilsons_interval(k: int, n: int) -> None:
    wanted = scipy_stats.binomtest(k, n).proportion_ci(method="wilson")
    found = proportion_interval(k, n)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_bad_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"needs finite values, at least one; given shape \(0,\)"):
        mean_interval(np.empty(0), rng())
    with pytest.raises(ValueError, match="needs finite values"):
        mean_band(np.array([[np.inf]]), rng())
    with pytest.raises(ValueError, match="between 0 and 1, not 95"):
        mean_interval(np.ones(3), rng(), level=95)
    with pytest.raises(ValueError, match="0 to n successes of n > 0, not 3 of 2"):
        proportion_interval(3, 2)


def test_an_estimate_excludes_what_is_outside_its_interval() -> None:
    assert Estimate(1.0, 0.5, 1.5).excludes(0.0)
    assert not Estimate(1.0, -0.5, 1.5).excludes(0.0)


# paired comparisons


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_value_keeps_their_order_and_stays_within_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    order = np.argsort(p, kind="stable")
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert all(a <= b for a, b in pairwise(adjusted[order]))
    assert (adjusted <= np.minimum(np.array(p) * len(p), 1) + 1e-12).all()


def test_holm_gives_the_worked_example() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert holm([]).shape == (0,)


def test_wilcoxon_is_exact_for_few_pairs() -> None:
    assert wilcoxon(np.arange(1, 7.0), np.zeros(6)) == pytest.approx(2 / 2**6)


def test_wilcoxon_agrees_with_scipy_for_many_pairs() -> None:
    a, b = rng().normal(0.4, 1, 40), rng().normal(0, 1, 40)
    b = b[::-1]
    assert wilcoxon(a, b) == pytest.approx(scipy_stats.wilcoxon(a, b).pvalue)


@given(st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 1.5, 3.0]), min_size=2, max_size=7))
@settings(max_examples=25, deadline=None)
def test_wilcoxon_with_ties_and_zeros_tries_every_sign(difference: list[float]) -> None:
    d = np.array(difference)
    every = scipy_stats.PermutationMethod(n_resamples=2**7)
    wanted = scipy_stats.wilcoxon(d, zero_method="pratt", method=every).pvalue if d.any() else 1.0
    assert wilcoxon(d, np.zeros(len(d))) == pytest.approx(wanted)


def test_wilcoxon_is_normal_for_very_many_pairs() -> None:
    d = rng().normal(0.1, 1, 150)
    assert wilcoxon(d, np.zeros(150)) == pytest.approx(scipy_stats.wilcoxon(d, method="exact").pvalue, rel=0.02)


def test_equal_runs_cannot_be_told_apart() -> None:
    assert wilcoxon(np.ones(30), np.ones(30)) == 1.0


@given(samples, samples)
@settings(max_examples=30, deadline=None)
def test_the_probability_of_improvement_is_mann_whitneys_and_complements(a: list[float], b: list[float]) -> None:
    x, y = np.array(a), np.array(b)
    forth, back = (improvement(left, right, rng(), resamples=50) for left, right in ((x, y), (y, x)))
    u = scipy_stats.mannwhitneyu(x, y).statistic
    assert forth.value == pytest.approx(u / (len(a) * len(b)))
    assert forth.value + back.value == pytest.approx(1)
    assert 0 <= forth.low <= forth.high <= 1


def test_comparisons_pair_runs_by_seed() -> None:
    runs = {"high": {2: 4.0, 1: 3.0, 5: 100.0}, "low": {0: 1.0, 1: 2.0, 2: 3.0}, "none": {9: 0.0}}
    (row,) = compare(runs, rng())
    assert (row.a, row.b, row.pairs) == ("high", "low", 2)
    assert row.difference.value == pytest.approx(1.0)
    assert row.adjusted >= row.p


def test_only_strategies_told_from_the_best_leave_the_leading_set() -> None:
    seeds = range(30)
    noise = rng().normal(0, 1, (3, 30))
    means = {"best": 0.05, "same": 0.0, "worse": -3.0}
    runs = {name: {s: mean + noise[i, s] for s in seeds} for i, (name, mean) in enumerate(means.items())}
    rows = compare(runs, rng())
    assert indistinguishable("best", list(runs), rows) == {"best", "same"}


# ranks


def test_ranks_and_critical_difference_are_those_of_demsar() -> None:
    # Demšar (2006), table 6: average ranks of C4.5 with four settings on 14 data sets, CD at 0.05 = 1.25
    values = rng().normal([0.0, 0.1, 0.2, 3.0], 1, (14, 4))
    ranking = rank_strategies(("a", "b", "c", "d"), values)
    assert ranking.critical == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=2e-3)
    assert ranking.names[0] == "d"
    assert ranking.p == pytest.approx(scipy_stats.friedmanchisquare(*values.T).pvalue)
    assert sum(ranking.ranks) == pytest.approx(4 * 5 / 2)


def test_groups_are_maximal_stretches_within_the_critical_difference() -> None:
    values = np.tile([3.0, 2.0, 1.0], (40, 1))
    assert rank_strategies(("a", "b", "c"), values).groups == ()
    alike = rank_strategies(("a", "b", "c"), np.ones((5, 3)))
    assert alike.p == 1.0
    assert alike.groups == ((0, 2),)


def test_too_few_strategies_are_not_ranked() -> None:
    with pytest.raises(ValueError, match="3 strategies and 2 benchmarks or more; given 2 and 5"):
        rank_strategies(("a", "b"), np.ones((5, 2)))


# curves


def test_curves_are_step_functions_never_slopes() -> None:
    found = step(np.array([1.0, 3.0]), np.array([10.0, 20.0]), np.array([0.5, 1.0, 2.9, 3.0, 99.0]))
    np.testing.assert_array_equal(found, [np.nan, 10.0, 10.0, 20.0, 20.0])


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=8), st.lists(st.floats(0, 200), min_size=1, max_size=8))
def test_a_step_function_takes_only_values_it_was_given(costs: list[float], grid: list[float]) -> None:
    at = np.cumsum(costs)
    found = align([at], [np.arange(len(at), dtype=float)], np.sort(grid))[0]
    assert set(found[~np.isnan(found)]) <= set(range(len(at)))
    assert (np.isnan(found) == (np.sort(grid) < at[0])).all()


@given(st.integers(1, 100_000))
def test_a_grid_of_queries_rises_from_the_first_to_the_last(last: int) -> None:
    grid = whole_grid(last)
    assert grid[0] == 1
    assert grid[-1] == last
    assert (np.diff(grid) > 0).all()
    assert len(grid) <= 160


def test_on_the_grid_of_times_every_run_has_begun_and_none_has_ended() -> None:
    grid = time_grid([np.array([2.0, 5.0, 9.0]), np.array([1.0, 7.0])])
    assert (grid[0], grid[-1]) == (2.0, 7.0)
    assert time_grid([np.array([1.0, 2.0]), np.array([3.0, 4.0])]).shape == (0,)


# runtimes


def test_a_target_is_first_reached_counting_from_one() -> None:
    curve = np.array([5.0, 3.0, 3.0, 1.0])
    assert [first_reached(curve, target) for target in (5.0, 3.0, 0.0)] == [1.0, 2.0, np.inf]
    assert first_reached(np.array([np.nan, 2.0]), 3.0) == 2.0


@given(st.lists(st.one_of(st.integers(1, 50), st.just(np.inf)), min_size=1, max_size=20))
def test_the_runtime_distribution_is_the_share_already_there(times: list[float]) -> None:
    grid = np.arange(1, 51)
    found = runtime_distribution(np.array(times, float), grid)
    np.testing.assert_allclose(found, [np.mean([t <= g for t in times]) for g in grid])


def test_expected_runtime_charges_failures_to_the_successes() -> None:
    assert expected_runtime(np.array([10.0, np.inf]), np.array([100.0, 100.0])) == 110.0
    assert expected_runtime(np.array([np.inf]), np.array([100.0])) == np.inf


def test_a_performance_profile_compares_with_the_fastest_of_each_problem() -> None:
    times = np.array([[10.0, 20.0], [30.0, 10.0], [np.inf, 5.0], [np.inf, np.inf]])
    found = performance_profile(times, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(found, [[0.25, 0.25, 0.5], [0.5, 0.75, 0.75]])
