"""A damaged store is refused by name; a full disk or a killed writer loses nothing."""

import contextlib
import errno
import os
import re
import sqlite3
import subprocess
import sys
from itertools import chain, repeat
from pathlib import Path

import attrs
import numpy as np
import pytest
from hostile import changed
from stores import (
    Drawing,
    assert_same,
    change,
    files,
    flip,
    key,
    largest_file,
    recorded,
    shard,
    snapshot,
    store_of,
)

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.files.lock import locked, locked_file
from nasapi.running.loop import run
from nasapi.storage.merging import merge
from nasapi.storage.opening import closing, connect
from nasapi.storage.store import Store
from nasapi.storage.summary import StrategySummary
from nasapi.testing.toy import toy_v1


def test_a_flipped_bit_anywhere_is_refused_or_without_effect(filled: Path) -> None:
    history, rng, unseen = Store(filled).read(*key(0)), np.random.default_rng(0), []
    path = shard(filled)
    original = path.read_bytes()
    for at in [*range(120), *rng.integers(len(original), size=600)]:
        flip(path, int(at), int(rng.integers(8)))
        try:
            store = Store(filled)
            assert store.verify() == 2
            assert_same(store.read(*key(0)), history)
        except (CorruptData, UnknownId, StoreError):
            pass
        except AssertionError:
            unseen.append(at)
        path.write_bytes(original)
    assert unseen == []
    assert Store(filled).verify() == 2


DAMAGE = {
    "a column": "UPDATE runs SET columns = zeroblob(length(columns)) WHERE seed = 0",
    "seconds": "UPDATE runs SET seconds = zeroblob(length(seconds)) WHERE seed = 0",
    "the count of trials": "UPDATE runs SET trials = 9 WHERE seed = 0",
    "the ending": "UPDATE runs SET ended = 'strategy' WHERE seed = 0",
    "the best": "UPDATE runs SET best = 100 WHERE seed = 0",
    "an error": """UPDATE runs SET errors = '{"0":"no"}' WHERE seed = 0""",
    "another run in its place": "UPDATE runs SET columns = (SELECT columns FROM runs WHERE seed = 1) WHERE seed = 0",
    "a type": "UPDATE runs SET columns = 'text' WHERE seed = 0",
}


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_run_is_named_and_done_again_in_a_copy(filled: Path, tmp_path: Path, damage: str) -> None:
    history = Store(filled).read(*key(0))
    change(shard(filled), DAMAGE[damage])
    advice = rf"Run 0 of 'Drawing' on 'toy.*s.zarr' is damaged: .*nasapi merge '{re.escape(str(filled))}' -o NEW --skip"
    with pytest.raises(CorruptData, match=advice):
        Store(filled).verify()
    assert len(Store(filled).read(*key(1))) == 10
    with pytest.raises(CorruptData, match=r"is damaged"):
        merge([filled], tmp_path / "new")
    merged = merge([filled], tmp_path / "new", skip_damaged=True)
    assert (merged.runs, len(merged.damaged)) == (1, 1)
    Store(tmp_path / "new").record(history)
    assert Store(tmp_path / "new").verify() == 2


@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_that_is_gone_is_missed(filled: Path, seed: int) -> None:
    change(shard(filled), "DELETE FROM runs WHERE seed = ?", seed)
    with pytest.raises(CorruptData, match=r"shard-0000.sqlite' has 1 runs where 2 were written: it is damaged"):
        Store(filled)


def test_a_run_that_is_taken_away_from_an_open_store_is_missed(filled: Path) -> None:
    store = Store(filled)
    change(shard(filled), "DELETE FROM runs WHERE seed = 0")
    with pytest.raises(CorruptData, match=r"Run 0 of .* is damaged: its row is gone\."):
        store.read(*key(0))
    change(shard(filled), "UPDATE runs SET id = 1 WHERE seed = 1")
    with pytest.raises(CorruptData, match=r"Run 0 of .* is damaged: another run is in its place\."):
        store.read(*key(0))


def test_what_is_left_of_a_damaged_shard_is_merged(filled: Path, tmp_path: Path) -> None:
    content = shard(filled).read_bytes()
    change(shard(filled), "DELETE FROM runs WHERE seed = 0")
    shard(filled, 1).write_bytes(content[:5000])
    with pytest.raises(CorruptData, match=r"Move the file out of the store, .* --skip-damaged"):
        merge([filled], tmp_path / "new")
    merged = merge([filled], tmp_path / "new", skip_damaged=True)
    assert merged.runs == 1
    assert ["shard-0000" in merged.damaged[0], "shard-0001" in merged.damaged[1]] == [True, True]
    assert Store(tmp_path / "new").keys() == [key(1)]


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"has letters that are none of Unicode, which no store holds"):
        Store.prepare(tmp_path / "s", [], [StrategySummary("caf\udce9.py:Mine")], [0])
    assert not (tmp_path / "s").exists()


