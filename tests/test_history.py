"""Histories: incumbents, fronts, curves and regret, against direct definitions."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from nasapi.constraint import Constraint
from nasapi.history import Clock, History
from nasapi.metric import Metric

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
    ("run", "message"),
    [
        (history([60, 70, np.nan]), "3 trials, the best with valid_accuracy 70 %>"),
        (history([60, 70], latency=[1, 2]), "2 trials, 2 of them on the front>"),
        (history([np.nan]), "1 trial, none of which succeeded>"),
        (history([]), "0 trials>"),
    ],
)
def test_a_run_is_shown_in_a_line(run: History, message: str) -> None:
    assert repr(run) == f"<run of by-hand on made/up-v1, seed 0: {message}"


def test_what_trials_were_charged_is_in_the_budgets_unit_or_as_recorded() -> None:
    run = evolve(history([60.0, 70.0, 80.0]), repeats={"network": np.array([False, True, False])})
    assert run.charged.tolist() == [1.0, 1.0, 1.0]
    assert evolve(run, unit="seconds").charged.tolist() == [1.0, 2.0, 3.0]
    assert evolve(run, unit="unique").charged.tolist() == [1.0, 0.0, 1.0]
    recorded = evolve(run, charged=np.array([0.25, 1.0, 0.5]))
    assert recorded.charged.tolist() == [0.25, 1.0, 0.5]
    assert (run.plain_charges, recorded.plain_charges) == (True, False)


def test_without_a_clock_one_trial_follows_the_other_and_with_one_it_says_when() -> None:
    run = history([60.0, 70.0, 80.0])
    assert (run.order.tolist(), run.start.tolist(), run.end.tolist()) == ([0, 1, 2], [0, 1, 3], [1, 3, 6])
    assert history([]).start.shape == (0,)
    clock = Clock(np.array([0.0, 0.0, 2.0]), np.array([1.0, 2.0, 5.0]), np.array([0, 2, 1]))
    timed = evolve(run, clock=clock, workers=2)
    assert (timed.order.tolist(), timed.start.tolist()) == ([0, 2, 1], [0, 0, 2])
    assert timed.end.tolist() == timed.elapsed.tolist() == [1, 2, 5]
    named = [*timed.values.values(), *timed.repeats.values(), *timed.report_metrics.values()]
    columns = [timed.codes, timed.fidelity, timed.cost, timed.seconds, clock.start, clock.end, clock.order, *named]
    assert not [column for column in columns if column.flags.writeable]
    again = pickle.loads(pickle.dumps(timed))
    assert again.clock.order.tolist() == [0, 2, 1] and not again.clock.start.flags.writeable
    assert repr(again.to_dict()) == repr(timed.to_dict())


def test_losses_of_a_failure_in_one_goal_and_of_a_lower_level_are_infinite_in_all() -> None:
    run = history([60.0, np.nan, 80.0, 70.0], latency=[1.0, 2.0, 3.0, 4.0], fidelity=[-1, -1, 0, -1])
    wanted = [[-60.0, 1.0], [np.inf, np.inf], [np.inf, np.inf], [-70.0, 4.0]]
    assert run.losses.tolist() == wanted
    assert run.feasible.tolist() == [True, False, False, True]
    limited = history([60.0, 70.0, 80.0], params=[101.0, 100.0, np.nan])
    assert (limited.violation.tolist(), limited.feasible.tolist()) == ([1.0, 0.0, np.inf], [False, True, False])


def test_a_better_value_than_the_expected_best_has_a_negative_regret_and_no_negative_zero() -> None:
    run = history([90.0, 91.5])
    assert run.regret().tolist() == [0.0, -1.5]
    assert not np.signbit(run.regret()[0])
    assert run.incumbent() == 1


def test_a_run_as_columns_has_a_row_a_trial() -> None:
    run = evolve(history([60.0, np.nan]), errors={1: "it broke"}, seconds=np.array([0.5, 0.25]))
    parsed = run.to_dict()
    assert {name: parsed[name] for name in ("trial", "code", "fidelity", "cost", "charged", "start", "elapsed")} == {
        "trial": [0, 1],
        "code": [[0], [1]],
        "fidelity": [-1, -1],
        "cost": [1.0, 2.0],
        "charged": [1.0, 1.0],
        "start": [0.0, 1.0],
        "elapsed": [1.0, 3.0],
    }
    assert (parsed["error"], parsed["strategy_seconds"]) == ([None, "it broke"], [0.5, 0.25])
    assert (parsed["repeats_code"], parsed["repeats_network"]) == ([False, False], [False, False])
    assert (parsed["valid_accuracy"][0], parsed["test_accuracy"][0]) == (60.0, 59.0)
    assert np.isnan(history([60.0]).to_dict()["strategy_seconds"]).all()


def test_a_notebook_shows_what_was_run_and_what_it_came_to() -> None:
    run = evolve(history([60.0, np.nan]), errors={1: "it broke"}, ended="strategy")
    words = cells(run._repr_html_())
    for message in (
        "2, the best with valid_accuracy 60 %",
        "made/up-v1",
        "0, batch 1",
        "seconds 3 f",
        "failures 1",
        "ended by strategy",
    ):
        assert message in words
    assert "simulated seconds 0 failures 0" in cells(history([])._repr_html_())


def cells(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_share_of_feasible_trials_counts_failures_among_all() -> None:
    run = history([70, np.nan, 80, 60], params=[100, 0, 101, 0])
    assert run.feasible_share().tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 2])


def test_trials_at_a_lower_level_keep_constraints_as_well() -> None:
    run = history([70, 75, 80, 60], params=[100, 0, 101, 0], fidelity=[1, -1, 1, 4])
    assert run.feasible_share().tolist() == pytest.approx([1, 1, 2 / 3, 3 / 4])
