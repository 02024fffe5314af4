"""Statistics against closed forms, scipy and their own laws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_report.stats.better import better_run
from nasapi_report.stats.curves import align, step, time_grid, whole_grid
from nasapi_report.stats.intervals import (
    Estimate,
    interquartile_mean,
    mean_band,
    mean_interval,
    proportion_interval,
    reach_of,
)
from nasapi_report.stats.paired import ALPHA, compare, corrected, holm, indistinguishable
from nasapi_report.stats.runtimes import expected_runtime, first_reached, runtime_distribution
from nasapi_report.stats.sequential import practically_equal, told_apart
from nasapi_report.stats.signs import equivalence_test, mean_test
from scipy import stats as scipy_stats

finite = st.floats(-1e3, 1e3, allow_subnormal=False)
samples = st.lists(finite, min_size=2, max_size=30)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# intervals


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_interval_of_a_sample_without_skewness_is_students(level: float) -> None:
    sample = np.concatenate([half := rng().normal(0.0, 2.0, 20), -half]) + 5.0
    found = mean_interval(sample, level=level)
    low, high = scipy_stats.t.interval(level, 39, sample.mean(), scipy_stats.sem(sample))
    assert (found.value, found.low, found.high) == pytest.approx((5.0, low, high), abs=1e-6)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_of_a_skewed_sample_solves_halls_cubic(level: float) -> None:
    sample = rng().exponential(1.0, 25)
    found, n, skew = mean_interval(sample, level=level), 25, scipy_stats.skew(sample)
    quantile = scipy_stats.t.ppf((1 + level) / 2, n - 1) / np.sqrt(n)
    for end, wanted in ((found.low, quantile), (found.high, -quantile)):
        w = (sample.mean() - end) / sample.std(ddof=1)
        assert w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / (6 * n) == pytest.approx(wanted)
    assert found.high - found.value > found.value - found.low


def test_runs_that_all_end_on_the_optimum_have_an_interval_by_what_may_be_missed() -> None:
    found = mean_interval(np.full(30, 91.607), reach=(91.0, 91.607))
    missed = 1 - 0.025 ** (1 / 30)
    assert (found.value, found.high) == (91.607, 91.607)
    assert found.low == pytest.approx(91.607 - missed * 0.607)


@pytest.mark.parametrize(("others", "level"), [(1, 0.95), (3, 0.9)])
def test_few_runs_beside_the_optimum_are_bounded_by_clopper_and_pearson(others: int, level: float) -> None:
    sample = np.array([90.0] * (30 - others) + [89.5] * others)
    share = scipy_stats.binomtest(others, 30).proportion_ci(level, method="exact").high
    found = mean_interval(sample, reach=(89.0, 90.0), level=level)
    assert (found.low, found.high) == pytest.approx((90.0 - share, 90.0))


def test_an_interval_of_half_the_runs_at_the_optimum_reaches_to_what_may_be_missed() -> None:
    sample = np.array([90.0] * 20 + np.linspace(89.0, 89.9, 10).tolist())
    plain, wide = mean_interval(sample), mean_interval(sample, reach=(87.0, 90.0))
    missed = 1 - 0.025 ** (1 / 30)
    assert plain.low - wide.low == pytest.approx(2.0 * missed)
    assert wide.high == min(90.0, plain.high)
    assert mean_interval(sample[10:], reach=(87.0, 91.0)).high > 90.0 - 0.5


def test_equal_values_of_unknown_reach_have_no_interval_nor_has_one_value() -> None:
    for sample in (np.full(5, 3.0), np.array([3.0])):
        found = mean_interval(sample)
        assert found.value == 3.0
        assert np.isnan([found.low, found.high]).all()


@given(st.lists(st.sampled_from([90.0, 91.0, 91.5, 92.0]), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_interval_has_width_0_and_all_hold_their_mean(values: list[float]) -> None:
    found = mean_interval(np.array(values), reach=(89.0, 92.0))
    assert found.low <= found.value <= found.high
    assert found.low < found.high


def test_the_reach_of_runs_is_where_they_ended_and_what_they_held_before() -> None:
    curves = [np.array([np.nan, 3.0, 5.0, 7.0, 7.0]), np.array([2.0, 2.0, 6.0, 6.5]), np.array([6.8, 6.8])]
    assert reach_of(curves) == (5.0, 7.0)
    assert reach_of([np.array([np.nan]), np.empty(0)]) is None


@given(samples)
@settings(max_examples=25, deadline=None)
def test_the_interquartile_mean_is_scipys(values: list[float]) -> None:
    assert interquartile_mean(np.array(values)) == pytest.approx(scipy_stats.trim_mean(values, 0.25), abs=1e-9)


def test_the_band_is_the_bootstrap_of_whole_curves() -> None:
    curves = rng().normal([0.0, 5.0, 10.0], 1, (40, 3))
    mean, low, high = mean_band(curves, rng(), resamples=4000)
    half = 1.96 * curves.std(axis=0) / np.sqrt(40)
    np.testing.assert_allclose(mean, curves.mean(axis=0))
    np.testing.assert_allclose(high - low, 2 * half, rtol=0.08)


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (98, 100)])
def test_a_share_has_the_interval_of_clopper_and_pearson(k: int, n: int, level: float) -> None:
    wanted = scipy_stats.binomtest(k, n).proportion_ci(level, method="exact")
    found = proportion_interval(k, n, level=level)
    assert (found.value, found.low, found.high) == pytest.approx((k / n, wanted.low, wanted.high), abs=1e-9)


def test_a_band_of_another_level_is_narrower_and_its_quantiles_are_even() -> None:
    curves = rng().normal(0, 1, (40, 2))
    _, low, high = mean_band(curves, rng(), resamples=4000, level=0.5)
    half = scipy_stats.norm.ppf(0.75) * curves.std(axis=0) / np.sqrt(40)
    np.testing.assert_allclose([curves.mean(axis=0) - low, high - curves.mean(axis=0)], [half, half], rtol=0.12)


def test_bad_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"needs finite values, at least one; given shape \(0,\)"):
        mean_interval(np.empty(0))
    with pytest.raises(ValueError, match="needs finite values"):
        mean_band(np.array([[np.inf]]), rng())
    with pytest.raises(ValueError, match="between 0 and 1, not 95"):
        mean_interval(np.ones(3), level=95)
    with pytest.raises(ValueError, match="0 to n successes of n > 0, not 3 of 2"):
        proportion_interval(3, 2)
    for test in (equivalence_test, practically_equal):
        with pytest.raises(ValueError, match=r"larger than 0, not 0\.0"):
            test(np.ones(3), 0.0)


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


def every_sign(difference: list[float]) -> float:
    """The two-sided p-value of the sign-flip test, by trying them all."""
    found = scipy_stats.permutation_test(
        (np.array(difference), np.zeros(len(difference))),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    return float(found.pvalue)


@pytest.mark.parametrize(
    ("difference", "p"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2 / 64),
        ([3.0, -1.0, 2.0], 4 / 8),  # sums as far from 0 as 4: 6, 4, -4, -6
        ([0.0, 0.0, 5.0], 1.0),
        ([0.0, 0.0], 1.0),
        ([2.0] * 9 + [-2.0], 22 / 1024),
    ],
)
def test_means_are_tested_by_every_choice_of_signs(difference: list[float], p: float) -> None:
    assert mean_test(np.array(difference)) == pytest.approx(p)


@given(st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 1.5, 3.0]), min_size=2, max_size=9))
@settings(max_examples=25, deadline=None)
def test_the_test_of_means_is_scipys_permutation_test(difference: list[float]) -> None:
    assert mean_test(np.array(difference)) == pytest.approx(every_sign(difference))


@pytest.mark.parametrize("n", [200, 201])
def test_the_test_of_means_of_many_pairs_is_students(n: int) -> None:
    difference = rng().normal(0.15, 1, n)
    wanted = scipy_stats.ttest_1samp(difference, 0).pvalue
    assert mean_test(difference) == pytest.approx(wanted, rel=0.1 if n == 200 else 1e-9)
    assert mean_test(np.ones(n)) < 1e-50
    assert equivalence_test(difference, 0.3) == pytest.approx(
        scipy_stats.ttest_1samp(difference, 0.3 * np.sign(difference.mean())).pvalue / 2, rel=0.1 if n == 200 else 1e-9
    )


def test_equivalence_is_the_larger_of_two_one_sided_tests() -> None:
    difference = np.array([0.1, -0.1, 0.2, 0.0, 0.3, 0.1, 0.1, -0.2])
    ends = [scipy_stats.ttest_1samp(difference, -0.4, alternative="greater").pvalue]
    ends.append(scipy_stats.ttest_1samp(difference, 0.4, alternative="less").pvalue)
    assert equivalence_test(difference, 0.4) == 1 / 256  # every difference is within the region: no other signs do
    assert max(ends) < 0.01
    assert equivalence_test(difference + 0.3, 0.4) == equivalence_test(-difference - 0.3, 0.4) > 0.1
    assert equivalence_test(np.zeros(4), 1.0) == 1 / 16


@given(samples, samples)
@settings(max_examples=30, deadline=None)
def test_the_probability_of_the_better_run_is_mann_whitneys_and_complements(a: list[float], b: list[float]) -> None:
    x, y = np.array(a), np.array(b)
    (forth, p), (back, q) = better_run(x, y), better_run(y, x)
    assert forth.value == pytest.approx(scipy_stats.mannwhitneyu(x, y).statistic / (len(a) * len(b)))
    assert (forth.value + back.value, forth.low + back.high, p) == pytest.approx((1, 1, q))
    assert 0 <= forth.low <= forth.value <= forth.high <= 1


def test_the_better_run_is_tested_by_the_larger_of_two_rank_tests() -> None:
    a, b = rng().normal(0.5, 3, 30), rng().normal(0, 1, 30)
    wide = scipy_stats.brunnermunzel(a, b).pvalue
    even = scipy_stats.mannwhitneyu(a, b, method="asymptotic").pvalue
    assert better_run(a, b)[1] == pytest.approx(max(wide, even))
    assert wide > even
    c = np.round(rng().normal(0.9, 1, 7), 1)
    both = [scipy_stats.brunnermunzel(c, b).pvalue, scipy_stats.mannwhitneyu(c, b, method="asymptotic").pvalue]
    assert better_run(c, b)[1] == pytest.approx(max(both))
    assert both[1] > both[0]


def test_the_interval_of_the_better_run_is_wilsons_with_brunner_and_munzels_variance() -> None:
    a, b = rng().normal(0.5, 1, 20), rng().normal(0, 2, 25)
    found, _ = better_run(a, b, level=0.9)
    tested = scipy_stats.brunnermunzel(a, b)
    error = (found.value - 0.5) / abs(tested.statistic)
    tosses = found.value * (1 - found.value) / error**2
    for end in (found.low, found.high):
        z = (found.value - end) / np.sqrt(end * (1 - end) / tosses)
        assert 2 * scipy_stats.t.sf(abs(z), 39.76) == pytest.approx(0.1, abs=0.002)


def test_separate_and_equal_runs_have_wide_intervals() -> None:
    apart, p = better_run(np.arange(30.0) + 100, np.arange(30.0))
    assert (apart.value, apart.high) == (1.0, 1.0)
    assert 0.9 < apart.low < 0.95
    assert p == pytest.approx(scipy_stats.mannwhitneyu(np.arange(30.0) + 100, np.arange(30.0), method="asymptotic")[1])
    same, q = better_run(np.ones(30), np.ones(30))
    assert (same.value, q) == (0.5, 1.0)
    assert same.high - same.low > 0.2
    assert np.isnan(better_run(np.ones(1), np.zeros(30))[0].low)


def test_comparisons_pair_runs_by_seed() -> None:
    runs = {"high": {2: 4.0, 1: 3.0, 5: 100.0}, "low": {0: 1.0, 1: 2.0, 2: 3.0}, "none": {9: 0.0}}
    (row,) = compare(runs)
    assert (row.a, row.b, row.pairs) == ("high", "low", 2)
    assert row.difference.value == pytest.approx(1.0)
    assert (row.means.p, row.alike) == (0.5, None)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_a_comparison_has_intervals_of_the_level_that_is_asked_for(level: float) -> None:
    a, b = rng().normal(0.4, 1, 12), rng().normal(0, 1, 12)[::-1]
    (row,) = compare({"a": dict(enumerate(a)), "b": dict(enumerate(b))}, level=level)
    assert row.difference == mean_interval(a - b, level=level) != mean_interval(a - b)
    assert row.improvement == better_run(a, b, level=level)[0] != better_run(a, b)[0]


def test_a_difference_reaches_as_far_as_both_strategies_do() -> None:
    runs = {name: dict.fromkeys(range(30), 5.0) for name in "ab"}
    (row,) = compare(runs, reaches={"a": (3.0, 5.0), "b": (4.0, 5.0)}, region=1.0)
    missed = 1 - 0.025 ** (1 / 30)
    assert (row.difference.low, row.difference.high) == pytest.approx((-2 * missed, missed))
    assert row.alike is not None
    assert (row.negligible, row.alike.p, row.region) == (True, 2.0**-30, 1.0)


def borderline() -> dict[str, dict[int, float]]:
    """Two strategies whose means differ with p = 2 / 64 and whose runs do not."""
    return {"a": {seed: 10.0 * seed + 1 for seed in range(6)}, "b": {seed: 10.0 * seed for seed in range(6)}}


def test_the_correction_is_over_the_whole_page_and_changes_the_answer() -> None:
    (alone,) = compare(borderline())
    assert (alone.means.p, alone.means.adjusted) == (2 / 64, 4 / 64)
    separate = {"a": dict.fromkeys(range(30), 1.0), "b": dict.fromkeys(range(30), 0.0)}
    for others in range(3):
        first, *rest = corrected([compare(borderline()), *[compare(separate)] * others])
        wanted = holm([alone.means.p, alone.runs.p, *[test.p for (row,) in rest for test in row.tests]])
        assert (first[0].means.adjusted, first[0].runs.adjusted) == tuple(wanted[:2])
    pages = corrected([compare(borderline())] * 6)
    assert {row.means.adjusted for rows in pages for row in rows} == {12 * 2 / 64}


def test_only_strategies_told_from_the_best_leave_the_leading_set() -> None:
    seeds = range(30)
    noise = rng().normal(0, 1, (3, 30))
    means = {"best": 0.05, "same": 0.0, "worse": -3.0}
    runs = {name: {s: mean + noise[i, s] for s in seeds} for i, (name, mean) in enumerate(means.items())}
    rows = compare(runs)
    assert indistinguishable("best", list(runs), rows) == {"best", "same"}


def test_a_difference_that_is_lost_in_the_correction_keeps_a_strategy_leading() -> None:
    rows = compare(borderline())
    assert rows[0].means.p < ALPHA
    assert indistinguishable("a", ["a", "b"], rows) == {"a", "b"}


# looking on


def test_a_bet_on_signs_is_won_by_hand() -> None:
    found = told_apart(np.array([0.0, 3.0, 1.0]))
    scores = [0.0, scipy_stats.norm.ppf((1 + 0.75) / 2), scipy_stats.norm.ppf((1 + 0.5) / 2)]
    wealth = sum(
        weight / 2 * np.cumprod(1 + sign * np.tanh(bet * np.array(scores)))
        for bet, weight in ((0.5, 0.95), (0.2, 0.05))
        for sign in (1, -1)
    )
    np.testing.assert_allclose(found, 1 / np.maximum.accumulate(np.maximum(wealth, 1)))


def test_what_was_shown_once_stays_shown_and_either_side_may_win() -> None:
    difference = np.concatenate([np.full(30, 1.0), np.full(10, -1.0)])
    found = told_apart(difference)
    assert (np.diff(found) <= 0).all()
    assert found[29] < 0.01
    np.testing.assert_allclose(found, told_apart(-difference))
    assert told_apart(np.zeros(50))[-1] == 1.0


def test_many_studies_are_looked_at_together() -> None:
    differences = rng().normal(0.3, 1, (4, 20))
    for found, difference in zip(told_apart(differences), differences, strict=True):
        np.testing.assert_allclose(found, told_apart(difference))


def test_equal_runs_are_soon_practically_equal_and_those_apart_never() -> None:
    found = practically_equal(np.zeros(30), 0.3)
    assert np.argmax(found < 0.05) < 10
    assert practically_equal(rng().normal(0.4, 0.3, 300), 0.3)[-1] > 0.05
    np.testing.assert_allclose(found, practically_equal(np.zeros(30), 3.0))


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
