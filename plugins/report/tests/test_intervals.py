"""Intervals of means and shares against closed forms, scipy and their own laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_report.stats.intervals import (
    Estimate,
    interquartile_mean,
    mean_band,
    mean_interval,
    proportion_interval,
    reach_of,
    reaches_further,
)
from nasapi_report.stats.sequential import sequential_equivalence_test
from nasapi_report.stats.signs import equivalence_test
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


@given(
    st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0]), min_size=2, max_size=24), st.sampled_from([0.0, 1.0, 2.0]), finite
)
def test_an_interval_reaches_further_exactly_where_it_is_said_to(ends: list[float], below: float, above: float) -> None:
    values = np.array(ends)
    reach = (min(ends) - below, max(ends) + max(above, 0.0))
    found, by_spread = mean_interval(values, reach=reach), mean_interval(values + 1e-9 * np.arange(len(ends)))
    wider = found.low < by_spread.low - 1e-6 or found.high > by_spread.high + 1e-6
    assert not wider or reaches_further(values, reach)
    others = len(ends) - max(map(ends.count, ends))
    assert wider or others < 4 or not reaches_further(values, reach)
    assert not reaches_further(values, None)


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
    for sample, reach in ((np.full(12, 3.0), None), (np.array([3.0]), None), (np.full(9, 3.0), (1.0, 5.0))):
        found = mean_interval(sample, reach=reach)
        assert found.value == 3.0
        assert np.isnan([found.low, found.high]).all()


@given(st.lists(st.sampled_from([90.0, 91.0, 91.5, 92.0]), min_size=10, max_size=40))
@settings(max_examples=60)
def test_no_interval_has_width_0_and_all_hold_their_mean(values: list[float]) -> None:
    found = mean_interval(np.array(values), reach=(89.0, 92.0))
    assert found.low <= found.value <= found.high
    assert found.low < found.high


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=9), st.integers(0, 50), st.integers(0, 50))
@settings(max_examples=60)
def test_the_interval_of_few_runs_is_students_cut_to_what_a_mean_can_be(
    values: list[int], below: int, above: int
) -> None:
    sample = np.array(values, float)
    within = (sample.min() - below, sample.max() + above)
    found = mean_interval(sample, reach=(-1e9, 1e9), within=within)
    if np.ptp(sample) == 0:
        assert np.isnan([found.low, found.high]).all()
        return
    low, high = scipy_stats.t.interval(0.95, len(sample) - 1, sample.mean(), scipy_stats.sem(sample))
    assert (found.low, found.high) == pytest.approx((max(low, within[0]), min(high, within[1])), abs=1e-9)


def test_no_interval_of_many_runs_goes_beyond_what_a_mean_can_be() -> None:
    sample = np.array([91.58, 91.59, 91.6, 91.6, 91.6, 91.59, 91.61, 91.6, 91.58, 90.0])
    assert mean_interval(sample).high > 91.66
    found = mean_interval(sample, within=(0.0, 91.61))
    assert (found.value, found.high) == (pytest.approx(91.435), 91.61)
    assert found.low == mean_interval(sample).low
    at_ceiling = mean_interval(np.full(30, 3.0), reach=(1.0, 9.0), within=(2.9, 3.5))
    missed = 1 - 0.025 ** (1 / 30)
    assert 3 - 2 * missed < 2.9 and 3 + 6 * missed > 3.5
    assert (at_ceiling.low, at_ceiling.high) == (2.9, 3.5)


def test_one_bad_run_of_six_does_not_widen_an_interval_beyond_what_was_seen() -> None:
    found = mean_interval(np.array([72.1, 83.4, 85.8, 83.9, 84.2, 82.6]))
    assert (found.low, found.high) == pytest.approx((76.8, 87.2), abs=0.1)


def test_a_limit_that_values_break_is_none() -> None:
    found = mean_interval(np.array([1.0, 2.0, 3.0]), within=(1.5, 2.5))
    assert (found.low, found.high) == (1.0, 3.0)


def test_the_reach_of_runs_is_where_they_ended_and_what_they_held_before() -> None:
    curves = [np.array([np.nan, 3.0, 5.0, 7.0, 7.0]), np.array([2.0, 2.0, 6.0, 6.5]), np.array([6.8, 6.8])]
    assert reach_of(curves) == (5.0, 7.0)
    assert reach_of([np.array([np.nan]), np.empty(0)]) is None


@given(samples)
@settings(max_examples=25)
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
    for test in (equivalence_test, sequential_equivalence_test):
        with pytest.raises(ValueError, match=r"larger than 0, not 0\.0"):
            test(np.ones(3), 0.0)


def test_an_estimate_excludes_what_is_outside_its_interval() -> None:
    assert Estimate(1.0, 0.5, 1.5).excludes(0.0)
    assert not Estimate(1.0, -0.5, 1.5).excludes(0.0)
