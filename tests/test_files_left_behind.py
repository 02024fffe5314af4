"""What killed or unlucky processes leave beside a place: put back, removed or left; and locks that are in the way."""

import errno
import fcntl
import os
import socket
from operator import attrgetter
from pathlib import Path

import pytest

from nasapi.errors import StoreError
from nasapi.files import lock as locks
from nasapi.files.lock import Held, NoLocks, locked, locked_file
from nasapi.files.places import (
    contents,
    open_own,
    refusal,
    refuse_planted,
    require_folder,
    require_place,
    resolve,
    there,
)
from nasapi.files.replacing import _Spot, remove, replacing, restore, write_whole


def ours(place: Path) -> str | None:
    """A folder that says so in `mark` is ours."""
    return None if (place / "mark").is_file() else "is not ours"


def folder(place: Path, text: str, age: float = 0.0) -> Path:
    """A folder of ours that was made so many seconds ago."""
    place.mkdir()
    (place / "mark").write_text(text)
    os.utime(place, (1e9 - age, 1e9 - age))
    return place


def replace(place: Path, text: str) -> None:
    with replacing(place, ours) as draft:
        folder(draft, text)


def names(place: Path) -> list[str]:
    return sorted(os.listdir(place))


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refused)


def test_the_youngest_old_copy_is_put_back_and_older_ones_and_drafts_are_removed(tmp_path: Path) -> None:
    place = tmp_path / "thing"
    folder(_Spot.of(place).old, "older", age=20)
    folder(_Spot.of(place).old, "younger", age=10)
    folder(_Spot.of(place).draft, "half", age=5)
    restore(place, ours)
    assert names(tmp_path) == ["thing"]
    assert (place / "mark").read_text() == "younger"


def test_what_was_moved_aside_and_is_not_ours_is_put_back_or_stays(tmp_path: Path) -> None:
    place = tmp_path / "thing"
    theirs = _Spot.of(place).old
    theirs.mkdir()
    (theirs / "thesis.tex").write_text("years of work")
    os.utime(theirs, (1, 1))
    folder(_Spot.of(place).old, "ours")
    restore(place, ours)
    assert (place / "mark").read_text() == "ours"
    assert names(tmp_path) == sorted(["thing", theirs.name])
    replace(place, "new")
    assert (theirs / "thesis.tex").read_text() == "years of work"


def test_nothing_is_put_back_where_something_stands_or_only_a_draft_was_left(tmp_path: Path) -> None:
    place = tmp_path / "thing"
    draft = folder(_Spot.of(place).draft, "half")
    restore(place, ours)
    assert names(tmp_path) == [draft.name]
    folder(place, "here")
    old = folder(_Spot.of(place).old, "old")
    restore(place, ours)
    assert names(tmp_path) == sorted(["thing", draft.name, old.name])
    replace(place, "new")
    assert names(tmp_path) == ["thing"]
    assert (place / "mark").read_text() == "new"


def test_without_locks_a_place_is_replaced_and_what_others_left_stays(tmp_path: Path, without_locks: None) -> None:
    place = tmp_path / "thing"
    old, draft = folder(_Spot.of(place).old, "old"), folder(_Spot.of(place).draft, "half")
    restore(place, ours)
    assert names(tmp_path) == sorted([old.name, draft.name])
    replace(place, "new")
    replace(place, "newer")
    assert names(tmp_path) == sorted(["thing", old.name, draft.name])
    assert (place / "mark").read_text() == "newer"


def test_without_locks_what_is_not_ours_is_not_replaced(tmp_path: Path, without_locks: None) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match=r"thesis\.tex' is not ours"):
        write_whole(tmp_path / "thesis.tex", "new", lambda _: "is not ours")
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert names(tmp_path) == ["thesis.tex"]


def test_what_was_left_of_one_place_is_not_that_of_another_beside_it(tmp_path: Path) -> None:
    left = [folder(made(_Spot.of(tmp_path / "thing")), "half") for made in (attrgetter("old"), attrgetter("draft"))]
    restore(tmp_path / "other", ours)
    replace(tmp_path / "other", "new")
    replace(tmp_path / "other", "newer")
    assert names(tmp_path) == sorted(["other", *(place.name for place in left)])


