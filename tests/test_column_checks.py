"""Columns: what an objective may give, to the last number that is allowed and the first that is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from numpy.typing import NDArray

from nasapi.column_checks import ColumnBounds, ColumnChecks
from nasapi.columns import column
from nasapi.constraint import Constraint
from nasapi.errors import InterfaceError
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.testing.toy import ToyObjective, toy_v1

PERCENT = Metric("valid_accuracy", "max", "%", "valid", (0.0, 100.0))
CODES = np.array([[2, 2, 2], [0, 1, 0], [1, 2, 1]])


@pytest.mark.parametrize(
    ("metric", "kept", "broken"),
    [
        (PERCENT, [0.0, -0.9e-6, 100.00009, np.nan], [-1.1e-6, 100.00011, np.inf]),
        (evolve(PERCENT, bounds=(0.5, np.inf)), [0.5, 1e300, np.inf], [0.4, -np.inf]),
        (evolve(PERCENT, bounds=None), [1e300, -1e300, np.nan], [np.inf, -np.inf]),
    ],
)
def test_values_stay_within_bounds_but_for_rounding(metric: Metric, kept: list[float], broken: list[float]) -> None:
    bounds = ColumnBounds.of(metric)
    assert bounds.first_outside(kept) == -1
    assert [bounds.first_outside([*kept, value]) for value in broken] == [len(kept)] * len(broken)


@pytest.mark.parametrize(("goal", "worse", "better"), [("max", 9.0, 10.1), ("min", 11.0, 9.9)])
def test_no_value_is_better_than_the_best_but_for_rounding(goal: Any, worse: float, better: float) -> None:
    bounds = ColumnBounds.best(Metric("loss", goal), 10.0)
    assert bounds.first_outside([worse, 10.0, 10.0 + 0.9e-5, 10.0 - 0.9e-5, better]) == 4
    assert bounds.statement == "no better than the known optimum 10.0"


def test_a_column_is_floats_of_the_right_number_and_whole_numbers_become_floats() -> None:
    found = column({"a": np.array([1, 2], np.uint8)}, "a", 2, "It")
    assert (found.tolist(), found.dtype) == ([1.0, 2.0], np.float64)
    for given, what in (
        ({"b": np.ones(2)}, "no column"),
        ({"a": [1.0, 2.0]}, "a list"),
        ({"a": np.ma.array([1.0, 2.0], mask=[True, False])}, "a MaskedArray"),
        ({"a": np.array(["x", "y"])}, "an array of <U1"),
        ({"a": np.ones(3)}, r"shape \(3,\)"),
        ({"a": np.ones((2, 1))}, r"shape \(2, 1\)"),
    ):
        with pytest.raises(InterfaceError, match=rf"It gave {what} for 'a'; wanted an array of 2 floats"):
            column(given, "a", 2, "It")
    with pytest.raises(InterfaceError, match="It answered `evaluate` with int; wanted a mapping"):
        column(3, "a", 2, "It")
    with pytest.raises(InterfaceError, match="It raised OSError for column 'a': the disk is gone"):
        column(Lazy(), "a", 2, "It")


class Lazy(Mapping[str, NDArray[Any]]):
    """Columns that are read when they are asked for, from a disk that is gone."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        raise OSError("the disk is gone")

    def __iter__(self) -> Iterator[str]:
        return iter(("a",))

    def __len__(self) -> int:
        return 1


def checks(**changes: Any) -> tuple[Problem, ColumnChecks]:
    """Those of the toy benchmark, whose best is taken to be 60."""
    problem = evolve(toy_v1().problem, **changes)
    return problem, ColumnChecks.of("toy/x", problem, ToyObjective(), {"valid_accuracy": 60.0})


def given(accuracy: list[float], params: float = 100.0) -> dict[str, np.ndarray[Any, Any]]:
    return {"valid_accuracy": np.array(accuracy), "params": np.full(3, params), "cost": np.ones(3)}


@pytest.mark.parametrize(
    ("constraint", "refused"),
    [
        (None, True),
        (Constraint("params", upper=100.0), True),
        (Constraint("params", lower=100.0), True),
        (Constraint("params", upper=99.0), False),
        (Constraint("params", lower=101.0), False),
    ],
)
def test_only_what_keeps_both_bounds_of_a_constraint_is_held_against_the_best(
    constraint: Constraint | None, refused: bool
) -> None:
    _, made = checks(constraints=() if constraint is None else (constraint,))
    found = given([50.0, 61.0, 40.0])
    columns = [found[name] for name in made.observed]
    assert made.accept(columns, found["cost"], 16) is not refused
    if refused:
        with pytest.raises(InterfaceError, match=r"gave valid_accuracy 61\.0 for row 1, code \[0, 1, 0\]; wanted no"):
            made.checked(found, CODES, 16, True)
    else:
        assert made.checked(found, CODES, 16, True)[0][0] == [50.0, 61.0, 40.0]


@pytest.mark.parametrize("row", range(3))
def test_a_value_outside_its_bounds_is_named_by_its_row(row: int) -> None:
    _, made = checks()
    found = given([50.0, 51.0, 52.0])
    found["valid_accuracy"][row] = 101.0
    with pytest.raises(InterfaceError, match=rf"gave valid_accuracy 101\.0 for row {row}, code .* between 0 and 100"):
        made.checked(found, CODES, 4, True)


def test_the_best_is_that_of_expected_values_at_the_highest_level() -> None:
    _, made = checks()
    found = given([50.0, 61.0, 40.0])
    assert made.checked(found, CODES, 4, True)[1] == made.checked(found, CODES, 16, False)[1] == [1.0, 1.0, 1.0]
    assert made.accept([found["valid_accuracy"]], found["cost"], 4)
    assert made.highest == 16


@pytest.mark.parametrize("cost", [-1e-9, 1.1e100, np.nan, np.inf])
def test_a_cost_is_finite_seconds_from_0(cost: float) -> None:
    _, made = checks()
    found = given([50.0, 51.0, 52.0])
    for allowed in (0.0, 1e100):
        found["cost"] = np.array([1.0, allowed, 1.0])
        assert made.checked(found, CODES, 16, True)[1] == [1.0, allowed, 1.0]
        assert made.accept([found["valid_accuracy"]], found["cost"], 16)
    found["cost"] = np.array([1.0, 1.0, cost])
    assert not made.accept([found["valid_accuracy"]], found["cost"], 16)
    with pytest.raises(InterfaceError, match=r"for row 2, code .* wanted finite seconds, 0 or more and at most 1e"):
        made.checked(found, CODES, 16, True)


def test_whole_columns_with_a_value_outside_its_bounds_are_refused_and_failures_are_not() -> None:
    _, made = checks()
    for value, within in ((100.5, False), (-0.5, False), (np.nan, True), (59.0, True)):
        assert made.accept([np.array([10.0, value, 20.0])], np.ones(3), 4) is within


def test_a_report_metric_is_checked_too_and_one_that_is_not_there_is_nan() -> None:
    _, made = checks()
    assert np.isnan(made.of_one({}, None, "test_accuracy", CODES)).tolist() == [True] * 3
    assert made.of_one(given([1.0, 2.0, 3.0]), PERCENT, "valid_accuracy", CODES).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(InterfaceError, match=r"valid_accuracy -3\.0 for row 1, .* wanted between 0 and 100, or NaN"):
        made.of_one(given([1.0, -3.0, 3.0]), PERCENT, "valid_accuracy", CODES)
