"""What searches by rounds share: the order of what is known, its columns, and rounds that are filled up."""

import re
from pathlib import Path

import numpy as np
import pytest
from attrs import define, field
from nasapi_toolkit.observations import Observations
from nasapi_toolkit.ranks import ranks
from nasapi_toolkit.rounds import RoundSearch

import nasapi
from nasapi import Architecture, Budget, Constraint, Metric, Problem, Result, Trial
from nasapi.testing.toy import Toy, toy_v1

ACCURACY = Metric("valid_accuracy", "max", "%", "valid")
LIMIT = Constraint("latency", upper=2.0)


def known(*rows, constraints=()):
    found = Observations(Problem(Toy(), (ACCURACY,), Budget(10), constraints=constraints))
    codes = Toy().sample(len(rows), np.random.default_rng(0)).tolist()
    found.add([Result(Trial(Architecture("toy", tuple(c))), row) for c, row in zip(codes, rows, strict=True)])
    return found


@define(eq=False)
class Stubborn(RoundSearch):
    """Proposes the same codes in every round, and remembers what it was given."""

    codes: list = field(factory=list, kw_only=True)
    ranked: list = field(factory=list, init=False)

    def _proposed(self, ranked):
        self.ranked.append(ranked.tolist())
        return np.array(self.codes, np.int64).reshape(-1, ranked.shape[1])


def readme():
    """The strategy that the README shows."""
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (block,) = [part for part in re.findall(r"```python\n(.*?)```", text, re.S) if "RoundSearch)" in part]
    names = {"__name__": "readme"}
    exec(block, names)
    return names["RankedMutants"]


def stubborn(codes, **options):
    return Stubborn(toy_v1().problem, np.random.default_rng(0), codes=codes, **options)


def tell(search, trials, value=sum):
    search.tell([Result(trial, {"valid_accuracy": float(value(trial.arch.code))}) for trial in trials])


def test_equal_losses_share_a_rank():
    assert ranks(np.array([[2.0], [1.0], [2.0]]), np.empty((3, 0))).tolist() == [1, 0, 1]


def test_what_breaks_a_constraint_ranks_after_all_that_do_not_and_by_how_much():
    losses = np.array([[1.0], [9.0], [0.0], [0.5], [np.inf]])
    violations = np.array([[0.0], [0.0], [2.0], [1.0], [0.0]])
    assert ranks(losses, violations).tolist() == [0, 1, 3, 2, 4]


def test_of_two_that_break_a_constraint_alike_the_loss_decides():
    assert ranks(np.array([[2.0], [1.0]]), np.array([[3.0], [3.0]])).tolist() == [1, 0]


def test_several_goals_rank_by_the_sum_of_their_ranks():
    losses = np.array([[1.0, 30.0], [2.0, 10.0], [3.0, 20.0]])
    assert ranks(losses, np.empty((3, 0))).tolist() == [1, 0, 2]


def test_the_order_is_the_best_first_without_failures():
    found = known({"valid_accuracy": 80.0}, {}, {"valid_accuracy": 90.0}, {"valid_accuracy": 80.0})
    assert found.order().tolist() == [2, 0, 3]


def test_a_result_without_a_constrained_value_has_failed():
    found = known({"valid_accuracy": 80.0}, {"valid_accuracy": 70.0, "latency": 1.0}, constraints=(LIMIT,))
    assert found.succeeded.tolist() == [False, True]
    assert found.order().tolist() == [1]


def test_what_breaks_a_constraint_is_not_feasible():
    rows = [{"valid_accuracy": 1.0, "latency": value} for value in (1.0, 3.0)]
    assert known(*rows, constraints=(LIMIT,)).feasible.tolist() == [True, False]


@pytest.mark.parametrize("kind", ["ranks", "values"])
def test_a_failure_is_the_worst_target(kind):
    found = known({"valid_accuracy": 90.0}, {"valid_accuracy": 80.0}, {}, {"valid_accuracy": float("nan")})
    assert found.succeeded.tolist() == [True, True, False, False]
    targets = found.columns(kind)[:, 0]
    assert targets[0] < targets[1] <= targets[2] == targets[3]
    assert np.isfinite(targets).all()


