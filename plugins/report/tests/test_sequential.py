"""Bets on signs, by which a study may be looked at while it grows."""

from __future__ import annotations

import numpy as np
from nasapi_report.stats.sequential import sequential_equivalence_test, sequential_mean_test
from scipy import stats as scipy_stats


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# looking on


def test_a_bet_on_signs_is_won_by_hand() -> None:
    found = sequential_mean_test(np.array([0.0, 3.0, 1.0]))
    scores = [0.0, scipy_stats.norm.ppf((1 + 0.75) / 2), scipy_stats.norm.ppf((1 + 0.5) / 2)]
    wealth = sum(
        weight / 2 * np.cumprod(1 + sign * np.tanh(bet * np.array(scores)))
        for bet, weight in ((0.5, 0.95), (0.2, 0.05))
        for sign in (1, -1)
    )
    np.testing.assert_allclose(found, 1 / np.maximum.accumulate(np.maximum(wealth, 1)))


def test_what_was_shown_once_stays_shown_and_either_side_may_win() -> None:
    difference = np.concatenate([np.full(30, 1.0), np.full(10, -1.0)])
    found = sequential_mean_test(difference)
    assert (np.diff(found) <= 0).all()
    assert found[29] < 0.01
    np.testing.assert_allclose(found, sequential_mean_test(-difference))
    assert sequential_mean_test(np.zeros(50))[-1] == 1.0


def test_many_studies_are_looked_at_together() -> None:
    differences = rng().normal(0.3, 1, (4, 20))
    for found, difference in zip(sequential_mean_test(differences), differences, strict=True):
        np.testing.assert_allclose(found, sequential_mean_test(difference))


def test_equal_runs_are_soon_practically_equal_and_those_apart_never() -> None:
    found = sequential_equivalence_test(np.zeros(30), 0.3)
    assert np.argmax(found < 0.05) < 10
    assert sequential_equivalence_test(rng().normal(0.4, 0.3, 300), 0.3)[-1] > 0.05
    np.testing.assert_allclose(found, sequential_equivalence_test(np.zeros(30), 3.0))
