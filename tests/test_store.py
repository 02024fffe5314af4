"""The store: every run comes back as it was recorded, or is refused by name."""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np
import pytest
import zarr
from attrs import define

import nasapi
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.history import History
from nasapi.layout import digest
from nasapi.problem import Budget, Constraint
from nasapi.runner import run
from nasapi.store import Store
from nasapi.summary import BenchmarkSummary, StrategySummary
from nasapi.testing.toy import ToyObjective, toy_v1
from nasapi.trial import Result, Trial


@define(eq=False)
class Drawing(nasapi.Strategy):
    """Random search."""

    supports = frozenset({"constraints", "multi-objective"})

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        pass


@define(eq=False)
class Short(Drawing):
    """Stops after three trials, or before the first."""

    left: int = attrs.field(default=3, kw_only=True)

    def ask(self, n: int) -> list[Trial]:
        self.left -= 1
        return super().ask(n) if self.left >= 0 else []


class Failing(ToyObjective):
    """Fails for cells that begin with a convolution."""

    def evaluate(self, codes, fidelity=None, noise=None):  # type: ignore[no-untyped-def]
        if (codes[:, 0] == 2).any():
            raise RuntimeError("out of memory – " + "x" * 2000)
        return super().evaluate(codes, fidelity, noise)


def several_goals() -> nasapi.Benchmark:
    benchmark = toy_v1()
    params = benchmark.objective.metric("params")
    problem = attrs.evolve(
        benchmark.problem,
        goals=(*benchmark.problem.goals, params),
        constraints=(Constraint("params", upper=250.0),),
        budget=Budget(12),
    )
    return attrs.evolve(benchmark, id="toy/several-v1", spec="toy/several-v1", problem=problem)


def store_of(path: Path, benchmark: nasapi.Benchmark, seeds: Sequence[int] = range(3)) -> Store:
    return Store.prepare(path, [BenchmarkSummary.of(benchmark)], [StrategySummary("Drawing")], seeds)


