"""A run as one row of a store: packed, its columns, and what no row can be."""

import zlib
from pathlib import Path

import attrs
import numpy as np
import pytest
from stores import (
    Drawing,
    several_goals,
)

import nasapi
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption
from nasapi.history import Clock, History
from nasapi.running.loop import run
from nasapi.storage.merging import merge
from nasapi.storage.rows import DamagedRun, Row, pack, unpack
from nasapi.storage.schema import columns_of
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.testing import problems
from nasapi.testing.toy import toy_v1


def packed(history: History, benchmark: nasapi.Benchmark) -> Row:
    summary = BenchmarkSummary.of(benchmark)
    return pack(history, summary, history.batch, columns_of(summary))


@pytest.mark.parametrize("goal", ["max", "min"])
def test_the_best_of_a_run_is_its_incumbents_value_at_the_highest_level(goal: str) -> None:
    benchmark = toy_v1() if goal == "max" else problems.mirrored(toy_v1())
    sign = 1 if goal == "max" else -1
    history = attrs.evolve(run(benchmark, Drawing, seed=0), report_metrics={})
    benchmark = attrs.evolve(benchmark, report_metrics=())
    (name,) = history.values
    values = sign * np.array([50.0, 99.0, np.nan, 70.0, 60.0, 70.0, 10.0, 20.0, 30.0, 40.0])
    levels = np.array([-1, 4, -1, -1, -1, -1, -1, -1, -1, -1])
    changed = attrs.evolve(history, values={name: values}, fidelity=levels, errors={2: "it broke"})
    row = packed(changed, benchmark)
    assert (row.best, row.trials, row.seed, row.ended) == (sign * 70.0, 10, 0, "budget")
    assert row.cost == history.cost.sum()
    assert row.errors == '{"2":"it broke"}'
    assert packed(attrs.evolve(changed, values={name: np.full(10, np.nan)}), benchmark).best is None
    assert packed(attrs.evolve(changed, fidelity=np.full(10, 4)), benchmark).best is None
    assert packed(attrs.evolve(changed, cost=np.full(10, np.inf)), benchmark).cost is None


def test_the_best_of_a_constrained_run_is_feasible() -> None:
    benchmark = attrs.evolve(problems.constrained(), report_metrics=())
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(3)))
    history = attrs.evolve(run(benchmark, Drawing, seed=0), report_metrics={})
    values = {"valid_accuracy": np.array([90.0, 60.0, 70.0]), "params": np.array([151.0, 150.0, 150.5])}
    assert packed(attrs.evolve(history, values=values), benchmark).best == 60.0
    nothing = attrs.evolve(history, values={**values, "params": np.full(3, 151.0)})
    assert packed(nothing, benchmark).best is None
    failed = {name: np.full(3, np.nan) for name in values}
    assert packed(attrs.evolve(history, values=failed), benchmark).best is None


def test_a_run_of_other_goals_batch_columns_or_ending_does_not_go_with_its_benchmark() -> None:
    benchmark = toy_v1()
    history = run(benchmark, Drawing, seed=0)
    summary = BenchmarkSummary.of(benchmark)
    assert unpack(pack(history, summary, 1, columns_of(summary)).values, summary, 1, columns_of(summary)).seed == 0
    others = [
        attrs.evolve(history, goals=(attrs.evolve(history.goals[0], unit="1"),)),
        attrs.evolve(history, constraints=(Constraint("valid_accuracy", lower=1.0),)),
        attrs.evolve(history, optima={}),
        attrs.evolve(history, batch=2),
        attrs.evolve(history, ended="boredom"),
        attrs.evolve(history, report_metrics={}),
        attrs.evolve(history, cost=history.cost[:-1]),
        attrs.evolve(history, codes=history.codes[:, :2]),
    ]
    for other in others:
        with pytest.raises(
            InvalidOption, match="with seed 0 does not go with this store's 'toy/formula-v1': its goals"
        ):
            pack(other, summary, 1, columns_of(summary))