def test_a_run_that_was_replaced_under_a_fitting_checksum_is_missed(filled: Path, tmp_path: Path) -> None:
    other = attrs.evolve(run(toy_v1(), Drawing, seed=5), seed=0)
    there = shard(recorded(tmp_path / "other", other, benchmark=toy_v1()).path)
    with contextlib.closing(sqlite3.connect(shard(filled))) as database, database:
        database.execute("ATTACH ? AS other", (str(there),))
        for name in ("columns", "seconds", "best", "cost", "crc"):
            database.execute(f"UPDATE runs SET {name} = (SELECT {name} FROM other.runs) WHERE seed = 0")
    with pytest.raises(CorruptData, match=r"does not hold the runs that were written: their checksums differ"):
        Store(filled).verify()


def test_a_file_that_is_cut_is_refused(filled: Path) -> None:
    content = shard(filled).read_bytes()
    for length in (0, 10, 4096, len(content) // 2, len(content) - 1):
        shard(filled).write_bytes(content[:length])
        with pytest.raises(CorruptData, match=r"shard-0000.sqlite' (is|cannot be|has)"):
            Store(filled).verify()


def test_text_that_is_no_unicode_is_damage(filled: Path) -> None:
    change(shard(filled), "UPDATE header SET about = CAST(x'ff' AS TEXT)")
    with pytest.raises(CorruptData, match=r"shard-0000.sqlite' cannot be read: Could not decode to UTF-8"):
        Store(filled)


def test_a_changed_header_is_refused(filled: Path) -> None:
    change(shard(filled), "UPDATE header SET about = replace(about, 'a formula in', 'a farmula in')")
    with pytest.raises(CorruptData, match=r"The header of store .* its SHA-256 differs"):
        Store(filled)


def test_another_layout_is_refused(filled: Path) -> None:
    changed(filled, lambda header: header.update(schema=9))
    with pytest.raises(CorruptData, match=r"holds a 'study' of layout 9; this nasapi reads a 'study' of layout 2"):
        Store(filled)


def test_a_header_that_names_other_columns_is_refused(filled: Path) -> None:
    changed(filled, lambda header: header["benchmarks"][0]["columns"].pop())
    with pytest.raises(CorruptData, match=r"names other columns for 'toy/formula-v1' than its goals and metrics have"):
        Store(filled)


def test_a_run_that_the_header_does_not_name_is_refused(filled: Path) -> None:
    change(shard(filled), "UPDATE runs SET strategy = 'Drawn' WHERE seed = 1")
    with pytest.raises(CorruptData, match=r"Row 2 of .* is a run of 'Drawn' on 'toy/formula-v1', which its header"):
        Store(filled)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "shard-0000.sqlite").write_text("no database")
    with pytest.raises(CorruptData, match=r"is not a nasapi store: it is no SQLite database"):
        Store(tmp_path / "other")
    with pytest.raises(NotAvailable, match=r"There is no store at"):
        Store(tmp_path / "absent")


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
        [".shard-0000.lock"],
        ["shard-0000.sqlite", ".lock", "shard-0000.sqlite-journal"],
        ["shard-0000.sqlite.bak", "a/shard-0001.sqlite"],
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


@pytest.mark.parametrize("name", ["shard-0000.sqlite", "shard-0001.sqlite", "shard-0000.sqlite-journal", ".lock"])
def test_links_in_a_store_lead_nowhere(tmp_path: Path, filled: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "thesis.tex").write_text("years of work")
    (filled / name).unlink(missing_ok=True)
    (filled / name).symlink_to(victim / "thesis.tex")
    before = snapshot(victim)
    with pytest.raises(StoreError, match=r"is a link or no regular file"):
        store_of(filled, toy_v1(), range(5))
    assert snapshot(victim) == before


def test_a_store_whose_beginning_was_killed_is_begun_again(tmp_path: Path) -> None:
    for name in (".lock", ".shard-0000.lock"):
        (tmp_path / name).write_text("process 7 on here\n")
    (tmp_path / ".shard-0000.draft").write_text("SQL")
    assert store_of(tmp_path, toy_v1()).verify() == 0
    assert sorted(os.listdir(tmp_path)) == ["shard-0000.sqlite"]