def assert_same(one: History, other: History) -> None:
    for name in ("benchmark", "strategy", "seed", "batch", "goals", "constraints", "errors", "optima", "ended"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("values", "repeats", "report"):
        assert list(getattr(one, name)) == list(getattr(other, name)), name
        for key, column in getattr(one, name).items():
            np.testing.assert_array_equal(column, getattr(other, name)[key], strict=True)
    for name in ("codes", "fidelity", "cost", "seconds"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


def recorded(path: Path, *histories: History, benchmark: nasapi.Benchmark) -> Store:
    store = store_of(path, benchmark)
    for history in histories:
        store.record(history)
    return store


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A store with seeds 0 and 1 of three recorded."""
    runs = [run(toy_v1(), Drawing, seed=seed) for seed in (0, 1)]
    return recorded(tmp_path / "s.zarr", *runs, benchmark=toy_v1()).path


def key(seed: int) -> tuple[str, str, int]:
    return "toy/formula-v1", "Drawing", seed


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(path: Path, at: int, bit: int) -> None:
    original = path.read_bytes()
    path.write_bytes(original[:at] + bytes([original[at] ^ (1 << bit)]) + original[at + 1 :])


def column_file(store: Path, column: str, seed: int = 0) -> Path:
    tail = ("0",) if column == "codes" else ()
    return store.joinpath("toy_formula-v1", "Drawing", column, "c", str(seed), "0", *tail)


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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
    benchmark = attrs.evolve(toy_v1(), objective=Failing(), report=())
    history = run(benchmark, Drawing, seed=0)
    assert history.errors
    assert_same(recorded(tmp_path / "s.zarr", history, benchmark=benchmark).read(*key(0)), history)


@pytest.mark.parametrize("trials", [0, 1, 3])
def test_a_run_that_ended_early_comes_back_as_it_was(tmp_path: Path, trials: int) -> None:
    short = attrs.evolve(
        run(toy_v1(), lambda problem, rng: Short(problem, rng, left=trials), seed=0), strategy="Drawing"
    )
    assert (len(short), short.ended) == (trials, "strategy")
    assert_same(recorded(tmp_path / "s.zarr", short, benchmark=toy_v1()).read(*key(0)), short)


def test_a_run_longer_than_a_chunk_comes_back_as_it_was(tmp_path: Path) -> None:
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


def test_a_store_without_its_timings_is_read_without_them(filled: Path) -> None:
    shutil.rmtree(filled / "timings")
    assert len(Store(filled).read(*key(0)).seconds) == 0


def test_the_order_of_recording_leaves_no_trace(tmp_path: Path) -> None:
    runs = [attrs.evolve(run(toy_v1(), Drawing, seed=seed), seconds=np.empty(0)) for seed in range(3)]
    one = recorded(tmp_path / "one.zarr", *runs, benchmark=toy_v1()).path
    two = recorded(tmp_path / "two.zarr", *runs[::-1], benchmark=toy_v1()).path
    assert [path.relative_to(one) for path in files(one)] == [path.relative_to(two) for path in files(two)]
    assert [path.read_bytes() for path in files(one)] == [path.read_bytes() for path in files(two)]


def test_recording_a_run_again_changes_nothing(filled: Path) -> None:
    before = {path: path.read_bytes() for path in files(filled)}
    store = Store(filled)
    store.record(store.read(*key(0)))
    assert {path: path.read_bytes() for path in files(filled)} == before


def test_a_store_is_ordinary_zarr(filled: Path) -> None:
    group = zarr.open_group(filled, mode="r")
    array = group["toy_formula-v1/Drawing/values.valid_accuracy"]
    assert array.attrs["unit"] == "%"
    np.testing.assert_array_equal(array[0], Store(filled).read(*key(0)).values["valid_accuracy"])  # type: ignore[index]


def test_a_run_not_recorded_is_not_available(filled: Path) -> None:
    assert [Store(filled).done(*key(seed)) for seed in range(3)] == [True, True, False]
    with pytest.raises(NotAvailable, match=r"Run 2 of 'Drawing' on 'toy/formula-v1' in .* is not recorded yet"):
        Store(filled).read(*key(2))


def test_a_flipped_bit_in_any_file_is_refused_or_without_effect(filled: Path) -> None:
    history, rng, unseen = Store(filled).read(*key(0)), np.random.default_rng(0), []
    for path in (path for path in files(filled) if "1" not in path.parts[-3:] and "timings" not in path.parts):
        original = path.read_bytes()
        chosen = range(len(original)) if path.name != "zarr.json" else rng.integers(len(original), size=40)
        for at in chosen:
            flip(path, int(at), int(rng.integers(8)))
            try:
                store = Store(filled)
                assert_same(store.read(*key(0)), history)
            except (CorruptData, UnknownId):
                pass
            except AssertionError:
                unseen.append((path, at))
            path.write_bytes(original)
    assert unseen == []
    assert Store(filled).verify() == 2


@pytest.mark.parametrize("column", ["codes", "fidelity", "cost", "values.valid_accuracy", "report.test_accuracy"])
def test_a_flipped_bit_names_store_run_and_column(filled: Path, column: str) -> None:
    flip(column_file(filled, column), 9, 3)
    with pytest.raises(CorruptData, match=rf"Column '{column}' of Run 0 of 'Drawing' on 'toy.*s.zarr' cannot be read"):
        Store(filled).verify()


@pytest.mark.parametrize("column", ["codes", "fidelity", "repeats.network", "values.valid_accuracy"])
def test_a_missing_file_names_store_run_and_column(filled: Path, column: str) -> None:
    column_file(filled, column, seed=1).unlink()
    with pytest.raises(CorruptData, match=rf"Column '{column}' of Run 1 of 'Drawing' .* has lost its file"):
        Store(filled).verify()


def test_a_column_that_is_gone_is_refused(filled: Path) -> None:
    shutil.rmtree(filled / "toy_formula-v1" / "Drawing" / "cost")
    with pytest.raises(CorruptData, match=r"There is no readable array at '.*cost'"):
        Store(filled).verify()


def test_a_column_with_fewer_rows_is_refused(filled: Path) -> None:
    zarr.open_array(filled / "toy_formula-v1" / "Drawing" / "cost", mode="r+").resize((2, 10))
    with pytest.raises(CorruptData, match=r"Column 'cost' of Run 0 .* has shape \(2, 10\); wanted 3 runs"):
        Store(filled).verify()


def test_a_wrong_count_is_refused(filled: Path) -> None:
    ledger = zarr.open_array(filled / "toy_formula-v1" / "Drawing" / "runs", mode="r+")
    ledger[0, 0] = 9
    with pytest.raises(CorruptData, match=r"Run 0 of 'Drawing' .* is not what was written: its CRC-32 differs"):
        Store(filled).verify()
    ledger[0, 0] = 11
    with pytest.raises(CorruptData, match=r"wanted 3 runs of 11 trials"):
        Store(filled).verify()
    ledger[0] = [10, 7, 0, 0]
    with pytest.raises(CorruptData, match=r"The ledger of Run 0 .* cannot be what was written"):
        Store(filled).verify()


def test_another_run_in_its_place_is_refused(filled: Path) -> None:
    shutil.copy(column_file(filled, "codes", seed=1), column_file(filled, "codes", seed=0))
    with pytest.raises(CorruptData, match=r"Run 0 of 'Drawing' .* is not what was written"):
        Store(filled).verify()


def test_a_changed_header_is_refused(filled: Path) -> None:
    text = (filled / "zarr.json").read_text()
    (filled / "zarr.json").write_text(text.replace("a formula in", "a farmula in"))
    with pytest.raises(CorruptData, match=r"The header of store .* its SHA-256 differs"):
        Store(filled)


def test_another_layout_is_refused(filled: Path) -> None:
    group = zarr.open_group(filled, mode="r+")
    header = {**group.attrs.asdict()["nasapi"], "schema": 9}  # type: ignore[dict-item]
    group.attrs.put({"nasapi": header, "sha256": digest(header)})
    with pytest.raises(CorruptData, match=r"holds a 'study' of layout 9; this nasapi reads a 'study' of layout 1"):
        Store(filled)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "other.zarr")
    with pytest.raises(CorruptData, match=r"is not a nasapi store: KeyError"):
        Store(tmp_path / "other.zarr")
    with pytest.raises(NotAvailable, match=r"There is no store at"):
        Store(tmp_path / "absent.zarr")


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(StoreError, match=r"is no store, and it is not empty \('thesis.tex'\)"):
        store_of(tmp_path, toy_v1())


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
        Store(filled).record(attrs.evolve(history, report={}))


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
    other = attrs.evolve(toy_v1(), report=("params",))
    with pytest.raises(StoreError, match=r"holds runs on a 'toy/formula-v1' with other report, metrics; choose"):
        store_of(filled, other)


def test_a_strategy_of_another_version_is_refused(filled: Path) -> None:
    with pytest.raises(StoreError, match=r"Strategy 'Drawing' .* came from code that was .* and is mine 2.0 here"):
        Store.prepare(filled, [], [StrategySummary("Drawing", "mine 2.0")], [0])


def test_names_that_read_alike_have_their_own_folders(tmp_path: Path) -> None:
    names = ["../a:B", "..%a:B", "A_b", "a_b", "zarr.json", "x" * 300, "x" * 301]
    store = Store.prepare(tmp_path / "s.zarr", [BenchmarkSummary.of(toy_v1())], list(map(StrategySummary, names)), [0])
    for name in names:
        store.record(attrs.evolve(run(toy_v1(), Drawing, seed=0), strategy=name))
    assert store.verify() == len(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.zarr"]


def test_a_full_disk_is_an_error_and_nothing_is_lost(filled: Path) -> None:
    history, store = run(toy_v1(), Drawing, seed=2), Store(filled)
    with largest_file(60), pytest.raises(StoreError, match=r"Run 2 of 'Drawing' .* cannot be recorded: File too large"):
        store.record(history)
    assert Store(filled).verify() == 2
    store.record(history)
    assert Store(filled).verify() == 3
    assert not [path for path in files(filled) if path.suffix == ".partial" or path.name == ".lock"]


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounting a small disk needs root on Linux")
def test_a_disk_that_fills_up_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        store, recorded_runs = store_of(disk / "s.zarr", toy_v1(), range(40)), 0
        with pytest.raises(StoreError, match=r"cannot be recorded: No space left on device"):
            for seed in range(40):
                store.record(run(toy_v1(), Drawing, seed=seed))
                recorded_runs += 1
        assert recorded_runs > 0
        assert Store(disk / "s.zarr").verify() == recorded_runs
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"'.*s.zarr' cannot be written: Not a directory"):
        store_of(tmp_path / "file" / "s.zarr", toy_v1())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"cannot be written: Permission denied"):
        store_of(tmp_path / "s.zarr", toy_v1())


def test_two_writers_at_once_are_refused(filled: Path) -> None:
    history = run(toy_v1(), Drawing, seed=2)
    with (
        Store(filled).writing(),
        pytest.raises(StoreError, match=rf"is being written by process {os.getpid()} on .*; wait until it ends"),
    ):
        Store(filled).record(history)
    Store(filled).record(history)


def test_the_lock_of_a_killed_process_is_free(filled: Path) -> None:
    script = (
        "import os, sys; from nasapi.store import Store\nwith Store(sys.argv[1]).writing(): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, filled]).returncode == -9
    assert (filled / ".lock").exists()
    Store(filled).record(run(toy_v1(), Drawing, seed=2))
    assert not (filled / ".lock").exists()


def test_what_a_killed_writer_left_is_swept(filled: Path) -> None:
    stray = filled / "toy_formula-v1" / "Drawing" / "cost" / "c" / "2" / "0.abc.partial"
    stray.parent.mkdir()
    stray.write_bytes(b"half")
    store_of(filled, toy_v1())
    assert not stray.exists()


def test_a_store_killed_while_it_grew_is_finished(tmp_path: Path, filled: Path) -> None:
    summaries = [BenchmarkSummary.of(toy_v1()), BenchmarkSummary.of(several_goals())]
    with pytest.raises(StoreError), largest_file(1100):
        Store.prepare(filled, summaries, [StrategySummary("Drawing")], range(5))
    Store.prepare(filled, summaries, [StrategySummary("Drawing")], range(5))
    fresh = Store.prepare(tmp_path / "fresh.zarr", summaries, [StrategySummary("Drawing")], range(5))
    metadata = [path.relative_to(fresh.path) for path in files(fresh.path)]
    assert [(filled / path).read_bytes() for path in metadata] == [(fresh.path / p).read_bytes() for p in metadata]