def test_columns_say_what_their_numbers_are() -> None:
    columns = {column.name: column for column in columns_of(BenchmarkSummary.of(several_goals()))}
    assert list(columns)[:3] == ["codes", "fidelity", "cost"]
    assert list(columns)[-2:] == ["repeats.code", "repeats.network"]
    assert columns["fidelity"].description == "the epochs of the evaluation, -1 for the highest fidelity"
    assert columns["values.valid_accuracy"].unit == columns["report.test_accuracy"].unit == "%"
    assert columns["values.valid_accuracy"].description.endswith("; NaN where the evaluation failed")
    assert columns["report.test_accuracy"].description.endswith("; NaN except for what was found")
    sizes = {name: column.bytes_per_trial for name, column in columns.items()}
    assert (sizes["codes"], sizes["cost"], sizes["repeats.code"]) == (24, 8, 1)
    flat = columns_of(BenchmarkSummary.of(problems.without_fidelity()))
    assert flat[1].description == "the level of the evaluation, -1 for the highest fidelity"


TIMED = {"charged": [1.0, 0.0], "start": [0.0, 1.0], "end": [1.0, 1.0], "order": [1, 0]}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("charged", [1.0, -0.1]),
        ("charged", [1.0, np.inf]),
        ("start", [-1.0, 1.0]),
        ("start", [0.0, 1.5]),
        ("start", [np.nan, 1.0]),
        ("end", [1.5, 1.0]),
        ("end", [1.0, np.inf]),
        ("order", [1, 1]),
        ("order", [1, 2]),
    ],
)
def test_times_that_no_run_can_have_are_damage(column: str, values: list[float]) -> None:
    benchmark = toy_v1()
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(2)))
    summary = BenchmarkSummary.of(benchmark)
    history = run(benchmark, Drawing, seed=0)

    def clocked(times: dict[str, list[float]]) -> History:
        charged, start, end, order = (np.array(times[name]) for name in TIMED)
        made = attrs.evolve(history, clock=Clock(start, end, order.astype(np.int64)), charged=charged)
        return unpack(pack(made, summary, 1, columns_of(summary)).values, summary, 1, columns_of(summary))

    back = clocked(TIMED)
    assert (back.charged.tolist(), back.order.tolist()) == (TIMED["charged"], TIMED["order"])
    assert clocked({**TIMED, "charged": [1e100, 0.0]}).charged[0] == clocked({**TIMED, "end": [1.0, 1e100]}).end[1]
    with pytest.raises(DamagedRun, match="its clock tells times that no run can have"):
        clocked({**TIMED, column: values})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", "0"),
        ("trials", 10.0),
        ("crc", None),
        ("columns", "text"),
        ("errors", None),
        ("errors", b""),
        ("seconds", "text"),
        ("clock", 3),
    ],
)
def test_a_row_of_other_types_is_damage(field: str, value: object) -> None:
    summary = BenchmarkSummary.of(toy_v1())
    row = pack(run(toy_v1(), Drawing, seed=0), summary, 1, columns_of(summary))
    with pytest.raises(DamagedRun, match="its row holds values of other types"):
        unpack(attrs.evolve(row, **{field: value}).values, summary, 1, columns_of(summary))
    with pytest.raises(DamagedRun, match="it is not what was written: its CRC-32 differs"):
        unpack(attrs.evolve(row, seed=1).values, summary, 1, columns_of(summary))


@pytest.mark.parametrize("level", [-1, 4, 16])
def test_every_level_of_a_fidelity_is_one_that_a_run_can_have(level: int) -> None:
    summary, history = BenchmarkSummary.of(toy_v1()), run(toy_v1(), Drawing, seed=0)
    row = pack(changed(history, "fidelity", level), summary, 1, columns_of(summary))
    assert unpack(row.values, summary, 1, columns_of(summary)).fidelity[-1] == level


def test_a_run_has_four_gigabytes_at_most() -> None:
    summary = BenchmarkSummary.of(toy_v1())
    layout = columns_of(summary)
    row = pack(run(toy_v1(), Drawing, seed=0), summary, 1, layout)
    most = (1 << 32) // sum(column.bytes_per_trial for column in layout)
    stated, needed = (
        "it says that it has {:,} trials and ended by",
        "its columns are not the 4,294,967,[0-9]{{3}} bytes",
    )
    for trials, ended, message in (
        *((most, "budget", needed), (most + 1, "budget", stated), (-1, "budget", stated), (10, "boredom", stated)),
    ):
        other = attrs.evolve(row, trials=trials, ended=ended)
        with pytest.raises(DamagedRun, match=message.format(trials)):
            unpack(attrs.evolve(other, crc=other.checksum).values, summary, 1, layout)


