"""Whether runs agree with a published mean: error rates in simulation, exact numbers, and values by hand."""

import numpy as np
import pytest
from attrs import evolve
from nasapi_report.stats.agreement import agreement, verdicts, worded
from scipy import stats

from nasapi.errors import InvalidOption


def words(ours, published, **how):
    return verdicts([agreement(np.asarray(ours), published, **how)], ["max"])[0]


@pytest.mark.parametrize("n", [10, 30, 300])
def test_a_true_row_is_reported_to_differ_in_at_most_one_of_twenty_tables_however_many_runs(n):
    rng = np.random.default_rng(n)
    found = [words(rng.normal(90, 1, n), rng.normal(90, 1, 10).mean(), runs=10) for _ in range(1000)]
    assert sum(word in ("better", "short") for word in found) < 70
    assert found.count("holds") > (100 if n == 10 else 500)


def test_a_row_that_differs_by_two_deviations_is_not_reported_to_hold():
    rng = np.random.default_rng(0)
    found = [words(rng.normal(88, 1, 30), rng.normal(90, 1, 10).mean(), runs=10) for _ in range(300)]
    assert found.count("short") > 290
    assert "holds" not in found


def test_welchs_statistic_where_the_deviation_was_published():
    ours = np.array([90.0, 91.0, 92.5, 89.0, 90.5, 91.5])
    found = agreement(ours, 94.0, runs=8, spread=0.5, rounding=0.0)
    _, p = stats.ttest_ind_from_stats(ours.mean(), ours.std(ddof=1), 6, 94.0, 0.5, 8, equal_var=False)
    assert found.p_differs == pytest.approx(p)
    assert found.difference.low < ours.mean() - 94.0 < found.difference.high < 0


@pytest.mark.parametrize(
    ("published", "word"), [(91.61, "holds"), (91.612, "holds"), (91.55, "better"), (91.7, "short")]
)
def test_runs_that_all_end_alike_are_compared_exactly_with_a_number_that_is_exact(published, word):
    assert words([91.607] * 30, published, runs=0) == word


def test_runs_that_all_end_alike_are_not_taken_to_show_that_published_ones_did():
    """Of 40 runs of one law in which one ended elsewhere, it is among ten of them with a chance of a quarter."""
    found = agreement(np.full(30, 91.61), 91.60, runs=10)
    assert found.p_differs == pytest.approx(stats.hypergeom(40, 1, 10).pmf(1)) == 0.25
    assert verdicts([found], ["max"]) == ["too few runs to say"]
    many = agreement(np.full(200, 91.61), 91.60, runs=10)
    assert many.p_differs == pytest.approx(10 / 210)
    assert verdicts([many], ["max"]) == ["better"]
    assert words([91.61] * 30, 91.612, runs=10) == "holds"
    assert words([91.61] * 30, 91.60, runs=10, spread=0.001) == "better"


def test_what_rounding_took_off_a_difference_does_not_make_a_row_hold():
    """Theirs is 0.04 and was printed as 0.0, ours -0.06: one deviation of 0.1 apart, which is not less than one."""
    rng = np.random.default_rng(0)
    found = [words(rng.normal(-0.06, 0.1, 30), 0.0, runs=10, rounding=0.05) for _ in range(200)]
    assert found.count("holds") == 0


def test_where_a_printed_decimal_is_wider_than_the_deviation_it_is_the_region():
    ours = 3.0 + np.array([-0.01, 0.0, 0.01] * 10)
    found = agreement(ours, 3.02, runs=10, rounding=0.05)
    assert found.region == 0.1
    error = ours.std(ddof=1) * np.sqrt(1 / 30 + 1 / 10)
    assert found.p_equal == pytest.approx(stats.t.sf((0.1 - 0.02 - 0.05) / error, 29))


def test_ten_runs_that_scatter_widely_say_nothing():
    assert words([88.0, 92.0, 90.0, 91.0, 89.0], 90.9, runs=10) == "too few runs to say"


