"""The probability of the better run against Mann, Whitney, Wilson, Brunner and Munzel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_report.stats.better import better_run
from scipy import stats as scipy_stats

finite = st.floats(-1e3, 1e3, allow_subnormal=False)


samples = st.lists(finite, min_size=2, max_size=30)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@given(samples, samples)
@settings(max_examples=30)
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


@pytest.mark.parametrize(("apart", "near"), [(14, True), (24, False)])
def test_the_variance_near_the_ends_is_at_least_that_of_hanley_and_mcneil(apart: int, near: bool) -> None:
    a, b = np.arange(30.0) + apart, np.arange(30.0)
    found, _ = better_run(a, b)
    share, tested = found.value, scipy_stats.brunnermunzel(a, b)
    seen = ((share - 0.5) / tested.statistic) ** 2
    known = share * (1 - share) * (1 + 29 * ((1 - share) / (2 - share) + share / (1 + share))) / 900
    assert seen < known
    tosses = share * (1 - share) / (seen if near else known)
    z = scipy_stats.t.ppf(0.975, 58)
    half = z * np.sqrt(share * (1 - share) / tosses + z**2 / (4 * tosses**2)) / (1 + z**2 / tosses)
    assert found.high - found.low == pytest.approx(2 * half)


def test_separate_and_equal_runs_have_wide_intervals() -> None:
    apart, p = better_run(np.arange(30.0) + 100, np.arange(30.0))
    assert (apart.value, apart.high) == (1.0, 1.0)
    assert 0.9 < apart.low < 0.95
    assert p == pytest.approx(scipy_stats.mannwhitneyu(np.arange(30.0) + 100, np.arange(30.0), method="asymptotic")[1])
    same, q = better_run(np.ones(30), np.ones(30))
    assert (same.value, q) == (0.5, 1.0)
    assert same.high - same.low > 0.2
    assert np.isnan(better_run(np.ones(1), np.zeros(30))[0].low)
