"""The store: every run comes back as it was recorded, and stores grow."""

import json
import shutil
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from stores import (
    Drawing,
    Failing,
    Short,
    assert_same,
    files,
    key,
    recorded,
    select,
    several_goals,
    shard,
    store_of,
)

import nasapi
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.history import Clock, History
from nasapi.problem import Budget, Constraint, Metric
from nasapi.running.loop import run
from nasapi.storage.folder import require_no_links
from nasapi.storage.header import Header
from nasapi.storage.merging import JoinedStores, digest, merge
from nasapi.storage.rows import DamagedRun, Row, pack, unpack
from nasapi.storage.schema import columns_of
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.tables import layout
from nasapi.testing import problems
from nasapi.testing.toy import toy_v1


@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_comes_back_as_it_was(tmp_path: Path, seed: int) -> None:
    history = run(toy_v1(), Drawing, seed=seed)
    recorded(tmp_path / "s.zarr", history, benchmark=toy_v1())
    assert_same(Store(tmp_path / "s.zarr").read(*key(seed)), history)


def test_a_run_with_several_goals_and_constraints_comes_back_as_it_was(tmp_path: Path) -> None:
    history = run(several_goals(), Drawing, seed=2)
    recorded(tmp_path / "s.zarr", history, benchmark=several_goals())
    assert_same(Store(tmp_path / "s.zarr").read("toy/several-v1", "Drawing", 2), history)


def test_errors_come_back_as_they_were(tmp_path: Path) -> None:
    benchmark = attrs.evolve(toy_v1(), objective=Failing(), report_metrics=())
    history = run(benchmark, Drawing, seed=0)
    assert history.errors
    assert_same(recorded(tmp_path / "s.zarr", history, benchmark=benchmark).read(*key(0)), history)


@pytest.mark.parametrize("trials", [1, 3])
def test_a_run_that_ended_early_comes_back_as_it_was(tmp_path: Path, trials: int) -> None:
    short = attrs.evolve(
        run(toy_v1(), lambda problem, rng: Short(problem, rng, left=trials), seed=0), strategy="Drawing"
    )
    assert (len(short), short.ended) == (trials, "strategy")
    assert_same(recorded(tmp_path / "s.zarr", short, benchmark=toy_v1()).read(*key(0)), short)


def test_a_run_without_trials_comes_back_as_it_was(tmp_path: Path) -> None:
    whole = run(toy_v1(), Drawing, seed=0)
    columns = {name: getattr(whole, name)[:0] for name in ("codes", "fidelity", "cost", "seconds")}
    groups = {
        group: {name: column[:0] for name, column in getattr(whole, group).items()}
        for group in ("values", "repeats", "report_metrics")
    }
    empty = attrs.evolve(whole, **columns, **groups)
    assert len(empty) == 0
    assert_same(recorded(tmp_path / "s.zarr", empty, benchmark=toy_v1()).read(*key(0)), empty)


def test_a_long_run_comes_back_as_it_was(tmp_path: Path) -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1[budget=60000,unit=seconds]")
    histories = [attrs.evolve(run(benchmark, Drawing, seed=seed), strategy="Drawing") for seed in (0, 1)]
    short = attrs.evolve(run(benchmark, Short, seed=2), strategy="Drawing")
    assert len(histories[0]) > 1024
    store = recorded(tmp_path / "s.zarr", short, *histories, benchmark=benchmark)
    for history in (short, *histories):
        assert_same(store.read(benchmark.spec, "Drawing", history.seed), history)
    assert store.verify() == 3


def test_seconds_that_were_not_measured_stay_absent(tmp_path: Path) -> None:
    history = attrs.evolve(run(toy_v1(), Drawing, seed=0), seconds=np.empty(0))
    assert len(recorded(tmp_path / "s.zarr", history, benchmark=toy_v1()).read(*key(0)).seconds) == 0


def test_the_order_of_recording_leaves_no_trace_in_the_digest(tmp_path: Path) -> None:
    runs = [run(toy_v1(), Drawing, seed=seed) for seed in range(3)]
    one = recorded(tmp_path / "one", *runs, benchmark=toy_v1())
    two = recorded(tmp_path / "two", *runs[::-1], benchmark=toy_v1())
    later = [attrs.evolve(run, seconds=run.seconds + 1) for run in runs]
    assert (
        digest([one.path]) == digest([two.path]) == digest([recorded(tmp_path / "3", *later, benchmark=toy_v1()).path])
    )
    assert digest([recorded(tmp_path / "4", *runs[:2], benchmark=toy_v1()).path]) != digest([one.path])


