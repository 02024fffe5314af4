"""What a strategy may know: metrics, goals, constraints, budgets."""

from __future__ import annotations

import numpy as np
import pytest

from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.testing.toy import Toy
from nasapi.trial import Architecture, Result, Trial

ACCURACY = Metric("valid_accuracy", "max", "%", "valid")
LATENCY = Metric("latency", "min", "ms")


def result(**values: float) -> Result:
    return Result(Trial(Architecture("toy", (2, 2, 2))), values)


def test_losses_have_one_sign_and_failures_are_infinite() -> None:
    problem = Problem(Toy(), (ACCURACY, LATENCY), Budget(5))
    losses = problem.losses(
        [result(valid_accuracy=90.0, latency=2.0), result(), result(valid_accuracy=np.nan, latency=1)]
    )
    assert losses.tolist() == [[-90.0, 2.0], [np.inf, np.inf], [np.inf, 1.0]]


def test_violations_measure_how_far_a_bound_is_passed() -> None:
    problem = Problem(Toy(), (ACCURACY,), Budget(5), constraints=(Constraint("latency", 1.0, 2.0),))
    violations = problem.violations([result(latency=v) for v in (0.5, 1.0, 2.0, 5.0)] + [result()])
    assert violations.tolist() == [[0.5], [0.0], [0.0], [3.0], [np.inf]]


def test_a_problem_without_constraints_has_no_violations() -> None:
    assert Problem(Toy(), (ACCURACY,), Budget(5)).violations([result(), result()]).shape == (2, 0)


def test_features_name_what_a_strategy_must_support() -> None:
    both = Problem(Toy(), (ACCURACY, LATENCY), Budget(5), constraints=(Constraint("latency"),))
    assert both.features == {"multi-objective", "constraints"}
    assert Problem(Toy(), (ACCURACY,), Budget(5), Fidelity("epochs", (1, 2))).features == frozenset()


def test_a_goal_on_test_data_cannot_be_built() -> None:
    with pytest.raises(InvalidOption, match="'test_accuracy' is measured on test data and cannot be a goal"):
        Problem(Toy(), (Metric("test_accuracy", "max", "%", "test"),), Budget(5))


def test_a_problem_needs_a_goal() -> None:
    with pytest.raises(InvalidOption, match="at least one goal"):
        Problem(Toy(), (), Budget(5))


@pytest.mark.parametrize("limit", [0, -3, float("nan")])
def test_a_budget_must_be_positive(limit: float) -> None:
    with pytest.raises(InvalidOption, match="more than 0"):
        Budget(limit)


@pytest.mark.parametrize("limit", [2.5, 1e30])
@pytest.mark.parametrize("unit", ["trials", "unique"])
def test_a_budget_that_counts_is_a_whole_number(limit: float, unit: str) -> None:
    with pytest.raises(InvalidOption, match=f"A budget of {unit} is a whole number up to 10,000,000, not"):
        Budget(limit, unit)  # type: ignore[arg-type]


def test_a_budget_of_seconds_may_be_any_number() -> None:
    assert Budget(2.5e9, "seconds").limit == 2.5e9


def test_a_budget_counts_only_known_units() -> None:
    with pytest.raises(InvalidOption, match="'trials', 'unique' networks or 'seconds', not 'hours'"):
        Budget(3, "hours")  # type: ignore[arg-type]


@pytest.mark.parametrize("levels", [(), (4, 1), (1, 1)])
def test_fidelity_levels_must_rise(levels: tuple[int, ...]) -> None:
    with pytest.raises(InvalidOption, match="must rise"):
        Fidelity("epochs", levels)


def test_trials_and_codes_undo_each_other() -> None:
    problem = Problem(Toy(), (ACCURACY,), Budget(5), Fidelity("epochs", (1, 4)))
    codes = np.array([[2, 2, 2], [0, 1, 0]])
    trials = problem.trials(codes, fidelity=1)
    assert {trial.fidelity for trial in trials} == {1}
    assert (problem.codes([Result(trial, {}) for trial in trials]) == codes).all()


def test_a_constraint_that_nothing_can_keep_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"A constraint on 'latency' from 5\.0 to 2\.0 holds for nothing"):
        Constraint("latency", 5.0, 2.0)


def test_contradictory_goals_are_refused() -> None:
    with pytest.raises(InvalidOption, match="'latency' is a goal twice"):
        Problem(Toy(), (LATENCY, Metric("latency", "max", "ms")), Budget(5))


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Constraint("params", upper=100.0), "params up to 100"),
        (Constraint("params", upper=1_234_567.0), "params up to 1,234,567"),
        (Budget(9_999_999), "9,999,999 trials"),
        (Constraint("params", lower=2.5), "params from 2.5"),
        (Constraint("params", 1.0, 2.0), "params from 1 up to 2"),
        (Constraint("params"), "params"),
        (Constraint("params", 2.0, 2.0), "params from 2 up to 2"),
    ],
)
def test_a_constraint_says_its_bounds(constraint: Constraint, message: str) -> None:
    assert str(constraint) == message


