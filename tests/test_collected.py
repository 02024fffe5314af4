"""Collected tables: the objective, the space and the benchmarks of a table that says itself what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasapi.constraint import Constraint
from nasapi.errors import CorruptData, InvalidArchitecture, InvalidOption
from nasapi.tables import Column, write_table
from nasapi.tables.collected import CollectedTable
from nasapi.testing.toy import Toy

ALL = np.concatenate(list(Toy().enumerate()))
ACCURACY = np.array([[50.0, 60.0], [80.0, np.nan], [90.0, 70.0], [np.nan, np.nan], [40.0, 44.0], [85.0, 95.0]])
PARAMS = np.array([30.0, 10.0, 20.0, 40.0, 50.0, 60.0])
SEEDS = np.ones((6, 2))
FACTS: dict[str, Any] = {
    "name": "toy/mine-v1",
    "space": "toy",
    "identity": "code",
    "complete": False,
    "classes": 4,
    "tasks": [
        {"id": "toy-mine/one-v1", "goals": ["valid_accuracy"], "summary": "One goal."},
        {"id": "toy-mine/two-v1", "goals": ["valid_accuracy", "params"], "summary": "Two.", "limits": {"params": 30.0}},
    ],
    "anchors": [{"architecture": "conv|conv|conv", "metric": "valid_accuracy", "value": 80.0}],
    "source": "a made-up recipe",
    "licence": "CC0",
    "failures": ["out of memory"],
}


def made(folder: Path, rows: int = 6, **changes: Any) -> Path:
    columns = {
        "codes": Column(ALL[:rows].astype(np.int8), "the codes"),
        "failure": Column(np.zeros((rows, 2), np.int8), "which failure"),
        "valid_accuracy": Column(ACCURACY[:rows], "validation", unit="%", split="valid"),
        "test_accuracy": Column(ACCURACY[:rows] - 1, "test", unit="%", split="test"),
        "valid_confidence_right": Column(SEEDS[:rows] / 2, "confidence", unit="share", split="valid"),
        "params": Column(PARAMS[:rows], "weights", unit="count"),
        "confusion": Column(np.zeros((rows, 2, 4)), "confusion"),
        "train_seconds": Column(np.arange(2.0 * rows).reshape(rows, 2), "seconds", unit="s"),
    }
    return write_table(folder / "table", columns, **{**FACTS, **changes}).path


def test_columns_of_numbers_are_metrics_with_their_direction_bounds_and_unit(tmp_path: Path) -> None:
    found = CollectedTable.open(made(tmp_path), Toy()).objective()
    by_metric = {metric.name: (metric.goal, metric.unit, metric.split, metric.bounds) for metric in found.metrics}
    assert by_metric == {
        "valid_accuracy": ("max", "%", "valid", (0.0, 100.0)),
        "test_accuracy": ("max", "%", "test", (0.0, 100.0)),
        "valid_confidence_right": ("max", "share", "valid", (0.0, 1.0)),
        "params": ("min", "count", "none", (0.0, np.inf)),
        "train_seconds": ("min", "s", "none", (0.0, np.inf)),
    }
    values = found.evaluate(ALL[[2, 1, 3]])
    np.testing.assert_array_equal(values["valid_accuracy"], [80.0, 80.0, np.nan])
    assert values["cost"].tolist() == [4.5, 2.5, 6.5]
    assert found.failures["params"] == "the training of a seed failed: out of memory"
    assert (
        found.description
        == "Networks of toy that were trained and measured as their recipe says. Source: a made-up recipe."
    )
    origins = {metric.name: metric.origin.partition(":")[0] for metric in found.metrics}
    assert origins == {
        "valid_accuracy": "measured",
        "test_accuracy": "measured",
        "valid_confidence_right": "measured",
        "params": "derived",
        "train_seconds": "derived",
    }
    assert CollectedTable.open(made(tmp_path, failures=[]), Toy()).objective().failures == {}
    differing = made(tmp_path, failures=["x" * 900], mixed=["torch 2.12 and torch 2.13"])
    found = CollectedTable.open(differing, Toy()).objective()
    assert found.description.endswith(" Not all were measured alike: torch 2.12 and torch 2.13.")
    assert found.failures["params"] == f"the training of a seed failed: {'x' * 500}"


def test_a_sample_has_the_listed_space_of_its_networks_and_a_whole_table_its_parent(tmp_path: Path) -> None:
    part = CollectedTable.open(made(tmp_path), Toy())
    assert (part.space is part.listed, part.space.id, part.space.size) == (True, "toy-mine", 6)
    with pytest.raises(InvalidArchitecture, match="not among the 6"):
        part.space.require(ALL[-1:])
    whole = CollectedTable.open(made(tmp_path, complete=True), Toy())
    assert whole.space is whole.parent
    assert np.isnan(whole.objective().evaluate(ALL[-1:])["valid_accuracy"][0])


def test_values_of_networks_are_those_of_every_spelling(tmp_path: Path) -> None:
    spelt = next(
        code for code in ALL[6:] if (Toy().canonical(code[None]) == Toy().canonical(ALL[:6])).all(axis=1).any()
    )
    for identity, known in (("network", True), ("code", False)):
        table = CollectedTable.open(made(tmp_path, complete=True, identity=identity), Toy())
        assert table.objective().identity == identity
        assert (table.objective().evaluate(spelt[None])["cost"][0] > 0) == known


def test_a_task_is_a_benchmark_with_its_goals_limits_best_values_and_anchors(tmp_path: Path) -> None:
    table = CollectedTable.open(made(tmp_path), Toy())
    one, two = table.benchmark("toy-mine/one-v1"), table.benchmark("toy-mine/two-v1")
    assert one.reference.optima == {"valid_accuracy": 90.0}
    assert (one.reference.point, one.reference.source, one.reference.licence) == ({}, "a made-up recipe", "CC0")
    assert one.report_metrics == ("test_accuracy",)
    assert one.problem.constraints == ()
    (anchor,) = one.reference.anchors
    assert (anchor.architecture, anchor.value) == ("conv|conv|conv", 80.0)
    assert two.problem.constraints == (Constraint("params", upper=30.0),)
    assert two.reference.optima == {"valid_accuracy": 80.0, "params": 10.0}
    worst = float(np.nanmax(table.table["params"]))
    assert two.reference.point == {"valid_accuracy": 25.0, "params": worst}  # guessing among four, and the largest
    assert (two.description, [goal.name for goal in two.problem.goals]) == ("Two.", ["valid_accuracy", "params"])
    assert one.problem.budget.limit == 6
    with pytest.raises(InvalidOption, match=r"'toy/mine-v1' has no task 'toy-mine/on-v1'\. Did you mean 'toy-mine/one"):
        table.benchmark("toy-mine/on-v1")


@pytest.mark.parametrize(("rows", "budget"), [(6, 6), (400, 20), (1000, 50), (3840, 192), (9999, 192)])
def test_a_budget_is_a_twentieth_of_the_table_within_bounds(
    rows: int, budget: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = CollectedTable.open(made(tmp_path), Toy())
    monkeypatch.setattr(table.table, "rows", rows)
    assert table._budget().limit == budget


def test_a_table_of_another_space_or_with_another_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="is of architectures of 'nb201', not of 'toy'"):
        CollectedTable.open(made(tmp_path, space="nb201"), Toy())
    with pytest.raises(CorruptData, match="The header of table"):
        CollectedTable.open(made(tmp_path, classes=1), Toy())
