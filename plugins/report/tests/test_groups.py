"""Estimates over several benchmarks against weighted sums by hand and the laws of their bootstraps."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_report.stats.groups import Stratum, middle_estimate, pointwise_band, total_estimate
from scipy import stats


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def stratum(
    values: list[float], weight: float = 1.0, group: str = "a", farthest: float = 0.0, benchmark: str = ""
) -> Stratum:
    """The runs on a benchmark of its own, where none is named."""
    name = benchmark or str(values)
    return Stratum(values=np.array(values, float), weight=weight, benchmark=name, group=group, farthest=farthest)


SPREAD = np.random.default_rng(0).normal(5, 2, 25).tolist()
OTHER = np.random.default_rng(1).normal(1, 4, 16).tolist()


def test_a_further_run_takes_part_only_where_half_of_the_runs_or_more_agree() -> None:
    half = stratum([1.0, 1.0, 2.0, 3.0], farthest=9.0).drawn(rng(), 4000)
    assert half.shape == (4000, 4)
    assert [(half == value).mean() for value in (1, 2, 3, 9)] == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=0.02)
    fewer = stratum([1.0, 1.0, 2.0, 3.0, 4.0], farthest=9.0).drawn(rng(), 4000)
    assert [(fewer == value).mean() for value in (1, 2, 9)] == pytest.approx([0.4, 0.2, 0.0], abs=0.02)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_total_is_the_weighted_mean_with_the_normal_law_of_its_bootstrap(level: float) -> None:
    strata = [stratum(SPREAD, 0.25), stratum(OTHER, 0.75)]
    found = total_estimate(strata, rng(), level=level, resamples=8000)
    assert found.value == pytest.approx(0.25 * np.mean(SPREAD) + 0.75 * np.mean(OTHER))
    variance = (0.25**2 * np.var(SPREAD)) / 25 + (0.75**2 * np.var(OTHER)) / 16
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(variance)
    assert [found.value - found.low, found.high - found.value] == pytest.approx([half, half], rel=0.12)


def test_other_benchmarks_are_drawn_group_by_group() -> None:
    """Two groups with means 0 and 4, the second of two benchmarks at 3 and 5; no run differs from its benchmark."""
    strata = [
        stratum([-1e-6, 1e-6, 0.0], 0.5, "a"),
        stratum([3 - 1e-6, 3.0, 3 + 1e-6], 0.25, "b"),
        stratum([5 - 1e-6, 5.0, 5 + 1e-6], 0.25, "b"),
    ]
    apart = total_estimate(strata, rng(), groups=True, resamples=8000, level=0.5)
    # each group is drawn 0, 1 or 2 times with chances 1/4, 1/2, 1/4; the second is then worth 3, 4 or 5
    assert apart.value == pytest.approx(2.0)
    assert (apart.low, apart.high) == pytest.approx((1.5, 2.5), abs=0.6)
    wide = total_estimate(strata, rng(), groups=True, resamples=8000, level=0.98)
    assert (wide.low, wide.high) == pytest.approx((0.0, 5.0), abs=1e-5)
    within = total_estimate(strata, rng(), resamples=2000)
    assert within.high - within.low < 1e-5


def test_the_settings_of_a_benchmark_are_drawn_together_by_their_weights() -> None:
    """One group of two benchmarks: one at 0 with three settings, one at 1 with one; each is as likely to be drawn."""
    strata = [
        *(stratum([place * 1e-6, 0.0, -1e-6], 1 / 6, "a", benchmark="settings") for place in (1, 2, 3)),
        stratum([1.0, 1 + 1e-6, 1 - 1e-6], 0.5, "a", benchmark="other"),
    ]
    # of two draws of two benchmarks, none, one or both are of the other: 1/4, 1/2, 1/4
    narrow = total_estimate(strata, rng(), groups=True, resamples=8000, level=0.4)
    assert (narrow.value, narrow.low, narrow.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-5)
    wide = total_estimate(strata, rng(), groups=True, resamples=8000, level=0.6)
    assert (wide.low, wide.high) == pytest.approx((0.0, 1.0), abs=1e-5)
    uneven = [
        stratum([0.0, 1e-6, 2e-6], 0.75, "a", benchmark="one"),
        stratum([4.0, 4 + 1e-6, 4 + 2e-6], 0.25, "a", benchmark="one"),
    ]
    whole = total_estimate(uneven, rng(), groups=True)
    assert (whole.low, whole.high) == pytest.approx((1.0, 1.0), abs=1e-5)


def test_an_estimate_is_within_its_interval_though_the_bootstrap_lies_to_one_side() -> None:
    """All runs agree, so a run that ended far away takes part, which moves every mean up."""
    strata = [stratum([1.0] * 3, 1.0, farthest=100.0)]
    for found in (total_estimate(strata, rng(), level=0.2), middle_estimate(strata, rng(), level=0.2)):
        assert found.low == found.value == 1.0 or found.low <= 1.0 < found.high
    downwards = total_estimate([stratum([1.0] * 3, 1.0, farthest=-100.0)], rng(), level=0.2)
    assert downwards.low < downwards.high == downwards.value == 1.0


def test_the_middle_of_equal_weights_is_the_interquartile_mean() -> None:
    strata = [stratum(SPREAD[:12], 0.5), stratum(OTHER[:12], 0.5)]
    found = middle_estimate(strata, rng())
    assert found.value == pytest.approx(stats.trim_mean(SPREAD[:12] + OTHER[:12], 0.25))
    assert found.low < found.value < found.high


def test_the_middle_goes_by_the_weights_of_benchmarks_and_not_by_their_runs() -> None:
    """Weights .1 x 5 for 0 and .5 for 10: between the quarters .25 of 0 and .25 of 10."""
    strata = [stratum([0.0] * 5, 0.5), stratum([10.0], 0.5, farthest=10.0)]
    assert middle_estimate(strata, rng()).value == pytest.approx(5.0)
    uneven = [stratum([0.0] * 2, 0.6), stratum([10.0, 20.0], 0.4)]  # .3 .3 | .2 .2: .35 of 0, .15 of 10
    assert middle_estimate(uneven, rng()).value == pytest.approx((0.35 * 0 + 0.15 * 10) / 0.5)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_interval_of_the_middle_has_its_level(level: float) -> None:
    found = middle_estimate([stratum(SPREAD)], rng(), level=level, resamples=4000)
    drawn = np.random.default_rng(9).choice(SPREAD, (4000, 25))
    again = stats.trim_mean(drawn, 0.25, axis=1)
    assert (found.low, found.high) == pytest.approx(np.quantile(again, [(1 - level) / 2, (1 + level) / 2]), abs=0.12)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_band_weights_means_of_whole_runs_at_every_point(level: float) -> None:
    first, second = rng().normal([0, 5, 9], [1, 2, 3], (30, 3)), rng().normal(2, 1, (12, 3))
    mean, low, high = pointwise_band([first, second], np.array([0.3, 0.7]), rng(), level=level, resamples=6000)
    assert mean == pytest.approx(0.3 * first.mean(axis=0) + 0.7 * second.mean(axis=0))
    spread = np.sqrt(0.09 * first.var(axis=0) / 30 + 0.49 * second.var(axis=0) / 12)
    half = stats.norm.ppf((1 + level) / 2) * spread
    np.testing.assert_allclose([mean - low, high - mean], [half, half], rtol=0.15)


def test_a_band_of_tables_keeps_their_shape() -> None:
    tables = rng().normal(0, 1, (8, 2, 5))
    mean, low, high = pointwise_band([tables], np.ones(1), rng())
    assert mean.shape == low.shape == high.shape == (2, 5)
    assert mean == pytest.approx(tables.mean(axis=0))
    assert (low < mean).all() and (mean < high).all()