@pytest.mark.parametrize("kind", ["ranks", "values"])
@pytest.mark.parametrize("rows", [[{"valid_accuracy": 5.0}] * 3, [{}, {}], [{"valid_accuracy": 5.0}]])
def test_constant_values_and_failures_alone_give_finite_targets(rows, kind):
    found = known(*rows)
    assert np.isfinite(found.columns(kind)).all()
    assert np.isfinite(found.scores(kind)).all()


def test_one_column_counts_constraints_and_several_leave_them_to_their_own():
    rows = [{"valid_accuracy": 90.0, "latency": 5.0}, {"valid_accuracy": 80.0, "latency": 1.0}]
    found = known(*rows, constraints=(LIMIT,))
    assert found.scores("ranks").argmin() == 1
    assert found.columns("ranks").argmin(axis=0).tolist() == [0, 1]


@pytest.mark.parametrize(("limit", "kept"), [({"upper": 2.0}, 0), ({"lower": 2.0}, 1)])
def test_a_failure_counts_as_what_breaks_a_constraint_most(limit, kept):
    rows = [{"valid_accuracy": 90.0, "latency": latency} for latency in (1.0, 3.0, np.nan)]
    found = known(*rows, constraints=(Constraint("latency", **limit),))
    low, high = found.bounds()[0]
    within = (low <= found.columns("ranks")[:, 1]) & (found.columns("ranks")[:, 1] <= high)
    assert np.flatnonzero(within).tolist() == [kept]


def test_bounds_are_in_the_unit_of_the_columns():
    rows = [{"valid_accuracy": 1.0, "latency": value} for value in (1.0, 2.0, 3.0)]
    found = known(*rows, constraints=(LIMIT,))
    (low, high), targets = found.bounds()[0], found.columns("ranks")[:, 1]
    assert low == -np.inf
    assert high == pytest.approx(targets[1])


def test_a_search_proposes_from_the_best_first():
    search = stubborn([], initial=5, round=1)
    tell(search, search.ask(5))
    search.ask(1)
    values = [sum(code) for code in search.ranked[0]]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)


def test_rounds_are_of_sixteen_and_mutants_of_the_best_five_stand_in():
    problem = Problem(nasapi.load_space("nb201"), (ACCURACY,), Budget(100))
    search = Stubborn(problem, np.random.default_rng(0))
    first = search.ask(100)
    tell(search, first)
    second = search.ask(100)
    assert len(first) == len(second) == 16
    best = np.array(search.ranked[0][:5])
    steps = [(best != trial.arch.code).sum(axis=1).min() for trial in second]
    assert max(steps) == 1  # further ones come once these were all asked for
    assert ["".join(map(str, trial.arch.code)) for trial in second[:4]] == ["441443", "234334", "433040", "223401"]


def test_what_was_proposed_before_is_passed_over_and_mutants_of_the_best_stand_in():
    search = stubborn([[0, 0, 1], [0, 0, 1]], initial=4, round=3)
    tell(search, search.ask(4))
    codes = [trial.arch.code for trial in search.ask(3)]
    assert len(codes) == len(set(codes)) == 3


def test_every_network_is_asked_for_whatever_is_proposed():
    search = stubborn([], initial=4, round=3)
    asked = []
    while trials := search.ask(5):
        asked += trials
        tell(search, trials)
    assert len(asked) == 14


def test_the_strategy_of_the_readme_finds_the_best_of_a_small_space():
    search = readme()(toy_v1().problem, np.random.default_rng(0), initial=3, round=2)
    asked = []
    while trials := search.ask(5):
        asked += [trial.arch.code for trial in trials]
        tell(search, trials)
    assert (2, 2, 2) in asked
    assert len(asked) == 14


def test_nothing_is_proposed_until_something_succeeds():
    search = stubborn([[0, 0, 1]], initial=2, round=2)
    search.tell([Result(trial, {}, 0.0, "no") for trial in search.ask(2)])
    assert len(search.ask(2)) == 2
    assert search.ranked == []


def test_enough_is_a_round_of_new_networks_each_once():
    search = stubborn([], initial=1, round=2)
    taken = np.array([search.ask(1)[0].arch.code])
    others = Toy().canonical(np.concatenate(list(Toy().enumerate())))
    batches = iter([np.concatenate([taken, taken]), np.concatenate([others, others]), None])
    found = search._enough(batches)
    assert len(found) == 13
    assert next(batches) is None
