"""Ranking: keys of results, orders, fronts and running indicators, against hand and brute force."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from nasapi import ranking
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.problem import Problem
from nasapi.ranking import FAILED
from nasapi.testing import problems
from nasapi.trial import Result


def results(problem: Problem, *values: dict[str, float]) -> list[Result]:
    codes = problem.space.sample(len(values), np.random.default_rng(0))
    return [Result(trial, each) for trial, each in zip(problem.trials(codes), values, strict=True)]


def test_a_key_is_the_loss_of_the_first_goal_and_a_failure_has_the_last_key() -> None:
    problem = problems.two_goals().problem
    evaluated = results(
        problem,
        {"valid_accuracy": 90.0, "params": 200.0},
        {"valid_accuracy": np.nan, "params": 1.0},
        {"params": 1.0},
        {"valid_accuracy": -np.inf, "params": 1.0},
        {"valid_accuracy": 10.0},
    )
    assert ranking.keys(problem, evaluated) == [(0.0, -90.0), FAILED, FAILED, FAILED, (0.0, -10.0)]
    assert FAILED == (np.inf, np.inf)


def test_under_constraints_a_key_begins_with_the_sum_by_which_they_are_broken() -> None:
    both = (Constraint("params", upper=150.0), Constraint("valid_accuracy", lower=50.0))
    problem = evolve(problems.constrained().problem, constraints=both)
    evaluated = results(
        problem,
        {"valid_accuracy": 90.0, "params": 200.0},
        {"valid_accuracy": 40.0, "params": 151.0},
        {"valid_accuracy": 60.0, "params": 150.0},
        {"valid_accuracy": np.nan, "params": 100.0},
        {},
    )
    found = ranking.keys(problem, evaluated)
    assert found == [(50.0, -90.0), (11.0, -40.0), (0.0, -60.0), FAILED, FAILED]
    assert min(found) == found[2]
    assert ranking.keys(problems.constrained().problem, evaluated)[3:] == [FAILED, FAILED]  # its violation is known


def test_rows_are_ordered_by_violation_then_by_loss_and_equal_ones_stay() -> None:
    losses, violations = np.array([1.0, 5.0, 2.0, 5.0, 0.0]), np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    assert ranking.order(losses, violations).tolist() == [0, 2, 1, 3, 4]


def test_feasible_is_what_succeeded_in_every_goal_and_breaks_nothing() -> None:
    losses = np.array([[1.0, 2.0], [np.inf, 2.0], [1.0, 2.0], [1.0, np.inf]])
    assert ranking.feasible(losses, np.array([0.0, 0.0, 0.5, 0.5])).tolist() == [True, False, False, False]


points = st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf])] * 3), max_size=12)


@given(points)
def test_the_front_is_what_nothing_dominates_each_point_once(rows: list[tuple[float, ...]]) -> None:
    losses = np.array(rows).reshape(-1, 3)
    finite = [row for row in range(len(rows)) if np.isfinite(losses[row]).all()]
    wanted = [
        row
        for row in finite
        if not any((losses[other] <= losses[row]).all() and (losses[other] < losses[row]).any() for other in finite)
        and not any((losses[other] == losses[row]).all() for other in finite if other < row)
    ]
    assert ranking.nondominated(losses).tolist() == wanted


@given(points, st.randoms(use_true_random=False))
def test_a_running_indicator_is_that_of_the_front_so_far(rows: list[tuple[float, ...]], random) -> None:
    losses = np.array(rows).reshape(-1, 3)
    kept = np.isfinite(losses).all(axis=1) & np.array([random.random() < 0.7 for _ in rows], bool)

    def size_and_sum(front: np.ndarray) -> float:
        return 100 * len(front) + float(front.sum())

    wanted = []
    for end in range(1, len(rows) + 1):
        there = losses[:end][kept[:end]]
        wanted.append(size_and_sum(there[ranking.nondominated(there)]))
    assert ranking.running(size_and_sum, losses, kept).tolist() == wanted


def test_an_indicator_is_computed_only_where_the_front_has_changed() -> None:
    seen: list[int] = []
    losses = np.array([[3.0, 3.0], [3.0, 3.0], [4.0, 4.0], [1.0, 5.0], [0.0, 0.0]])

    def count(front: np.ndarray) -> float:
        seen.append(len(front))
        return float(len(front))

    found = ranking.running(count, losses, np.array([True, True, True, True, False]))
    assert (found.tolist(), seen) == ([1, 1, 1, 2, 2], [0, 1, 2])


def test_the_hypervolume_is_what_lies_between_the_rows_and_the_point() -> None:
    pytest.importorskip("moocore", reason="it computes hypervolumes")
    assert ranking.hypervolume([[1.0, 2.0], [2.0, 1.0]], (3.0, 3.0)) == pytest.approx(3.0)
    assert ranking.hypervolume([[1.0, 2.0], [0.0, 3.0], [np.inf, 0.0]], (3.0, 3.0)) == pytest.approx(2.0)
    assert ranking.hypervolume([[3.0, 1.0]], (3.0, 3.0)) == 0.0
    assert ranking.hypervolume(np.empty((0, 2)), (3.0, 3.0)) == 0.0


@pytest.mark.parametrize("point", [(3.0,), (3.0, 3.0, 3.0), (3.0, np.nan)])
def test_a_reference_point_that_does_not_fit_is_refused(point: tuple[float, ...]) -> None:
    with pytest.raises(InvalidOption, match="A reference point has a finite loss for each of 2 goals, not"):
        ranking.hypervolume([[1.0, 2.0]], point)


def test_losses_are_rows_of_goals() -> None:
    with pytest.raises(InvalidOption, match=r"Losses are an array \(n, goals\), not of shape \(2,\)"):
        ranking.finite_rows([1.0, 2.0])
    found = ranking.finite_rows([[1.0, np.inf], [1.0, 2.0], [np.nan, 1.0]])
    assert (found.tolist(), found.flags.c_contiguous) == ([[1.0, 2.0]], True)


def test_without_moocore_it_is_reported_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moocore", None)
    with pytest.raises(NotAvailable, match=r"not installed; install it with `pip install 'nasapi\[hypervolume\]'"):
        ranking.hypervolume([[1.0, 2.0]], (3.0, 3.0))