def test_recording_a_run_again_changes_nothing(filled: Path) -> None:
    before = {path: path.read_bytes() for path in files(filled)}
    store = Store(filled)
    store.record(store.read(*key(0)))
    assert {path: path.read_bytes() for path in files(filled)} == before


def test_another_run_of_a_seed_is_refused(filled: Path) -> None:
    other = attrs.evolve(run(toy_v1(), Drawing, seed=5), seed=0)
    with pytest.raises(StoreError, match=r"Run 0 of 'Drawing' .* is recorded already, and this one differs from it"):
        Store(filled).record(other)


def test_a_store_is_ordinary_sqlite(filled: Path) -> None:
    [(trials, ended, best)] = select(shard(filled), "SELECT trials, ended, best FROM runs WHERE seed = 0")
    history = Store(filled).read(*key(0))
    assert (trials, ended, best) == (10, "budget", history.curve()[-1])


def test_writers_have_shards_of_their_own_that_are_read_as_one(filled: Path) -> None:
    first, second = Store(filled), Store(filled)
    with first.writing(), second.writing():
        assert second.record(run(toy_v1(), Drawing, seed=2)) == "shard-0001.sqlite"
    first.refresh()
    assert first.keys() == [key(seed) for seed in range(3)]
    assert Store(filled).verify() == 3


def test_a_run_that_two_shards_hold_is_read_once(filled: Path) -> None:
    twice(filled, Store(filled).read(*key(0)))
    assert len(Store(filled).read(*key(0))) == 10
    assert Store(filled).verify() == 2


def test_a_run_that_differs_between_two_shards_is_refused_by_name(filled: Path) -> None:
    twice(filled, attrs.evolve(run(toy_v1(), Drawing, seed=5), seed=0))
    with pytest.raises(CorruptData, match=r"Run 0 of 'Drawing' .* is in 'shard-0000.sqlite' and 'shard-0001.sqlite'"):
        Store(filled).read(*key(0))
    assert len(Store(filled).read(*key(1))) == 10


def test_stores_are_merged_in_the_order_of_the_grid(tmp_path: Path) -> None:
    runs = [run(toy_v1(), Drawing, seed=seed) for seed in range(6)]
    one, two = tmp_path / "one", tmp_path / "two"
    recorded(one, *runs[3:][::-1], benchmark=toy_v1(), seeds=[5, 4, 3])
    recorded(two, *runs[:4], benchmark=toy_v1(), seeds=[0, 1, 2, 3])
    assert merge([one, two], tmp_path / "whole").runs == 6
    assert [row[0] for row in select(shard(tmp_path / "whole"), "SELECT seed FROM runs ORDER BY id")] == list(range(6))
    assert digest([tmp_path / "whole"]) == digest([two, one])
    for history in runs:
        assert_same(Store(tmp_path / "whole").read(*key(history.seed)), history)


def test_stores_that_do_not_go_together_are_not_merged(filled: Path, tmp_path: Path) -> None:
    other = recorded(tmp_path / "o", benchmark=attrs.evolve(toy_v1(), report_metrics=("params",))).path
    with pytest.raises(StoreError, match="holds runs on a 'toy/formula-v1' with other report"):
        merge([filled, other], tmp_path / "whole")
    with pytest.raises(StoreError, match="is there already; name a place where nothing is"):
        merge([filled], other)
    assert not (tmp_path / "whole").exists()


def test_a_run_not_recorded_is_not_available(filled: Path) -> None:
    assert [Store(filled).done(*key(seed)) for seed in range(3)] == [True, True, False]
    with pytest.raises(NotAvailable, match=r"Run 2 of 'Drawing' on 'toy/formula-v1' in .* is not recorded yet"):
        Store(filled).read(*key(2))


def test_unknown_names_offer_the_nearest(filled: Path) -> None:
    store = Store(filled)
    with pytest.raises(UnknownId, match=r"has no benchmark 'toy/formula-v2'. Did you mean 'toy/formula-v1'?"):
        store.done("toy/formula-v2", "Drawing", 0)
    with pytest.raises(UnknownId, match=r"has no strategy 'drawing'. Did you mean 'Drawing'?"):
        store.done("toy/formula-v1", "drawing", 0)
    with pytest.raises(UnknownId, match=r"has no room for seed 3"):
        store.done(*key(3))