def test_a_value_that_is_not_finite_breaks_a_constraint_infinitely() -> None:
    constraints = (Constraint("latency", lower=1.0), Constraint("params", upper=5.0))
    problem = Problem(Toy(), (ACCURACY,), Budget(5), constraints=constraints)
    results = [
        result(latency=np.inf, params=7.0),
        result(latency=-np.inf, params=5.0),
        result(latency=0.5, params=np.nan),
    ]
    assert problem.violations(results).tolist() == [[np.inf, 2.0], [np.inf, 0.0], [0.5, np.inf]]


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (Budget(1500), "1,500 trials"),
        (Budget(5, "unique"), "5 unique networks"),
        (Budget(2.5, "seconds"), "2.5 seconds"),
        (Budget(1), "1 trial"),
        (Budget(1, "unique"), "1 unique network"),
        (Budget(1.0, "seconds"), "1 second"),
    ],
)
def test_a_budget_says_what_it_counts(budget: Budget, message: str) -> None:
    assert str(budget) == message


def test_a_budget_is_one_number_of_python_and_finite() -> None:
    assert type(Budget(np.int64(7)).limit) is int
    assert Budget(10**7).limit == 10**7
    with pytest.raises(InvalidOption, match="up to 10,000,000, not 10000001"):
        Budget(10**7 + 1)
    for wrong in (True, "7"):
        with pytest.raises(InvalidOption, match=f"A budget is a number, not {wrong!r}"):
            Budget(wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="A budget must be finite, not inf"):
        Budget(float("inf"), "seconds")


def test_a_level_is_a_share_of_the_highest_and_none_is_below_one() -> None:
    fidelity = Fidelity("epochs", (1, 4, 16))
    assert [fidelity.share(level) for level in (1, 4, 16, None)] == [1 / 16, 1 / 4, 1.0, 1.0]
    assert not fidelity.resumes
    with pytest.raises(InvalidOption, match=r"whole numbers from 1, not \(0, 2\)"):
        Fidelity("epochs", (0, 2))


def test_a_problem_says_what_is_wanted_and_what_a_strategy_is_told() -> None:
    constraints = (Constraint("latency", upper=3.0), Constraint("params", upper=9.0))
    problem = Problem(Toy(), (ACCURACY, LATENCY), Budget(192), constraints=constraints)
    assert problem.observed == ("valid_accuracy", "latency", "params")
    wanted = "maximise valid_accuracy and minimise latency on toy, 2 constrained, 192 trials"
    assert repr(problem) == f"<problem: {wanted}>"
    assert Problem(Toy(), (ACCURACY,), Budget(9)).statement == "maximise valid_accuracy on toy, 9 trials"


def test_a_metric_has_one_sign_and_a_plain_number_no_unit() -> None:
    assert (ACCURACY.sign, LATENCY.sign) == (-1, 1)
    assert [Metric("a", "min", unit).shown_unit for unit in ("ms", "1", "")] == ["ms", "", ""]


@pytest.mark.parametrize("origin", ["guessed", "derived", "derived: ", "measured by us", 3])
def test_the_origin_of_a_metric_says_how_it_came_about(origin: object) -> None:
    with pytest.raises(InvalidOption, match=r"The origin of metric 'a' is .*; wanted 'measured', 'derived: ' and how"):
        Metric("a", "min", origin=origin)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"goal": "minimize"}, r"The goal of metric 'loss' cannot be 'minimize'. Did you mean 'min'\?"),
        ({"goal": "MAX"}, r"cannot be 'MAX'. Did you mean 'max'\?"),
        ({"goal": -1}, "cannot be -1. Known: max, min"),
        ({"split": "Test"}, r"The split of metric 'loss' cannot be 'Test'. Did you mean 'test'\?"),
        ({"split": "testing"}, r"Did you mean 'test' or 'train'\?"),
        ({"split": None}, r"cannot be None. Did you mean 'none'\?"),
        ({"name": ""}, "A metric has a name"),
    ],
)
def test_a_metric_of_an_unknown_direction_or_split_cannot_be_built(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Metric(**{"name": "loss", "goal": "min", **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"space": "toy"}, "The space of a problem is a SearchSpace, not 'toy'"),
        ({"goals": ACCURACY}, "The goals of a problem are a tuple of Metric, not Metric"),
        ({"goals": ("valid_accuracy",)}, "are a tuple of Metric, not .'valid_accuracy'"),
        ({"budget": 60}, r"The budget of a problem is a Budget, such as Budget\(100\), not 60"),
        ({"fidelity": 12}, "The fidelity of a problem is a Fidelity or None, not 12"),
        ({"constraints": Constraint("latency")}, "The constraints of a problem are a tuple of Constraint"),
    ],
)
def test_a_problem_is_of_the_parts_it_names(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Problem(**{"space": Toy(), "goals": (ACCURACY,), "budget": Budget(5), **given})  # type: ignore[arg-type]


def test_goals_in_a_list_become_a_tuple() -> None:
    assert Problem(Toy(), [ACCURACY], Budget(5)).goals == (ACCURACY,)  # type: ignore[arg-type]
