"""Whether runs agree with a published mean: error rates in simulation, exact numbers, and values by hand."""

import numpy as np
import pytest
from nasapi_report.stats.agreement import agreement, verdicts
from scipy import stats

from nasapi.errors import InvalidOption


def words(ours, published, **how):
    return verdicts([agreement(np.asarray(ours), published, **how)], ["max"])[0]


@pytest.mark.parametrize("n", [10, 30, 300])
def test_a_true_row_is_said_to_differ_in_at_most_one_of_twenty_tables_however_many_runs(n):
    rng = np.random.default_rng(n)
    found = [words(rng.normal(90, 1, n), rng.normal(90, 1, 10).mean(), runs=10) for _ in range(1000)]
    assert sum(word in ("better", "short") for word in found) < 70
    assert found.count("holds") > (100 if n == 10 else 500)


def test_a_row_that_differs_by_two_deviations_is_not_said_to_hold():
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
def test_runs_that_all_end_alike_are_compared_exactly(published, word):
    assert words([91.607] * 30, published, runs=10) == word


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


@pytest.mark.parametrize("ours", [[], [1.0], [1.0, np.nan]])
def test_too_little_to_compare_is_refused(ours):
    with pytest.raises(InvalidOption, match="needs at least 2 finite results"):
        agreement(np.array(ours), 1.0, runs=10)