def test_a_run_of_another_batch_or_with_other_columns_is_refused(filled: Path) -> None:
    history = run(toy_v1(), Drawing, seed=2)
    with pytest.raises(InvalidOption, match=r"does not go with this store's .* batch \(4; the store's is 1\)"):
        Store(filled).record(attrs.evolve(history, batch=4))
    with pytest.raises(InvalidOption, match=r"The run of 'Drawing' with seed 2 does not go with"):
        Store(filled).record(attrs.evolve(history, report_metrics={}))


def test_a_store_grows_and_keeps_what_it_has(filled: Path) -> None:
    before = [Store(filled).read(*key(seed)) for seed in (0, 1)]
    summaries = [BenchmarkSummary.of(several_goals()), BenchmarkSummary.of(toy_v1())]
    store = Store.prepare(filled, summaries, [StrategySummary("Drawing"), StrategySummary("Short")], [7, 0])
    assert store.seeds == (0, 1, 2, 7)
    assert [summary.spec for summary in store.benchmarks] == ["toy/formula-v1", "toy/several-v1"]
    for history in before:
        assert_same(store.read(*key(history.seed)), history)
    long = run(several_goals(), Short, seed=7)
    store.record(long)
    assert_same(Store(filled).read("toy/several-v1", "Short", 7), long)


def test_another_batch_is_refused(filled: Path) -> None:
    with pytest.raises(StoreError, match=r"holds runs with batch 1, not 5; give batch=1 or choose another store"):
        Store.prepare(filled, [BenchmarkSummary.of(toy_v1())], [StrategySummary("Drawing")], [0], batch=5)


def test_the_same_spec_with_another_meaning_is_refused(filled: Path) -> None:
    other = attrs.evolve(toy_v1(), report_metrics=("params",))
    with pytest.raises(
        StoreError, match=r"holds runs on a 'toy/formula-v1' with other report_metrics, metrics; choose"
    ):
        store_of(filled, other)


def test_a_stored_run_of_other_goals_or_values_is_refused_by_their_names(filled: Path) -> None:
    """Each thing that a summary keeps and that decides what a run is, changed alone."""
    known = BenchmarkSummary.of(toy_v1())
    latency = Metric("latency", "min", "ms")
    changes = {
        "space": "other",
        "genes": 4,
        "goals": (attrs.evolve(known.goals[0], goal="min"),),
        "constraints": (Constraint("params", upper=1.0),),
        "budget": Budget(11),
        "fidelity": None,
        "identity": "code",
        "noise": True,
        "report_metrics": ("params",),
        "metrics": {**known.metrics, "latency": latency},
        "missing": {"latency": "Measure it."},
        "optima": {"valid_accuracy": 98.0},
        "point": {"valid_accuracy": 1.0},
        "predicted": True,
    }
    for name, value in changes.items():
        other = attrs.evolve(known, **{name: value})
        assert known.differs(other) == [name]
        with pytest.raises(StoreError, match=f"holds runs on a 'toy/formula-v1' with other {name};"):
            Store.prepare(filled, [other], [StrategySummary("Drawing")], [0])
    words = attrs.evolve(known, description="Better said.", source="the same", training_sd={"valid_accuracy": 0.4})
    assert known.differs(words) == []
    Store.prepare(filled, [words], [StrategySummary("Drawing")], [0])


def test_a_strategy_of_another_version_is_refused(filled: Path) -> None:
    with pytest.raises(StoreError, match=r"Strategy 'Drawing' .* came from code that was .* and is mine 2.0 here"):
        Store.prepare(filled, [], [StrategySummary("Drawing", "mine 2.0")], [0])


