"""Replacing a file or a folder of ours whole or not at all, with nothing of anybody else's lost on the way."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from nasapi.errors import StoreError
from nasapi.files.lock import NoLocks, locked_file
from nasapi.files.places import (
    Foreign,
    is_folder,
    refusal,
    require_ours,
    require_replaceable,
    resolve,
    store_error,
    subject,
    there,
)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], foreign: Foreign, what: str = "") -> Iterator[Path]:
    """Give a path for a draft, a file or a folder that the caller makes there; it takes the place of `path` at the end.

    The place is `path` as `resolve` reads it. What is there already is moved aside, looked at by `foreign` where it
    lies then, and removed once the draft stands in its place; after any exception it is back and the draft is gone.
    What a process that was killed left behind is put right first: an old copy is put back, drafts are removed. Raises
    StoreError, with `what` the thing is in front ("The table"), where the place cannot be written, is being written by
    another process, or holds what is not ours.
    """
    target = resolve(path)
    require_ours(target, foreign, path)
    require_replaceable(target, path)
    made: list[Path] = []
    try:
        _make_folder(target.parent, made)
        with _held(target) as alone:
            if alone:
                _put_right(target, foreign)
                require_ours(target, foreign, path)
            spot = _Spot.of(target)
            try:
                yield spot.draft
                _swap(spot, foreign, path)
                made = []
            finally:
                remove(spot.draft)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise store_error(error, subject(path, what)) from error
    finally:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def write_whole(
    path: str | os.PathLike[str], content: str | bytes, foreign: Foreign = is_folder, what: str = ""
) -> Path:
    """Write a file, whole or not at all, its folder made where it is missing, and give the place it has.

    Raises StoreError where it cannot be written, or holds what `foreign` says is not ours.
    """
    with replacing(path, foreign, what) as draft:
        with open(draft, "xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    return resolve(path)


def restore(path: str | os.PathLike[str], foreign: Foreign) -> None:
    """Put back what a process killed while it replaced `path` had moved aside, where nothing stands in its place.

    Nothing is raised where that cannot be done: the place is then as empty as it was.
    """
    with contextlib.suppress(OSError):
        target = resolve(path)
        if not there(target) and any(ending == _OLD for _, ending in _left_behind(target)):
            with _held(target) as alone:
                if alone:
                    _put_right(target, foreign)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder of ours, as far as the system lets."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


_DRAFT, _OLD, _LOCK = "nasapi-partial", "nasapi-old", "nasapi-lock"


@frozen
class _Spot:
    """Where one replacement has its draft and the old copy, beside the target."""

    target: Path
    draft: Path
    old: Path

    @classmethod
    def of(cls, target: Path) -> _Spot:
        token = secrets.token_hex(8)
        return cls(target, *(target.with_name(f"{_prefix(target)}.{token}.{ending}") for ending in (_DRAFT, _OLD)))


def _prefix(target: Path) -> str:
    """How names of ours beside a target begin: readable, bound to the target's whole name, never too long."""
    return f".{target.name[:40]}.{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}"


def _left_behind(target: Path) -> list[tuple[Path, str]]:
    """Drafts and old copies of `target` beside it, each with its kind, oldest first."""
    pattern = re.compile(rf"{re.escape(_prefix(target))}\.[0-9a-f]{{16}}\.({_DRAFT}|{_OLD})")
    with os.scandir(target.parent) as entries:
        found = [
            (entry.stat(follow_symlinks=False).st_mtime_ns, Path(entry.path), match[1])
            for entry in entries
            if (match := pattern.fullmatch(entry.name))
        ]
    return [(path, ending) for _, path, ending in sorted(found)]


@contextlib.contextmanager
def _held(target: Path) -> Iterator[bool]:
    """Hold the lock of a target and say so; False on a disk without locks, where nothing may be put right."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked_file(target.with_name(f"{_prefix(target)}.{_LOCK}"), target))
            alone = True
        except NoLocks:
            alone = False
        yield alone


def _put_right(target: Path, foreign: Foreign) -> None:
    """Mend what killed processes left of `target`: put an old copy back, then remove drafts and copies replaced since.

    An old copy is removed only if it is ours: what was moved aside and could not be moved back stays where it is.
    """
    left = _left_behind(target)
    olds = [path for path, ending in left if ending == _OLD]
    if olds and not there(target):
        os.rename(olds.pop(), target)
    for old in olds:
        if refusal(old, foreign) is None:
            _condemn(old)
    for path, ending in left:
        if ending == _DRAFT:
            remove(path)


def _swap(spot: _Spot, foreign: Foreign, path: str | os.PathLike[str]) -> None:
    """Put the draft in the place of the target, which is back where it was after any exception."""
    target, draft, old = spot.target, spot.draft, spot.old
    if not there(target) or (draft.is_file() and target.is_file()):
        os.replace(draft, target)  # one step: a file is never missing
        return
    try:
        os.rename(target, old)
        require_ours(old, foreign, path)
        os.rename(draft, target)
    except BaseException as error:
        if there(old) and not there(target):
            os.rename(old, target)
        elif there(old) and not there(draft):  # interrupted after the last step
            _condemn(old)
        elif there(old) and isinstance(error, Exception):
            raise StoreError(
                f"{str(path)!r} was taken by somebody else meanwhile; what was there before is in {str(old)!r}."
            ) from error
        raise
    _condemn(old)


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note which were missing."""
    missing = [place for place in (folder, *folder.parents) if not there(place)]
    for place in reversed(missing):
        with contextlib.suppress(FileExistsError):
            place.mkdir()
            made.append(place)
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))


def _condemn(old: Path) -> None:
    """Remove an old copy; one half removed has a draft's name, so that it is never put back."""
    doomed = old.with_name(old.name.removesuffix(_OLD) + _DRAFT)
    with contextlib.suppress(OSError):
        os.rename(old, doomed)
        remove(doomed)