def test_a_full_disk_is_an_error_and_nothing_is_lost(filled: Path) -> None:
    history, store = run(toy_v1(), Drawing, seed=2), store_of(filled, toy_v1(), range(400))
    size = shard(filled).stat().st_size
    for limit in (60, 5000, size):
        with largest_file(limit), pytest.raises(StoreError, match=r"s.zarr' cannot be (recorded|written): "):
            for seed in range(2, 400):
                store.record(attrs.evolve(history, seed=seed))
        whole = len(store.keys())
        assert Store(filled).verify() == whole
    store.record(attrs.evolve(history, seed=whole))
    assert Store(filled).verify() == whole + 1
    assert [path.name for path in files(filled)] == ["shard-0000.sqlite"]


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounting a small disk needs root on Linux")
def test_a_disk_that_fills_up_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    disk, history = tmp_path / "disk", run(toy_v1(), Drawing, seed=0)
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    store, recorded_runs = store_of(disk / "s.zarr", toy_v1(), range(2000)), 0
    try:
        store.claim()
        with pytest.raises(StoreError, match=r"cannot be recorded: database or disk is full"):
            for seed in range(2000):
                store.record(attrs.evolve(history, seed=seed))
                recorded_runs += 1
        assert recorded_runs > 0
        store.close()
        assert store.verify() == recorded_runs
    finally:
        store.close()
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"'.*s.zarr' cannot be written: Not a directory"):
        store_of(tmp_path / "file" / "s.zarr", toy_v1())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"cannot be written: Permission denied"):
        store_of(tmp_path / "s.zarr", toy_v1())


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounting needs root on Linux")
def test_a_store_on_a_disk_that_is_read_only_is_read(filled: Path) -> None:
    killed_in_a_transaction(filled)
    if subprocess.run(["mount", "--bind", "-o", "ro", filled, filled], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", filled], check=True)
        assert Store(filled).verify() == 2
        with pytest.raises(StoreError, match="Read-only file system"):
            Store(filled).record(run(toy_v1(), Drawing, seed=2))
    finally:
        subprocess.run(["umount", "-l", filled], check=True)
    assert Store(filled).verify() == 2


def test_the_shard_of_a_killed_process_is_free(filled: Path) -> None:
    script = "import os, sys, nasapi\nstore = nasapi.Store(sys.argv[1]); store.claim(); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", script, filled]).returncode == -9
    assert (filled / ".shard-0000.lock").exists()
    assert Store(filled).record(run(toy_v1(), Drawing, seed=2)) == "shard-0000.sqlite"
    assert not (filled / ".shard-0000.lock").exists()


def test_the_transaction_of_a_killed_process_is_rolled_back(filled: Path) -> None:
    killed_in_a_transaction(filled)
    assert (filled / "shard-0000.sqlite-journal").exists()
    assert Store(filled).verify() == 2
    assert not (filled / "shard-0000.sqlite-journal").exists()
    Store(filled).record(run(toy_v1(), Drawing, seed=2))
    assert Store(filled).verify() == 3
    assert [path.name for path in files(filled)] == ["shard-0000.sqlite"]


def test_a_shard_that_is_a_link_or_in_a_folder_that_cannot_be_looked_into_is_not_read(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard(filled).rename(tmp_path / "elsewhere")
    shard(filled).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"shard-0000.sqlite' is a link or no regular file"):
        Store(filled)

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(StoreError, match=r"s\.zarr' cannot be read: Permission denied\."):
        Store(filled)


def test_a_journal_that_names_another_file_is_not_written_on_with(filled: Path) -> None:
    (filled / "shard-0000.sqlite-journal").write_bytes(bytes(512) + bytes.fromhex("d9d505f920a163d7"))
    assert Store(filled).verify() == 2
    with pytest.raises(StoreError, match=r"sqlite-journal' names another file, which no journal of nasapi does"):
        Store(filled).record(run(toy_v1(), Drawing, seed=2))
    assert Store(filled).verify() == 2


def test_what_a_killed_writer_left_is_swept(filled: Path) -> None:
    for name in (".shard-0003.lock", ".shard-0003.draft", ".shard-0003.draft-journal"):
        (filled / name).touch()
    (filled / ".shard-0004.draft").touch()
    with locked_file(filled / ".shard-0004.lock", filled):
        store_of(filled, toy_v1())
        assert [path.name for path in files(filled)][:2] == [".shard-0004.draft", ".shard-0004.lock"]
    (filled / ".shard-0004.lock").touch()
    store_of(filled, toy_v1())
    assert [path.name for path in files(filled)] == ["shard-0000.sqlite"]