def test_nothing_is_raised_where_nothing_can_be_put_back(tmp_path: Path) -> None:
    restore(tmp_path / "no" / "such" / "thing", ours)
    restore(tmp_path / "no" / ".." / "thing", ours)
    assert names(tmp_path) == []


def test_somebody_who_takes_the_place_meanwhile_keeps_it_and_nothing_is_lost(tmp_path: Path) -> None:
    place = folder(tmp_path / "thing", "old")

    def taken(found: Path) -> str | None:
        if found != place:  # it has just been moved aside
            place.mkdir()
            (place / "theirs").write_text("work")
        return ours(found)

    with pytest.raises(StoreError, match=r"thing' was taken by somebody else meanwhile; what was there before is in '"):
        with replacing(place, taken) as draft:
            folder(draft, "new")
    assert (place / "theirs").read_text() == "work"
    [old] = [name for name in names(tmp_path) if name != "thing"]
    assert old.endswith(".nasapi-old")
    assert (tmp_path / old / "mark").read_text() == "old"


def test_an_interruption_after_the_last_step_leaves_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path / "thing", "old")
    rename = os.rename

    def interrupted(source: Path, target: Path) -> None:
        rename(source, target)
        if target == place:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(place, "new")
    assert names(tmp_path) == ["thing"]
    assert (place / "mark").read_text() == "new"


def test_a_file_takes_the_place_of_a_file_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_whole("deep/er/note.txt", "né") == tmp_path / "deep" / "er" / "note.txt"
    assert (tmp_path / "deep" / "er" / "note.txt").read_bytes() == "né".encode()
    (tmp_path / "link").symlink_to("deep")
    assert write_whole(tmp_path / "link" / "er" / "note.txt", b"\xff") == tmp_path / "deep" / "er" / "note.txt"
    assert (tmp_path / "deep" / "er" / "note.txt").read_bytes() == b"\xff"
    with pytest.raises(StoreError, match=r"The note '.*file/note' cannot be written: Not a directory"):
        (tmp_path / "file").write_text("")
        write_whole(tmp_path / "file" / "note", "", what="The note")
    assert names(tmp_path) == ["deep", "file", "link"]


def test_folders_that_were_made_for_nothing_are_gone_and_those_that_others_use_stay(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), replacing(tmp_path / "a" / "b" / "c", ours):
        (tmp_path / "a" / "theirs").write_text("work")
        raise RuntimeError
    assert names(tmp_path / "a") == ["theirs"]


