"""A damaged store is refused by name; a full disk or a killed writer loses nothing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr
from stores import (
    Drawing,
    assert_same,
    column_file,
    files,
    flip,
    key,
    largest_file,
    several_goals,
    snapshot,
    store_of,
)

from nasapi.errors import CorruptData, NotAvailable, StoreError, UnknownId
from nasapi.running.loop import run
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.tables.layout import digest
from nasapi.testing.toy import toy_v1


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


@pytest.mark.parametrize("damage", ["flipped", "lost", "miscounted", "swapped", "ledger"])
def test_a_damaged_run_is_done_again_once_the_folder_that_is_named_is_deleted(filled: Path, damage: str) -> None:
    store, codes = Store(filled), column_file(filled, "codes")
    history, ledger = store.read(*key(0)), filled / "toy_formula-v1" / "Drawing" / "runs" / "c" / "0"
    {
        "flipped": lambda: flip(codes, 9, 3),
        "lost": codes.unlink,
        "miscounted": lambda: zarr.open_array(ledger.parents[1], mode="r+").__setitem__((0, 0), 11),
        "swapped": lambda: shutil.copy(column_file(filled, "codes", seed=1), codes),
        "ledger": lambda: flip(next(path for path in ledger.iterdir()), 9, 3),
    }[damage]()
    advice = rf"Delete the folder '{re.escape(str(ledger))}' and run the same study again: that run is done again"
    with pytest.raises(CorruptData, match=advice):
        Store(filled).verify()
    shutil.rmtree(ledger)
    Store(filled).record(history)
    assert Store(filled).verify() == 2


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


@pytest.mark.parametrize(
    "names",
    [
        ["Downloads/movie.mkv.partial", ".lock"],
        ["0.partial"],
        [".lock"],
        ["zarr.json", ".lock", "a/0.0123456789abcdef0123456789abcdef.partial"],
    ],
)
def test_nothing_in_a_foreign_folder_is_touched(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    before = snapshot(tmp_path)
    with pytest.raises((StoreError, CorruptData), match=r"is no store, and it is not empty|is not a nasapi store"):
        store_of(tmp_path, toy_v1())
    assert snapshot(tmp_path) == before


def test_what_others_have_in_a_store_is_not_swept(filled: Path) -> None:
    (filled / "movie.mkv.partial").write_text("half")
    store_of(filled, toy_v1())
    assert (filled / "movie.mkv.partial").read_text() == "half"


@pytest.mark.parametrize("name", ["toy_formula-v1", "timings/toy_formula-v1", ".lock"])
def test_links_in_a_store_lead_nowhere(tmp_path: Path, filled: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "thesis.tex").write_text("years of work")
    place = filled / name
    if place.is_dir():
        shutil.rmtree(place)
    place.symlink_to(victim / "thesis.tex" if name == ".lock" else victim)
    before = snapshot(victim)
    with pytest.raises(StoreError, match=r"is a link or no regular file|holds a link, '.*toy_formula-v1', which"):
        store_of(filled, toy_v1())
    assert snapshot(victim) == before


def test_a_store_whose_beginning_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("process 7 on here\n")
    (tmp_path / f"zarr.{'ab' * 16}.partial").write_text("{")
    assert store_of(tmp_path, toy_v1()).verify() == 0
    assert sorted(os.listdir(tmp_path)) == ["timings", "toy_formula-v1", "zarr.json"]


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
    script = "import os, sys, nasapi\nwith nasapi.Store(sys.argv[1]).writing(): os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", script, filled]).returncode == -9
    assert (filled / ".lock").exists()
    Store(filled).record(run(toy_v1(), Drawing, seed=2))
    assert not (filled / ".lock").exists()


def test_what_a_killed_writer_left_is_swept(filled: Path) -> None:
    stray = filled / "toy_formula-v1" / "Drawing" / "cost" / "c" / "2" / f"0.{'ab' * 16}.partial"
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
