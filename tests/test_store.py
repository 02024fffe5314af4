"""The store: every run comes back as it was recorded, and stores grow."""

import copy
import pickle
import shutil
import threading
from pathlib import Path

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
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.history import History
from nasapi.metric import Metric
from nasapi.running.loop import run
from nasapi.running.recorded import RecordedRuns
from nasapi.storage.folder import gate, require_no_links, shards_of
from nasapi.storage.merging import digest
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
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


def test_no_folder_is_made_on_the_way_to_a_place_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"leads through 'nodir', which is not there"):
        store_of(tmp_path / "nodir" / ".." / "store", toy_v1())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_others_write_to_while_it_is_waited_for_is_left_alone(tmp_path: Path) -> None:
    refusals: list[StoreError] = []

    def prepare() -> None:
        try:
            store_of(tmp_path, toy_v1())
        except StoreError as error:
            refusals.append(error)

    waiting = threading.Thread(target=prepare)
    with gate(tmp_path):
        waiting.start()
        waiting.join(0.3)
        (tmp_path / "thesis.tex").write_text("")
    waiting.join()
    assert [str(each) for each in refusals] == [
        f"{str(tmp_path)!r} is no store, and it is not empty ('thesis.tex'); choose another."
    ]
    assert "shard-0000.sqlite" not in files(tmp_path)


def test_shards_stand_in_the_order_of_their_numbers_however_many_there_are(tmp_path: Path) -> None:
    for number in (10_000, 2, 9_999, 123_456):
        shard(tmp_path, number).touch()
    assert shards_of(tmp_path) == [shard(tmp_path, number) for number in (2, 9_999, 10_000, 123_456)]


def test_a_run_that_two_shards_hold_is_read_once(filled: Path) -> None:
    twice(filled, Store(filled).read(*key(0)))
    assert len(Store(filled).read(*key(0))) == 10
    assert Store(filled).verify() == 2


def test_a_run_that_differs_between_two_shards_is_refused_by_name(filled: Path) -> None:
    twice(filled, attrs.evolve(run(toy_v1(), Drawing, seed=5), seed=0))
    with pytest.raises(CorruptData, match=r"Run 0 of 'Drawing' .* is in 'shard-0000.sqlite' and 'shard-0001.sqlite'"):
        Store(filled).read(*key(0))
    assert len(Store(filled).read(*key(1))) == 10


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
    assert attrs.evolve(known, offered_by="mine 2", training_sd={"valid_accuracy": 0.4}) == known
    Store.prepare(filled, [words], [StrategySummary("Drawing")], [0])


def test_a_strategy_of_another_version_is_refused(filled: Path) -> None:
    with pytest.raises(StoreError, match=r"Strategy 'Drawing' .* came from code that was .* and is mine 2.0 here"):
        Store.prepare(filled, [], [StrategySummary("Drawing", "mine 2.0")], [0])


def test_names_that_read_alike_are_distinguished(tmp_path: Path) -> None:
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


def test_links_with_the_names_of_shards_are_refused_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").symlink_to(tmp_path / "nowhere")
    require_no_links(tmp_path)
    for name in ("shard-0003.sqlite", "shard-0000.sqlite-journal", ".shard-0001.draft"):
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
        with pytest.raises(StoreError, match="is a link or no regular file"):
            require_no_links(tmp_path)
        (tmp_path / name).unlink()


def test_a_study_on_disk_is_copied_and_pickled_and_reads_the_same_runs(tmp_path: Path) -> None:
    nasapi.Study(["toy/formula-v1"], [Drawing], 3, store=tmp_path / "s").run(backend="inline")
    opened = nasapi.Study.open(tmp_path / "s")
    for twin in (copy.deepcopy(opened), pickle.loads(pickle.dumps(opened)), pickle.loads(pickle.dumps(opened))):
        assert [history.codes.tolist() for history in twin.histories()] == [
            history.codes.tolist() for history in opened.histories()
        ]
    several = nasapi.Study.open(tmp_path / "s", tmp_path / "s")
    assert len(pickle.loads(pickle.dumps(several)).histories()) == 3


def test_what_others_made_room_for_meanwhile_stays_where_a_store_is_written_on(tmp_path: Path) -> None:
    path, summary = tmp_path / "s", BenchmarkSummary.of(toy_v1())
    first = store_of(path, toy_v1(), range(2))
    other = Store.prepare(path, [summary], [StrategySummary("Short")], range(3))
    other.record(run(toy_v1(), Short, seed=2))
    first.record(run(toy_v1(), Drawing, seed=0))
    assert Store(path).keys() == [(summary.spec, "Drawing", 0), (summary.spec, "Short", 2)]
    other.record(run(toy_v1(), Short, seed=1))
    assert Store(path).verify() == 3 and set(Store(path).seeds) == {0, 1, 2}


def test_a_run_that_another_process_recorded_first_is_read_from_its_shard(tmp_path: Path) -> None:
    runs = RecordedRuns(tmp_path / "s", store_of(tmp_path / "s", toy_v1()))
    history = run(toy_v1(), Drawing, seed=0)
    neighbour = Store(tmp_path / "s")
    with neighbour.writing():
        neighbour.record(history)
        worker = Store(tmp_path / "s")
        shard_of_worker = worker.record(history)
    assert_same(runs.read_from(shard_of_worker, key(0)), history)


def test_room_that_another_process_made_in_one_shard_of_several_is_seen(filled: Path) -> None:
    store, other = Store(filled), Store(filled)
    with store.writing(), other.writing():
        other.record(run(toy_v1(), Drawing, seed=2))
    store.refresh()
    mark = store.mark
    store_of(filled, toy_v1(), range(5))
    store.refresh()
    assert store.seeds == (0, 1, 2, 3, 4)
    assert (store.mark == mark, store.mark == Store(filled).mark) == (False, True)
    filled.rename(filled.with_name("moved"))
    with pytest.raises(StoreError, match=r"s\.zarr' cannot be used: No such file or directory"):
        store.mark  # noqa: B018


def test_a_file_and_a_folder_of_stores_are_told_which_folder_is_one(filled: Path) -> None:
    with pytest.raises(StoreError, match=r"shard-0000.sqlite' is a file, and a store is a folder; name the one"):
        Store(filled / "shard-0000.sqlite")
    with pytest.raises(NotAvailable, match=rf"There is no store at .*, but in it there is '{filled.name}'\.$"):
        Store(filled.parent)
    for number in range(6):
        shutil.copytree(filled, filled.with_name(f"a{number}"))
    with pytest.raises(NotAvailable, match=r"but in it there are 'a0', 'a1', 'a2', 'a3', 'a4'\.$"):
        Store(filled.parent)


def test_of_many_shards_a_few_are_open_at_a_time(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        shutil.copy(shard(filled), shard(filled, number))
    monkeypatch.setattr("nasapi.storage.index._MOST_OPEN", 2)
    store = Store(filled)
    assert store.verify() == 2
    assert len(store.read(*key(0))) == 10
    assert sum(seen.shard is not None for seen in store._index._seen.values()) == 2