def test_that_one_row_differs_is_corrected_over_its_table():
    rng = np.random.default_rng(5)
    ours = rng.normal(0, 1, 30)
    ours += 0.85 - ours.mean()
    one = agreement(ours / ours.std(ddof=1), 0.0, runs=10, rounding=0.0)
    assert 0.01 < one.p_differs < 0.05 < one.p_equal
    assert verdicts([one], ["max"]) == ["better"]
    assert verdicts([one] * 10, ["max"] * 10) == ["too few runs to say"] * 10
    assert verdicts([one], ["min"]) == ["short"]


def test_significant_is_a_p_below_the_level():
    found = agreement(np.array([1.0, 2.0, 3.0]), 2.0, runs=10)
    assert evolve(found, p_equal=0.05).verdict(0.05, "max") == "too few runs to say"
    assert evolve(found, p_equal=0.0499).verdict(1.0, "max") == "holds"
    assert evolve(found, p_equal=1.0).verdict(0.0499, "max") in ("better", "short")


@pytest.mark.parametrize("ours", [[], [1.0], [1.0, np.nan]])
def test_too_little_to_compare_is_refused(ours):
    with pytest.raises(InvalidOption, match="needs at least 2 finite results"):
        agreement(np.array(ours), 1.0, runs=10)


def test_the_interval_and_both_tests_by_hand_where_the_deviation_is_taken_to_be_ours():
    ours = np.array([90.0, 91.0, 92.5, 89.0, 90.5, 91.5])
    found = agreement(ours, 91.0, runs=10, rounding=0.05)
    spread = ours.std(ddof=1)
    error, difference = spread * np.sqrt(1 / 6 + 1 / 10), ours.mean() - 91.0
    half = stats.t.ppf(0.975, 5) * error + 0.05
    assert (found.difference.value, found.difference.low, found.difference.high) == pytest.approx(
        (difference, difference - half, difference + half)
    )
    assert found.p_differs == pytest.approx(2 * stats.t.sf((abs(difference) - 0.05) / error, 5))
    assert found.region == pytest.approx(spread)
    assert found.p_equal == pytest.approx(stats.t.sf((spread - abs(difference) - 0.05) / error, 5))


def test_an_exact_number_has_no_error_of_its_own():
    ours = np.array([90.0, 91.0, 92.5, 89.0, 90.5, 91.5])
    found = agreement(ours, 91.6, runs=0, rounding=0.0)
    assert found.p_differs == pytest.approx(stats.ttest_1samp(ours, 91.6).pvalue)
    assert found.region == pytest.approx(ours.std(ddof=1))


def test_the_wider_of_two_deviations_is_the_region_and_a_difference_within_rounding_is_none():
    ours = np.array([90.0, 91.0, 92.5, 89.0, 90.5, 91.5])
    assert agreement(ours, 91.0, runs=10, spread=7.0).region == 7.0
    assert agreement(ours, 91.0, runs=0, spread=7.0).region == pytest.approx(ours.std(ddof=1))
    assert agreement(ours, ours.mean() + 0.04, runs=10, rounding=0.05).p_differs == 1.0
    alike = agreement(np.full(5, 3.0), 3.2, runs=0, rounding=0.25)
    assert (alike.p_differs, alike.p_equal, alike.region) == (1.0, 0.0, 0.5)
    assert (alike.difference.low, alike.difference.high) == pytest.approx((-0.45, 0.05))
    apart = agreement(np.full(5, 3.0), 3.5, runs=0, rounding=0.25)
    assert (apart.p_differs, apart.p_equal) == (0.0, 1.0)


def test_the_word_says_by_how_much_where_means_differ():
    short = agreement(np.full(5, 3.0), 3.5, runs=0)
    assert [worded(short, word) for word in ("short", "better", "holds", "too few runs to say")] == [
        "short by 0.50",
        "better by 0.50",
        "holds",
        "too few runs to say",
    ]