def test_one_process_at_a_time_prepares_a_store_and_others_wait(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as held:
        held.enter_context(locked(filled))
        monkeypatch.setattr("time.sleep", lambda seconds: held.close())
        assert store_of(filled, toy_v1(), range(9)).seeds == tuple(range(9))
        held.enter_context(locked(filled))
        waits: list[float] = []
        monkeypatch.setattr("time.sleep", waits.append)
        monkeypatch.setattr("time.monotonic", chain([7.0, 67.0], repeat(67.5)).__next__)
        with pytest.raises(StoreError, match=r"s.zarr' is being written by process"):
            store_of(filled, toy_v1())
        assert len(waits) == 1  # in a minute of this clock


def test_on_a_disk_without_locks_every_writer_has_a_shard_of_its_own(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    history = run(toy_v1(), Drawing, seed=2)
    store_of(filled, toy_v1(), range(4))
    names = {Store(filled).record(attrs.evolve(history, seed=seed)) for seed in (2, 3)}
    assert len(names) == 2
    assert all(10_000 <= int(name.removeprefix("shard-").removesuffix(".sqlite")) <= 999_999_999 for name in names)
    assert Store(filled).verify() == 4
    assert {path.name for path in files(filled)} >= {"shard-0000.sqlite", *names}


def test_a_slow_disk_is_waited_for_a_twentieth_of_the_time(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history, store = run(toy_v1(), Drawing, seed=2), store_of(filled, toy_v1(), range(9))
    times = iter([100.0, 101.0, 120.9, 121.0, 121.5, 131.4, 131.5, 131.5])
    with store.writing():
        monkeypatch.setattr("time.monotonic", times.__next__)
        waited = []
        for seed in range(2, 7):
            store.record(attrs.evolve(history, seed=seed))
            own = store._index.shard(store._own)
            waited.append(own._one("PRAGMA synchronous") == (2,))
    assert waited == [True, False, True, False, True]


def test_a_reader_waits_a_minute_for_a_writer(filled: Path) -> None:
    with closing(connect(shard(filled), "ro")) as database:
        assert database.execute("PRAGMA busy_timeout").fetchone() == (60_000,)


def test_a_shard_that_cannot_be_written_on_is_given_back(filled: Path) -> None:
    store = Store(filled)
    change(shard(filled), "UPDATE header SET sha256 = 'other'")
    with pytest.raises(CorruptData, match="its SHA-256 differs"):
        store.claim()
    assert [path.name for path in files(filled)] == ["shard-0000.sqlite"]


def test_a_store_is_read_while_it_is_written(tmp_path: Path) -> None:
    seeds = 60
    store_of(tmp_path / "s", toy_v1(), range(seeds)).close()
    command = [sys.executable, "-c", WRITING, str(tmp_path / "s"), str(seeds)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=Path(__file__).parent, **pipes) as writer:  # type: ignore[call-overload]
        assert writer.stdout.readline() == b"20 are there\n"
        store = Store(tmp_path / "s")
        assert store.verify() == 20
        writer.stdin.write(b"go on\n")
        writer.stdin.flush()
        while len(keys := store.keys()) < seeds:
            store.refresh()
            for name in store.keys()[len(keys) :]:
                assert len(store.read(*name)) == 10
            assert writer.poll() in (None, 0)
    assert writer.returncode == 0
    assert store.verify() == seeds


WRITING = """
import sys, attrs, nasapi
from stores import Drawing
from nasapi.testing.toy import toy_v1
history, store = nasapi.run(toy_v1(), Drawing, seed=0), nasapi.Store(sys.argv[1])
store.claim()
for seed in range(int(sys.argv[2])):
    if seed == 20:
        print("20 are there", flush=True)
        sys.stdin.readline()
    store.record(attrs.evolve(history, seed=seed))
"""


def killed_in_a_transaction(store: Path) -> None:
    """Let a writer die when half of what it changes is on the disk."""
    script = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE runs SET columns = zeroblob(100000)")
database.execute("DELETE FROM header")
database.execute("UPDATE runs SET errors = hex(zeroblob(100000))")
os.kill(os.getpid(), 9)
"""
    before = shard(store).read_bytes()
    assert subprocess.run([sys.executable, "-c", script, shard(store)]).returncode == -9
    assert shard(store).read_bytes() != before
