"""Histories: incumbents, fronts, curves and regret, against direct definitions."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from nasapi.history import History
from nasapi.problem import Constraint, Metric

ACCURACY = Metric("valid_accuracy", "max", "%", "valid")
LATENCY = Metric("latency", "min", "ms")
SMALL = Constraint("params", upper=100.0)


def history(
    accuracy: list[float],
    *,
    latency: list[float] | None = None,
    params: list[float] | None = None,
    fidelity: list[int] | None = None,
) -> History:
    n = len(accuracy)
    values = {"valid_accuracy": np.array(accuracy, float)}
    if latency is not None:
        values["latency"] = np.array(latency, float)
    if params is not None:
        values["params"] = np.array(params, float)
    return History(
        benchmark="made/up-v1",
        strategy="by-hand",
        seed=0,
        batch=1,
        goals=(ACCURACY,) if latency is None else (ACCURACY, LATENCY),
        constraints=() if params is None else (SMALL,),
        codes=np.arange(n)[:, None],
        fidelity=np.full(n, -1) if fidelity is None else np.array(fidelity),
        values=values,
        cost=np.arange(1.0, n + 1),
        repeats={"code": np.zeros(n, bool), "network": np.zeros(n, bool)},
        report_metrics={"test_accuracy": np.array(accuracy, float) - 1},
        optima={"valid_accuracy": 90.0},
    )


def incumbents_by_hand(run: History) -> list[int]:
    loss, violation = run.losses[:, 0], run.violation
    rows, best = [], -1
    for row in range(len(run)):
        if np.isfinite(loss[row]) and (best < 0 or (violation[row], loss[row]) < (violation[best], loss[best])):
            best = row
        rows.append(best)
    return rows


values = st.sampled_from([np.nan, 50.0, 60.0, 70.0, 90.0])


@given(st.lists(st.tuples(values, st.sampled_from([50.0, 100.0, 101.0, 300.0]), st.sampled_from([-1, 1])), max_size=12))
def test_incumbents_are_the_best_so_far(rows: list[tuple[float, float, int]]) -> None:
    run = history([a for a, _, _ in rows], params=[p for _, p, _ in rows], fidelity=[f for _, _, f in rows])
    assert run.incumbents().tolist() == incumbents_by_hand(run)


def test_a_failure_a_lower_fidelity_and_a_tie_do_not_replace_the_incumbent() -> None:
    run = history([70.0, np.nan, 80.0, 70.0], fidelity=[-1, -1, 4, -1])
    assert run.incumbents().tolist() == [0, 0, 0, 0]


def test_there_is_no_incumbent_before_the_first_success() -> None:
    run = history([np.nan, 60.0])
    assert run.incumbents().tolist() == [-1, 1]
    assert np.isnan(run.curve()[0])
    assert run.regret().tolist() == [np.inf, 30.0]


def test_a_feasible_row_beats_a_better_infeasible_one() -> None:
    run = history([89.0, 60.0], params=[101.0, 100.0])
    assert run.incumbents().tolist() == [0, 1]
    assert run.regret().tolist() == [np.inf, 30.0]


def test_curves_follow_the_incumbent_not_the_metric() -> None:
    run = history([60.0, 50.0, 70.0])
    assert run.curve("test_accuracy").tolist() == [59.0, 59.0, 69.0]
    assert run.elapsed.tolist() == [1.0, 3.0, 6.0]


def test_an_unknown_metric_is_refused_with_a_near_match() -> None:
    with pytest.raises(LookupError, match=r"recorded no 'test_acuracy'\. Did you mean 'test_accuracy'"):
        history([60.0]).curve("test_acuracy")


def test_regret_needs_a_known_optimum() -> None:
    with pytest.raises(LookupError, match="best possible valid_accuracy of made/up-v1 is not known"):
        evolve(history([60.0]), optima={}).regret()


def test_a_run_without_a_success_has_no_incumbent() -> None:
    with pytest.raises(LookupError, match="No evaluation of this run of by-hand on made/up-v1 succeeded"):
        history([np.nan]).incumbent()
    with pytest.raises(LookupError, match="No evaluation of this run"):
        history([]).incumbent()


def test_an_empty_run_has_empty_columns() -> None:
    run = history([], latency=[])
    assert run.incumbents().shape == run.curve().shape == run.regret().shape == run.front().shape == (0,)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=15))
def test_the_front_is_what_no_point_dominates(points: list[tuple[int, int]]) -> None:
    run = history([a for a, _ in points], latency=[b for _, b in points])
    front = [points[row] for row in run.front()]
    undominated = {p for p in points if not any(q[0] >= p[0] and q[1] <= p[1] and q != p for q in points)}
    assert len(front) == len(set(front))
    assert set(front) == undominated


def test_the_front_leaves_infeasible_and_failed_rows_out() -> None:
    run = history([90.0, np.nan, 60.0], latency=[1.0, 1.0, 2.0], params=[101.0, np.nan, 50.0])
    assert run.front().tolist() == [2]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (history([60, 70, np.nan]), "3 trials, the best with valid_accuracy 70 %>"),
        (history([60, 70], latency=[1, 2]), "2 trials, 2 of them on the front>"),
        (history([np.nan]), "1 trial, none of which succeeded>"),
        (history([]), "0 trials>"),
    ],
)
def test_a_run_is_shown_in_a_line(run: History, said: str) -> None:
    assert repr(run) == f"<run of by-hand on made/up-v1, seed 0: {said}"
