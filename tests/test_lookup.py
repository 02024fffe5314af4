"""Objectives over columns: runs, fidelity levels, noise, rows that are not there; and objectives joined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.objective import Joined, Objective, Wrapped
from nasapi.tables.objective import Deferred, TableObjective
from nasapi.tables.table import Column, write_table
from nasapi.testing.problems import Mirrored
from nasapi.testing.toy import Toy, ToyObjective

VALID = Metric("valid_accuracy", "max", "%", "valid")
TEST = Metric("test_accuracy", "max", "%", "test")
ROWS = {(2, 2, 2): 0, (0, 1, 0): 1, (1, 1, 1): 2}


def rows(codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.array([ROWS.get(tuple(code), -1) for code in codes.tolist()])


def three_runs(**options: Any) -> TableObjective:
    runs = np.array([[90.0, 91.0, 95.0], [80.0, np.nan, 82.0], [np.nan, np.nan, np.nan]])
    return TableObjective(Toy(), rows, {VALID: runs, TEST: runs - 1}, np.array([10.0, 20.0, 30.0]), **options)


def test_the_expected_value_is_the_mean_over_the_runs_that_are_there() -> None:
    columns = three_runs().evaluate(np.array([[2, 2, 2], [0, 1, 0], [1, 1, 1]]))
    assert columns["valid_accuracy"][:2].tolist() == [92.0, 81.0]
    assert np.isnan(columns["valid_accuracy"][2])
    assert columns["cost"].tolist() == [10.0, 20.0, 30.0]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_noise_draws_one_run_and_the_same_for_every_column(noise: list[int]) -> None:
    codes = np.tile([0, 1, 0], (len(noise), 1))
    columns = three_runs().evaluate(codes, None, np.array(noise, np.uint64))
    assert set(columns["valid_accuracy"]) <= {80.0, 82.0}
    assert (columns["test_accuracy"] == columns["valid_accuracy"] - 1).all()


def test_noise_reaches_every_run() -> None:
    columns = three_runs().evaluate(np.tile([2, 2, 2], (60, 1)), None, np.arange(60, dtype=np.uint64))
    assert sorted(set(columns["valid_accuracy"])) == [90.0, 91.0, 95.0]


def test_a_code_that_is_not_in_the_table_fails_at_no_cost() -> None:
    for codes in ([[0, 2, 0]], [[0, 2, 0], [2, 2, 2], [0, 1, 0]]):
        columns = three_runs().evaluate(np.array(codes))
        np.testing.assert_array_equal(columns["valid_accuracy"], [np.nan, 92.0, 81.0][: len(codes)])
        assert columns["cost"].tolist() == [0.0, 10.0, 20.0][: len(codes)]


def test_each_fidelity_has_its_own_column_and_none_is_the_highest() -> None:
    toy, code = ToyObjective(), np.array([[2, 2, 2]])
    values = [float(toy.evaluate(code, level)["valid_accuracy"][0]) for level in (1, 4, 16, None)]
    assert values[0] < values[1] < values[2] == values[3]


def test_an_unknown_fidelity_names_the_levels() -> None:
    with pytest.raises(InvalidOption, match=r"toy has no epochs 7; its levels are \(1, 4, 16\)"):
        ToyObjective().evaluate(np.array([[2, 2, 2]]), 7)


def test_a_fidelity_where_there_is_none_is_refused() -> None:
    with pytest.raises(InvalidOption, match="has no fidelities, but was asked for 4"):
        three_runs().evaluate(np.array([[2, 2, 2]]), 4)


def test_invalid_codes_are_refused() -> None:
    with pytest.raises(InvalidArchitecture, match="gene 0 is 9"):
        three_runs().evaluate(np.array([[9, 0, 0]]))


def test_a_missing_metric_says_how_to_get_it() -> None:
    objective = three_runs(missing={"latency": "import it with `nasapi data import toy PATH`."})
    with pytest.raises(NotAvailable, match="'latency' is not here: import it with"):
        objective.metric("latency")


def test_an_unknown_metric_offers_near_ones() -> None:
    with pytest.raises(InvalidOption, match=r"no metric 'valid_acuracy'\. Did you mean 'valid_accuracy'"):
        three_runs().metric("valid_acuracy")


def test_a_column_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"Column 'valid_accuracy' has shape \(3, 3\); wanted 2 fidelity levels"):
        TableObjective(Toy(), rows, {VALID: np.ones((3, 3))}, np.ones((3, 2)), fidelity=Fidelity("epochs", (1, 2)))


def latencies(name: str = "latency") -> TableObjective:
    return TableObjective(Toy(), rows, {Metric(name, "min", "ms"): np.array([5.0, 6.0, 7.0])}, np.full(3, 0.5))


def test_joined_objectives_stand_side_by_side_and_add_their_costs() -> None:
    joined = Joined([three_runs(), latencies()])
    columns = joined.evaluate(np.array([[0, 1, 0]]))
    assert {name: float(column[0]) for name, column in columns.items()} == {
        "valid_accuracy": 81.0,
        "test_accuracy": 80.0,
        "latency": 6.0,
        "cost": 20.5,
    }
    assert joined.stochastic
    assert [metric.name for metric in joined.metrics] == ["valid_accuracy", "test_accuracy", "latency"]


def test_joined_objectives_keep_what_each_says_of_failures() -> None:
    one, other = three_runs(), latencies()
    other.failures = {"latency": "The device cannot run this cell."}
    assert Joined([one, other]).failures == {"latency": "The device cannot run this cell."}


def test_only_the_objective_with_fidelities_is_asked_at_one() -> None:
    joined = Joined([ToyObjective(), latencies()])
    assert joined.fidelity is not None
    assert joined.evaluate(np.array([[2, 2, 2]]), 1)["latency"][0] == 5.0


def test_joining_two_columns_of_one_name_is_refused() -> None:
    with pytest.raises(InvalidOption, match="'latency' comes from two"):
        Joined([latencies(), latencies()])


class Reports(TableObjective):
    """Says for its second row why it failed."""

    def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
        found = super().evaluate(codes, fidelity, noise)
        return {**found, "error": np.array([None, f"{self.metrics[0].name} broke"][: len(codes)], np.object_)}


def reports(name: str) -> Reports:
    values = {Metric(name, "min", "ms"): np.array([5.0, np.nan, 7.0])}
    made = Reports(Toy(), rows, values, np.zeros(3), missing={"cost": "nobody timed it."})
    made.description = "A table."
    return made


def test_joined_objectives_say_of_each_row_the_first_reason_that_it_failed() -> None:
    codes = np.array([[2, 2, 2], [0, 1, 0]])
    joined = Joined([reports("latency"), three_runs(), reports("energy")])
    found = joined.evaluate(codes)
    assert found["error"].tolist() == [None, "latency broke"]
    assert found["cost"].tolist() == [10.0, 20.0]
    assert set(found) == {"latency", "valid_accuracy", "test_accuracy", "energy", "cost", "error"}
    assert Joined([three_runs(), reports("energy")]).evaluate(codes)["error"].tolist() == [None, "energy broke"]


def test_what_one_joined_objective_does_not_know_of_costs_another_does() -> None:
    assert "cost" not in Joined([reports("latency"), three_runs()]).missing
    both = Joined([reports("latency"), reports("energy")])
    assert both.missing == {"cost": "nobody timed it."}
    assert both.description == "A table."
    assert not both.stochastic


@pytest.mark.parametrize(("identities", "joined"), [("cc", "code"), ("cn", "code"), ("nn", "network")])
def test_joined_values_are_of_codes_where_those_of_one_are(identities: str, joined: str) -> None:
    parts = [latencies("a"), latencies("b")]
    for part, identity in zip(parts, identities, strict=True):
        part.identity = {"c": "code", "n": "network"}[identity]  # type: ignore[assignment]
    assert Joined(parts).identity == joined


def test_what_cannot_be_joined_is_refused() -> None:
    for wrong in ((), (latencies(), 3)):
        with pytest.raises(InvalidOption, match="Objectives to join are at least one Objective, not"):
            Joined(wrong)  # type: ignore[arg-type]

    class Elsewhere(Toy):
        id = "elsewhere"

    other = TableObjective(Elsewhere(), rows, {Metric("energy", "min"): np.ones(3)}, np.ones(3))
    with pytest.raises(InvalidOption, match=r"must share one space, not \['elsewhere', 'toy'\]"):
        Joined([latencies(), other])


def test_without_a_level_the_highest_is_meant_and_where_there_is_none_no_level() -> None:
    toy = ToyObjective()
    assert [toy.level(given) for given in (None, 1, np.int64(4), 16)] == [16, 1, 4, 16]
    assert type(toy.level(np.int64(4))) is int  # type: ignore[arg-type]
    for wrong in (True, 4.0, 5):
        with pytest.raises(InvalidOption, match=f"has no epochs {wrong!r}; its levels are"):
            toy.level(wrong)  # type: ignore[arg-type]
    assert three_runs().level(None) is None
    without_levels = three_runs(missing={"fidelity": "import the logs."})
    with pytest.raises(InvalidOption, match=r"asked for 4; omit it, or get them: import the logs\."):
        without_levels.level(4)
    with pytest.raises(InvalidOption, match=r"asked for 4; omit it\."):
        three_runs().level(4)


def test_an_objective_is_shown_with_its_metrics() -> None:
    assert repr(three_runs()) == "<objective TableObjective of toy: valid_accuracy, test_accuracy>"


RUNS = np.array(
    [[90.0, 91.0, 95.0], [80.0, np.nan, 82.0], [70.0, 74.0, np.nan], [97.0, 95.0, np.nan], [99.0, np.nan, np.nan]]
)


@pytest.mark.parametrize(("goal", "variances"), [("max", (7.0, 2.0)), ("min", (2.0, 8.0))])
def test_training_again_changes_what_runs_of_the_better_half_differ_by(goal: Any, variances: tuple[float, ...]) -> None:
    metric = Metric("score", goal)
    table = TableObjective(Toy(), rows, {metric: RUNS}, np.ones(5))
    assert table.training_sd("score") == pytest.approx(np.sqrt(np.mean(variances)))
    odd = TableObjective(Toy(), rows, {metric: RUNS[:3]}, np.ones(3))
    assert odd.training_sd("score") == pytest.approx(np.sqrt(np.mean([2.0, 7.0 if goal == "max" else 8.0])))
    assert np.isnan(TableObjective(Toy(), rows, {metric: RUNS[4:]}, np.ones(1)).training_sd("score"))


def test_levels_with_runs_are_drawn_and_averaged_each_on_its_own() -> None:
    values = np.stack([RUNS[:3] - 50, RUNS[:3]], axis=1)
    cost = np.array([[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]] * 3)
    levels = Fidelity("epochs", (3, 9))
    table = TableObjective(Toy(), rows, {VALID: values}, cost, fidelity=levels, description="Made up.")
    codes = np.array([[2, 2, 2], [0, 1, 0]])
    for level, lower, seconds in ((3, 50.0, 2.0), (9, 0.0, 20.0), (None, 0.0, 20.0)):
        found = table.evaluate(codes, level)
        assert found["valid_accuracy"].tolist() == [92.0 - lower, 81.0 - lower]
        assert found["cost"].tolist() == [seconds, seconds]
    noise = np.array([1, 1], np.uint64)
    drawn = table.evaluate(codes, 3, noise)
    assert (drawn["valid_accuracy"].tolist(), drawn["cost"].tolist()) == ([41.0, 32.0], [2.0, 3.0])
    assert table.expected("valid_accuracy").tolist() == [92.0, 81.0, 72.0]
    assert not table.expected("valid_accuracy").flags.writeable
    assert (table.stochastic, table.description, table.identity) == (True, "Made up.", "code")
    flat = TableObjective(Toy(), rows, {VALID: values[:, :, 0]}, cost[:, :, 0], fidelity=levels)
    assert flat.evaluate(codes, 3)["valid_accuracy"].tolist() == [40.0, 30.0]
    assert not flat.stochastic


def test_columns_that_are_deferred_are_made_when_they_are_needed_and_once() -> None:
    made: list[str] = []

    def maker(name: str) -> Any:
        return lambda: made.append(name) or np.array([1, 2, 3], np.int8)

    columns = Deferred({VALID: maker("valid"), TEST: maker("test")})
    table = TableObjective(Toy(), rows, columns, np.ones(3))
    assert (made, len(columns), list(columns)) == ([], 2, [VALID, TEST])
    assert table.expected("test_accuracy").tolist() == [1.0, 2.0, 3.0]
    assert made == ["test"]
    for _ in range(2):
        assert table.evaluate(np.array([[0, 1, 0]]))["valid_accuracy"].tolist() == [2.0]
    assert made == ["test", "valid"]


class Live(ToyObjective):
    """A toy with every attribute of an objective other than by default."""

    identity = "network"
    deterministic = False

    def __init__(self):
        super().__init__()
        self.description, self.stochastic = "measured here", True
        self.failures = {"params": "The counter broke."}
        self.missing = {"latency": "Buy a device."}


class Same(Wrapped):
    """What it wraps."""

    def evaluate(self, codes, fidelity=None, noise=None):
        return self.objective.evaluate(codes, fidelity, noise)


@pytest.mark.parametrize("name", Objective.__annotations__)
@pytest.mark.parametrize("make", [Same, lambda one: Joined([one]), lambda one: Mirrored(one, frozenset())])
def test_an_objective_around_another_says_of_itself_what_that_one_says(make, name):
    live = Live()
    assert getattr(live, name) != getattr(Objective, name, None)
    assert getattr(make(live), name) == getattr(live, name)


def test_joined_objectives_are_deterministic_where_all_are():
    assert Joined([three_runs(), latencies()]).deterministic
    live = latencies()
    live.deterministic = False
    assert not Joined([three_runs(), live]).deterministic


def test_what_is_wrapped_is_an_objective():
    with pytest.raises(InvalidOption, match="What is wrapped is an Objective, not 3"):
        Same(3)


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_a_table_without_rows_has_a_value_of_nothing(shape: tuple[int, ...]) -> None:
    empty = TableObjective(Toy(), lambda codes: np.full(len(codes), -1), {VALID: np.empty(shape)}, np.empty(0))
    assert empty.expected("valid_accuracy").shape == (0,)
    assert empty.stochastic is (len(shape) == 2)


def test_a_tables_objective_is_made_of_its_codes(tmp_path: Path) -> None:
    codes = np.array([[2, 1, 1], [2, 1, 2], [1, 2, 0]])
    columns = {"codes": Column(codes, "genes"), "valid_accuracy": Column(np.array([60.0, 70.0, 80.0]), "accuracy", "%")}
    seconds = {"train_seconds": Column(np.array([1.0, 2.0, 3.0]), "seconds", "s")}
    table = write_table(tmp_path / "t.zarr", columns | seconds)
    found = TableObjective.of(table, Toy(), [VALID], cost="train_seconds").evaluate(codes[::-1])
    assert (found["valid_accuracy"].tolist(), found["cost"].tolist()) == ([80, 70, 60], [3, 2, 1])
    made = TableObjective.of(table, Toy(), [VALID], missing={"latency": "measure it."})
    assert np.isnan(made.evaluate(next(Toy().enumerate())[-1:])["valid_accuracy"]).all()
    assert made.missing == {"cost": "the table has no column of it.", "latency": "measure it."}
    again = {name: Column(column.values[[0, 1, 0]], "again") for name, column in columns.items()}
    twice = write_table(tmp_path / "twice.zarr", again)
    with pytest.raises(InvalidOption, match="Row 2 of the table has a code that is listed before"):
        TableObjective.of(twice, Toy(), [VALID])
    with pytest.raises(NotAvailable, match="has no column 'test_accuracy'"):
        TableObjective.of(table, Toy(), [TEST])


def first_row(codes: Any) -> Any:
    return np.zeros(len(codes), np.int64)


def test_noise_draws_one_training_for_all_columns_where_one_lacks_it() -> None:
    accuracy, loss = np.array([[10.0, np.nan, 12.0]]), np.array([[110.0, 111.0, 112.0]])
    other = Metric("valid_loss", "min", "nats", "valid")
    table = TableObjective(
        Toy(), lambda codes: np.zeros(len(codes), np.int64), {VALID: accuracy, other: loss}, np.ones(1)
    )
    codes, noise = np.full((60, 3), 2), np.arange(60, dtype=np.uint64)
    drawn = table.evaluate(codes, None, noise)
    assert {*zip(drawn["valid_accuracy"].tolist(), drawn["valid_loss"].tolist(), strict=True)} == {(10, 110), (12, 112)}


def test_columns_that_share_no_training_are_drawn_each_on_its_own() -> None:
    accuracy, loss = np.array([[10.0, np.nan]]), np.array([[np.nan, 111.0]])
    other = Metric("valid_loss", "min", "nats", "valid")
    table = TableObjective(
        Toy(), lambda codes: np.zeros(len(codes), np.int64), {VALID: accuracy, other: loss}, np.ones(1)
    )
    drawn = table.evaluate(np.full((4, 3), 2), None, np.arange(4, dtype=np.uint64))
    assert (drawn["valid_accuracy"] == 10).all()
    assert (drawn["valid_loss"] == 111).all()