def changed(history: History, column: str, number: float) -> History:
    """The history with a number in the last row of a column, as a stranger may write it with a right checksum."""
    group, _, name = column.partition(".")
    columns = getattr(history, group)
    values = np.array(columns[name] if name else columns, copy=True)
    values[-1] = number
    return attrs.evolve(history, **{group: {**columns, name: values} if name else values})


@pytest.mark.parametrize(
    ("column", "number"),
    [
        ("codes", -1),
        ("fidelity", -2),
        ("fidelity", 17),
        ("cost", -1.0),
        ("cost", np.inf),
        ("cost", np.nan),
        ("cost", 1e101),
        ("values.valid_accuracy", 100.1),
        ("values.valid_accuracy", -np.inf),
        ("report_metrics.test_accuracy", 1e308),
        ("report_metrics.params", np.inf),
        ("seconds", -1.0),
        ("seconds", np.inf),
    ],
)
def test_numbers_that_no_run_can_have_are_damage(column: str, number: float) -> None:
    summary, history = BenchmarkSummary.of(toy_v1()), run(toy_v1(), Drawing, seed=0)
    row = pack(changed(history, column, number), summary, 1, columns_of(summary))
    name = column.replace("report_metrics", "report")
    with pytest.raises(
        DamagedRun, match="its seconds are below 0" if name == "seconds" else f"its column '{name}' holds"
    ):
        unpack(row.values, summary, 1, columns_of(summary))


@pytest.mark.parametrize("column", ["values.valid_accuracy", "report_metrics.test_accuracy", "seconds"])
def test_a_value_that_is_missing_is_no_damage(column: str) -> None:
    summary, history = BenchmarkSummary.of(toy_v1()), run(toy_v1(), Drawing, seed=0)
    row = pack(changed(history, column, np.nan), summary, 1, columns_of(summary))
    assert len(unpack(row.values, summary, 1, columns_of(summary))) == len(history)


@pytest.mark.parametrize("column", ["code", "network"])
def test_a_truth_value_is_true_or_false(column: str) -> None:
    summary, history = BenchmarkSummary.of(toy_v1()), run(toy_v1(), Drawing, seed=0)
    row = pack(history, summary, 1, columns_of(summary))
    content = bytearray(zlib.decompress(row.columns))
    content[-1 if column == "network" else -1 - len(history)] = 2
    other = attrs.evolve(row, columns=zlib.compress(content))
    with pytest.raises(DamagedRun, match="its columns of truth values hold other numbers"):
        unpack(attrs.evolve(other, crc=other.checksum).values, summary, 1, columns_of(summary))


def test_an_error_of_a_trial_that_a_run_has_not_is_damage() -> None:
    summary, history = BenchmarkSummary.of(toy_v1()), run(toy_v1(), Drawing, seed=0)
    row = pack(attrs.evolve(history, errors={10: "no"}), summary, 1, columns_of(summary))
    with pytest.raises(DamagedRun, match="it has an error of trial 10, of 10"):
        unpack(row.values, summary, 1, columns_of(summary))
    row = pack(attrs.evolve(history, errors={3: "one that it has", 11: "no"}), summary, 1, columns_of(summary))
    with pytest.raises(DamagedRun, match="it has an error of trial 11, of 10"):
        unpack(row.values, summary, 1, columns_of(summary))


def test_a_merge_that_leaves_damaged_runs_out_leaves_out_those_with_numbers_that_no_run_can_have(
    tmp_path: Path,
) -> None:
    summary = BenchmarkSummary.of(toy_v1())
    store = Store.prepare(tmp_path / "s", [summary], [StrategySummary("Drawing")], range(2))
    for seed in range(2):
        history = run(toy_v1(), Drawing, seed=seed)
        store.record(changed(history, "cost", -1.0) if seed else history)
    merged = merge([tmp_path / "s"], tmp_path / "whole", skip_damaged=True)
    assert merged.runs == 1 and "its column 'cost' holds numbers that no run can have" in merged.damaged[0]