def test_what_cannot_be_moved_aside_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path / "thing", "old")

    def refused(source: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises((PermissionError, StoreError), match="Permission denied"):
        replace(place, "new")
    assert names(tmp_path) == ["thing"] and (place / "mark").read_text() == "old"


def test_what_cannot_be_removed_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path / "thing", "x")

    def refused(path: object, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("rmdir", "unlink"):
        monkeypatch.setattr(os, name, refused)
    remove(tmp_path / "thing")
    assert names(tmp_path) == ["thing"]


def test_a_file_a_link_and_a_folder_are_removed_and_what_a_link_names_stays(tmp_path: Path) -> None:
    kept = folder(tmp_path / "kept", "x")
    (tmp_path / "link").symlink_to(kept)
    (tmp_path / "file").write_text("")
    folder(tmp_path / "folder", "x")
    for name in ("link", "file", "folder", "nothing"):
        remove(tmp_path / name)
    assert names(tmp_path) == ["kept"]
    assert names(kept) == ["mark"]


# places


def test_the_contents_of_a_folder_are_named_from_it_and_links_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_text("")
    (tmp_path / "a" / "link").symlink_to(tmp_path)
    (tmp_path / "a" / "file").symlink_to("b/c")
    assert sorted(contents(tmp_path / "a")) == ["b/", "b/c", "file", "link"]
    with pytest.raises(FileNotFoundError):
        list(contents(tmp_path / "nothing"))


def test_a_place_that_cannot_be_looked_through_is_not_replaced(tmp_path: Path) -> None:
    def refusing(place: Path) -> str | None:
        raise PermissionError(errno.EACCES, "Permission denied")

    message = "cannot be looked through (Permission denied), so it is not replaced; name another place"
    assert refusal(folder(tmp_path / "thing", "x"), refusing) == message
    (tmp_path / "link").symlink_to("thing")
    assert refusal(tmp_path / "link", lambda _: None) == "is neither a file nor a folder; name another place"
    assert refusal(tmp_path / "thing", ours) is None


def test_a_folder_for_files_is_asked_for_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert require_folder("out") == tmp_path / "out"
    assert require_place("out/thing", ours) == tmp_path / "out" / "thing"
    Path("file").write_text("")
    with pytest.raises(StoreError, match=r"'file' cannot be written: Not a directory\. Name another folder\."):
        require_folder("file")
    with pytest.raises(StoreError, match=r"The page 'file/x' cannot be written: Not a directory\."):
        require_place("file/x", ours, "The page")


def test_a_file_of_ours_is_opened_with_what_it_has_unless_it_is_to_be_empty(tmp_path: Path) -> None:
    place = tmp_path / "file"
    os.close(open_own(place, os.O_WRONLY | os.O_CREAT))
    place.write_text("here")
    os.close(open_own(place, os.O_WRONLY | os.O_CREAT))
    assert place.read_text() == "here"
    os.close(open_own(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    assert place.read_text() == ""
    with pytest.raises(FileNotFoundError):
        open_own(tmp_path / "other", os.O_WRONLY)


def test_what_has_the_name_of_a_file_of_ours_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("nothing", "file"):
        refuse_planted(tmp_path / name)
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "second").hardlink_to(tmp_path / "file")
    for name in ("link", "folder", "second", "file"):
        with pytest.raises(
            StoreError, match=f"{name}' is a link or no regular file, and nasapi does not write through"
        ):
            refuse_planted(tmp_path / name)


def test_a_link_that_is_planted_at_the_last_moment_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "thesis.tex"
    victim.write_text("years of work")
    monkeypatch.setattr("nasapi.files.places.refuse_planted", lambda path: None)
    for plant in (Path.symlink_to, Path.hardlink_to):
        plant(tmp_path / "lock", victim)
        with pytest.raises(StoreError, match="is a link or no regular file"):
            open_own(tmp_path / "lock", os.O_WRONLY | os.O_TRUNC)
        (tmp_path / "lock").unlink()
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(StoreError, match="is a link or no regular file"):
        open_own(tmp_path / "lock", os.O_WRONLY)
    assert victim.read_text() == "years of work"


def test_what_is_behind_a_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert [there(tmp_path / name) for name in ("file", "file/x", "dangling", "nothing")] == [True, False, True, False]
    assert resolve(tmp_path / "new") == tmp_path / "new"


# locks


def test_a_lock_says_whose_it_is_and_is_gone_after(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("process 1 on an old host, and a long text that was here before\n")
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"process {os.getpid()} on {socket.gethostname()}\n"
        with pytest.raises(Held, match=rf"is being written by process {os.getpid()} on "), locked(tmp_path):
            pass
    assert names(tmp_path) == []
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    assert names(tmp_path) == []


def test_a_lock_that_was_removed_while_it_was_waited_for_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, real = tmp_path / "lock", locks._lock
    handles = []

    def slow(handle: int) -> None:
        handles.append(handle)
        if len(handles) == 1:
            lock.unlink()  # as its last holder does at the end
        elif len(handles) == 2:
            lock.rename(tmp_path / "another")
            lock.write_text("")
        real(handle)

    monkeypatch.setattr(locks, "_lock", slow)
    before = len(os.listdir("/proc/self/fd"))
    with locked_file(lock, tmp_path):
        assert len(handles) == 3
        assert len(os.listdir("/proc/self/fd")) == before + 1
        assert lock.read_text().startswith(f"process {os.getpid()} ")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_lock_that_cannot_be_had_leaves_nothing_open(tmp_path: Path, without_locks: None) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(NoLocks, match="cannot be locked: No locks available"), locked_file(tmp_path / "lock", tmp_path):
        pass
    with (
        pytest.raises(StoreError, match=r"cannot be written: No such file"),
        locked_file(tmp_path / "x" / "y", tmp_path),
    ):
        pass
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_lock_that_cannot_say_whose_it_is_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match=r"cannot be written: No space left on device\."):
        locked_file(tmp_path / "lock", tmp_path).__enter__()
    monkeypatch.undo()
    assert names(tmp_path) == []
    assert len(os.listdir("/proc/self/fd")) == before
