"""Replacing files and folders: whole or not at all, and nothing that is not ours is touched."""

import errno
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import snapshot
from torture.kills import kills_while_replacing

from nasapi.errors import StoreError
from nasapi.files.lock import Held, NoLocks, locked, locked_file, refusal_of
from nasapi.files.places import Foreign, is_folder, open_own, require_folder, require_place, resolve
from nasapi.files.replacing import replacing, restore, write_whole


def ours(place: Path) -> str | None:
    """A folder that says so in `mark` is ours."""
    return None if (place / "mark").is_file() else "is not ours"


def write(place: str | Path, text: str, foreign: Foreign = ours) -> None:
    with replacing(place, foreign) as draft:
        draft.mkdir()
        (draft / "mark").write_text(text)


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every user may look into, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


# places


def test_a_place_is_the_one_that_the_system_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    monkeypatch.chdir(tmp_path)
    assert resolve("link/../beside") == tmp_path / "far" / "beside"
    assert resolve("link/x/y") == tmp_path / "far" / "away" / "x" / "y"
    assert resolve("far/../far/./away") == tmp_path / "far" / "away"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nodir/../precious", r"leads through 'nodir', which is not there; name a place that is"),
        ("file/../precious", r"leads through '\.\.', which is not there"),
        ("dangling", r"cannot be a place to write to: No such file or directory"),
        ("circle", r"cannot be a place to write to: "),
        ("x" * 300, r"cannot be a place to write to: File name too long"),
        ("nodir/" + "x" * 300, r"cannot be a place to write to: File name too long"),
        ("nul\0byte", r"cannot be a place to write to: .*null"),
    ],
)
def test_what_is_no_place_is_refused(precious: Path, given: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(precious.parent)
    Path("file").write_text("")
    Path("dangling").symlink_to("nowhere")
    Path("circle").symlink_to("circle")
    before = snapshot(precious.parent)
    for ask in (lambda: write(given, "new"), lambda: write_whole(given, "new"), lambda: require_place(given, ours)):
        with pytest.raises(StoreError, match=message):
            ask()
    assert snapshot(precious.parent) == before


@pytest.mark.parametrize(
    "ask", [lambda: write(".", "new", lambda _: None), lambda: require_place("..", lambda _: None)]
)
def test_the_current_directory_is_not_replaced(ask, precious: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(precious)
    before = snapshot(precious.parent)
    with pytest.raises(StoreError, match=r"'\.{1,2}' holds the current directory and cannot be replaced"):
        ask()
    assert snapshot(precious.parent) == before


def test_the_root_is_not_replaced() -> None:
    with pytest.raises(StoreError, match="'/' is where a disk begins and cannot be replaced; name a place in it"):
        write("/", "new", lambda _: None)


def test_a_mount_point_is_not_replaced(small_disk: Path) -> None:
    with pytest.raises(StoreError, match="is where a disk begins and cannot be replaced"):
        require_place(small_disk, lambda _: None)
    write(small_disk / "inside", "new")
    assert (small_disk / "inside" / "mark").read_text() == "new"


def test_asking_for_a_place_leaves_nothing(tmp_path: Path) -> None:
    require_place(tmp_path / "a" / "b", ours)
    require_folder(tmp_path / "a" / "b")
    assert os.listdir(tmp_path) == []


def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(StoreError, match="is neither a file nor a folder; name another place"):
            write_whole(place, "new")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_of_another_user_is_refused_before_and_after(shared_folder: Path) -> None:
    write(shared_folder / "theirs" / "thing", "old")
    program = """
import os, sys
from nasapi.errors import StoreError
from nasapi.files.replacing import write_whole
from nasapi.files.places import is_folder, require_place
os.setgid(65534); os.setuid(65534)
for ask in (lambda: require_place("theirs/x", is_folder), lambda: write_whole("theirs/x", "new")):
    try:
        ask()
    except StoreError as error:
        print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=shared_folder, capture_output=True, text=True)
    output = [line.rpartition("theirs")[2] for line in ran.stdout.splitlines()]
    assert output == ["/x' cannot be written: Permission denied."] * 2, ran.stderr
    assert os.listdir(shared_folder / "theirs") == ["thing"]


# replacing


def test_a_link_stays_and_what_it_names_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "mark").read_text() == "new"


def test_the_longest_name_is_replaced(tmp_path: Path) -> None:
    for name in ("x" * 255, "é" * 127):
        write(tmp_path / name, "old")
        write(tmp_path / name, "new")
        assert (tmp_path / name / "mark").read_text() == "new"
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_after_any_exception_all_is_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    write(tmp_path / "thing", "old")
    with pytest.raises(error):
        with replacing(tmp_path / "thing", ours) as draft:
            draft.mkdir()
            raise error
    with pytest.raises(error):
        with replacing(tmp_path / "no" / "such" / "thing", ours):
            raise error
    assert os.listdir(tmp_path) == ["thing"]
    assert (tmp_path / "thing" / "mark").read_text() == "old"


def test_what_turns_out_to_be_foreign_once_moved_is_moved_back(precious: Path) -> None:
    looks = []

    def late(place: Path) -> str | None:
        looks.append(place)
        return "is not ours" if place != precious else None  # as if it had been put there between look and move

    with pytest.raises(StoreError, match=r"precious' is not ours\."):
        write(precious, "new", late)
    assert looks[-1] != precious
    assert os.listdir(precious.parent) == ["precious"]
    assert (precious / "thesis.tex").read_text() == "years of work"


def test_a_draft_that_was_never_made_leaves_the_old(tmp_path: Path) -> None:
    write(tmp_path / "thing", "old")
    with (
        pytest.raises(StoreError, match=r"'.*thing' cannot be written: No such file"),
        replacing(tmp_path / "thing", ours),
    ):
        pass
    assert os.listdir(tmp_path) == ["thing"]
    assert (tmp_path / "thing" / "mark").read_text() == "old"


def test_what_others_call_partial_or_old_is_not_ours(tmp_path: Path) -> None:
    write(tmp_path / "thing", "old")
    names = [
        "movie.mkv.partial",
        ".thing.partial",
        ".thing.0123456789ab.old",
        ".thing.nasapi-old",
        "thing.nasapi-partial",
    ]
    for name in names:
        (tmp_path / name).write_text("mine")
    write(tmp_path / "thing", "new")
    assert sorted(os.listdir(tmp_path)) == sorted([*names, "thing"])
    assert {(tmp_path / name).read_text() for name in names} == {"mine"}


def test_drafts_of_a_living_process_are_left_alone(tmp_path: Path) -> None:
    with replacing(tmp_path / "thing", ours) as draft:
        draft.mkdir()
        (draft / "mark").write_text("first")
        with pytest.raises(Held, match=rf"thing' is being written by process {os.getpid()} on .*; wait until it ends"):
            write(tmp_path / "thing", "second")
        restore(tmp_path / "thing", ours)
    assert (tmp_path / "thing" / "mark").read_text() == "first"
    assert os.listdir(tmp_path) == ["thing"]


@pytest.mark.parametrize(("kind", "count"), [("folder", 8), ("file", 6), ("report", 4), ("import", 2)])
def test_no_process_killed_while_it_replaces_something_loses_it(kind: str, count: int) -> None:
    outcomes = list(kills_while_replacing(kind, seed=0, count=count))
    assert [message for _, _, broken, message in outcomes if broken] == []
    assert sum(held for _, held, _, _ in outcomes) == count


def test_a_full_disk_leaves_what_was_there(small_disk: Path) -> None:
    write_whole(small_disk / "cell.svg", "old")
    for place in (small_disk / "cell.svg", small_disk / "other.svg"):
        with pytest.raises(StoreError, match="cannot be written: No space left on device"):
            write_whole(place, "x" * 100_000)
    assert os.listdir(small_disk) == ["cell.svg"]
    assert (small_disk / "cell.svg").read_text() == "old"


def test_a_file_does_not_take_a_folders_place(precious: Path) -> None:
    with pytest.raises(StoreError, match="precious' is a folder; name a file"):
        write_whole(precious, "new", is_folder)
    assert os.listdir(precious) == ["thesis.tex"]


# names that can be foretold


@pytest.mark.parametrize("plant", [Path.symlink_to, Path.hardlink_to])
def test_a_lock_that_is_a_link_leads_nowhere(precious: Path, plant) -> None:
    victim = precious / "thesis.tex"
    plant(precious.parent / ".lock", victim)
    before = snapshot(precious.parent)
    with pytest.raises(StoreError, match=r"\.lock' is a link or no regular file, and nasapi does not write through it"):
        locked(precious.parent).__enter__()
    with pytest.raises(StoreError, match="is a link or no regular file"):
        open_own(precious.parent / ".lock", os.O_WRONLY | os.O_TRUNC)
    assert snapshot(precious.parent) == before


def test_a_lock_that_is_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    with pytest.raises(StoreError, match="is a link or no regular file"):
        locked(tmp_path).__enter__()


def test_what_a_lock_says_is_not_repeated_unless_a_lock_wrote_it(tmp_path: Path) -> None:
    with locked_file(tmp_path / "lock", tmp_path):
        (tmp_path / "lock").write_text("\x1b[31mprocess of somebody")
        with pytest.raises(Held, match="is being written by another process; wait"):
            locked_file(tmp_path / "lock", tmp_path).__enter__()


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (errno.ENOLCK, NoLocks, r"'s' cannot be locked: No locks available\. Some network disks have no locks; choose"),
        (errno.ENOSYS, NoLocks, r"'s' cannot be locked: Function not implemented"),
        (errno.EIO, StoreError, r"'s' cannot be locked: Input/output error"),
        (errno.EAGAIN, Held, r"'s' is being written by process 7 on here; wait until it ends"),
        (errno.EACCES, Held, r"'s' is being written by process 7 on here; wait until it ends"),
    ],
)
def test_a_lock_that_cannot_be_had_says_why(number: int, kind: type[StoreError], message: str) -> None:
    error = refusal_of(OSError(number, os.strerror(number)), Path("s"), b"process 7 on here\n")
    assert type(error) is kind
    assert re.search(message, str(error))
