"""Tests of paired runs, and their correction, against scipy and their own laws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_report.stats.better import better_run
from nasapi_report.stats.intervals import (
    mean_interval,
)
from nasapi_report.stats.paired import ALPHA, PValue, compare, corrected, holm, indistinguishable
from nasapi_report.stats.signs import equivalence_test, mean_test
from scipy import stats as scipy_stats

finite = st.floats(-1e3, 1e3, allow_subnormal=False)


samples = st.lists(finite, min_size=2, max_size=30)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# paired comparisons


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_value_keeps_their_order_and_stays_within_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    order = np.argsort(p, kind="stable")
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert all(a <= b for a, b in pairwise(adjusted[order]))
    assert (adjusted <= np.minimum(np.array(p) * len(p), 1) + 1e-12).all()


def test_a_corrected_p_value_is_significant_below_one_in_twenty() -> None:
    assert [PValue(0.001, adjusted).significant for adjusted in (0.0499, 0.05)] == [True, False]


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
@settings(max_examples=25)
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


def test_comparisons_pair_runs_by_seed() -> None:
    runs = {"high": {2: 4.0, 1: 3.0, 5: 100.0}, "low": {0: 1.0, 1: 2.0, 2: 3.0}, "none": {9: 0.0}}
    (row,) = compare(runs)
    assert (row.a, row.b, row.pairs) == ("high", "low", 2)
    assert row.difference.value == pytest.approx(1.0)
    assert (row.means.p, row.equivalence) == (0.5, None)


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
    assert row.equivalence is not None
    assert (row.practically_equal, row.equivalence.p, row.region) == (True, 2.0**-30, 1.0)


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


def test_only_strategies_distinguished_from_the_best_leave_the_leading_set() -> None:
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