def test_names_that_read_alike_are_told_apart(tmp_path: Path) -> None:
    names = ["../a:B", "..%a:B", "A_b", "a_b", "shard-0001.sqlite", "x" * 300, "x" * 301]
    store = Store.prepare(tmp_path / "s.zarr", [BenchmarkSummary.of(toy_v1())], list(map(StrategySummary, names)), [0])
    for name in names:
        store.record(attrs.evolve(run(toy_v1(), Drawing, seed=0), strategy=name))
    assert store.verify() == len(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.zarr"]


def twice(store: Path, history: History) -> None:
    """Record a run in a shard that does not know the others."""
    alone = recorded(store.parent / "alone", history, benchmark=toy_v1()).path
    shutil.copy(shard(alone), shard(store, 1))


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


def test_links_with_the_names_of_shards_are_refused_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").symlink_to(tmp_path / "nowhere")
    require_no_links(tmp_path)
    for name in ("shard-0003.sqlite", "shard-0000.sqlite-journal", ".shard-0001.draft"):
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
        with pytest.raises(StoreError, match="is a link or no regular file"):
            require_no_links(tmp_path)
        (tmp_path / name).unlink()


def header(**changes: Any) -> Header:
    summary = BenchmarkSummary.of(several_goals())
    made = Header(3, (0, 2), {summary.spec: summary}, {"Drawing": StrategySummary("Drawing", "mine 1.0")})
    return attrs.evolve(made, **changes)


def told(**changes: Any) -> tuple[str, str]:
    """What a header is written as, with fields changed under a fitting digest."""
    fields = {**json.loads(header().written()[0]), **changes}
    return json.dumps(fields), layout.digest(fields)


def test_a_header_is_read_as_it_was_written() -> None:
    for made in (header(), header(seeds=()), header(batch=1 << 31)):
        assert Header.read(*made.written(), "s") == made


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ((None, ""), "is no text of at most"),
        ((header().written()[0], "0" * 64), "its SHA-256 differs"),
        (told(kind="table"), "holds a 'table' of layout 2; this nasapi reads a 'study' of layout 2"),
        (told(schema=1), "of layout 1; this nasapi reads"),
        (("[]", ""), "its header says neither kind nor schema"),
        (('{"kind": "study"}', ""), "its header says neither kind nor schema"),
        (told(batch=0), "batch is 0; wanted a whole number from 1"),
        (told(batch=(1 << 31) + 1), "wanted a whole number from 1 to 2,147,483,648"),
        (told(seeds=[1, 2, 1]), "has 1 twice"),
        (told(seeds=[-1]), "wanted a whole number from 0"),
        (told(strategies=[{"spec": "a", "offered_by": ""}] * 2), "has 'a' twice"),
        (told(more=1), "unknown field 'more'"),
    ],
)
def test_a_header_that_cannot_be_is_refused(written: tuple[Any, str], said: str) -> None:
    with pytest.raises(CorruptData, match=said):
        Header.read(*written, "s")


def test_a_header_grows_by_what_it_has_not_and_joins_with_its_like() -> None:
    made = header()
    other = StrategySummary("Other")
    grown = made.grown("s", [], [other, StrategySummary("Drawing", "mine 1.0")], [5, 2, 1], 3)
    assert (grown.seeds, list(grown.strategies), grown.benchmarks) == (
        (0, 2, 5, 1),
        ["Drawing", "Other"],
        made.benchmarks,
    )
    assert made.joined(header(), "s") is made
    assert made.joined(grown, "s").strategies == grown.strategies
    with pytest.raises(StoreError, match="holds runs with batch 3, not 4; give batch=3"):
        made.grown("s", [], [], [], 4)
    with pytest.raises(StoreError, match=r"came from mine 1\.0 and is code that is not recorded here"):
        made.grown("s", [], [StrategySummary("Drawing")], [], 3)


def test_merging_tells_how_far_it_is_and_what_it_made(filled: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    merged = merge([filled], tmp_path / "one", progress=lambda done, total: seen.append((done, total)))
    count = len(Store(filled).keys())
    assert (merged.runs, merged.damaged, merged.store) == (count, (), tmp_path / "one")
    assert seen[-1] == (count, count)
    assert digest([tmp_path / "one"]) == digest([filled]) == digest([filled, tmp_path / "one"])
    with pytest.raises(StoreError, match="is there already; name a place where nothing is"):
        merge([filled], tmp_path / "one")


def test_stores_read_as_one_give_each_run_from_whichever_holds_it(tmp_path: Path) -> None:
    runs = {seed: run(toy_v1(), Drawing, seed=seed) for seed in (0, 1, 2)}
    for name, seeds in (("a", (0, 1)), ("b", (1, 2))):
        for seed in seeds:
            recorded(tmp_path / name, runs[seed], benchmark=toy_v1())
    several = JoinedStores([tmp_path / "a", tmp_path / "b"])
    assert several.keys() == [key(seed) for seed in (0, 1, 2)]
    for seed, history in runs.items():
        assert several.done(*key(seed))
        assert_same(several.read(*key(seed)), history)
    assert not several.done(*key(3))
    with pytest.raises(UnknownId, match="a' has no room for seed 3; its study was made without it"):
        several.read(*key(3))
