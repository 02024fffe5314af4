"""The folder of a store: its shards by name, the locks beside them, and what is not ours in it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nasapi.errors import StoreError
from nasapi.files.lock import OWN_TEXT, Held, NoLocks, locked, locked_file
from nasapi.files.places import refuse_planted, there

_SHARD = re.compile(r"shard-[0-9]{4,9}\.sqlite")
_BESIDE = re.compile(r"\.lock|\.shard-[0-9]{4,9}\.(lock|draft|draft-journal)|shard-[0-9]{4,9}\.sqlite-journal")
_PATIENCE = 60.0  # seconds for another process to have written its header


def shards_of(store: Path) -> list[Path]:
    """The shards in a folder, in the order of their numbers; raises OSError where the folder cannot be read."""
    return sorted((store / name for name in os.listdir(store) if _SHARD.fullmatch(name)), key=_number)


def is_store(store: Path) -> bool:
    """Whether there is a folder with a shard in it."""
    try:
        return any(_SHARD.fullmatch(name) for name in os.listdir(store))
    except OSError:
        return False


def shard_path(store: Path, number: int) -> Path:
    """The shard of a number."""
    return store / f"shard-{number:04}.sqlite"


def foreign(folder: Path) -> str | None:
    """Why a study must not be kept in `folder`: it holds something, and no shard of a store."""
    names = sorted(os.listdir(folder))
    strange = [name for name in names if not _BESIDE.fullmatch(name) and not _SHARD.fullmatch(name)]
    if any(_SHARD.fullmatch(name) for name in names):
        return None
    strange = strange or [name for name in names if _foreign_lock(folder / name)]
    return f"is no store, and it is not empty ({strange[0]!r}); choose another" if strange else None


def require_no_links(store: Path) -> None:
    """Raise StoreError where a shard or what lies beside it is a link, through which another file would be written."""
    for name in os.listdir(store):
        if _SHARD.fullmatch(name) or _BESIDE.fullmatch(name):
            refuse_planted(store / name)


def sweep(store: Path) -> None:
    """Remove the locks and drafts that killed writers left; what is held by a process stays."""
    for name in sorted(os.listdir(store)):
        if re.fullmatch(r"\.shard-[0-9]{4,9}\.lock", name):
            with ExitStack() as stack:
                try:
                    stack.enter_context(locked_file(store / name, store))
                except StoreError:  # held, or no file of ours
                    continue
                for end in (".draft", ".draft-journal"):
                    place = store / f"{name[: -len('.lock')]}{end}"
                    if there(place):
                        refuse_planted(place)
                        place.unlink()


@contextmanager
def gate(store: Path) -> Iterator[None]:
    """Hold the lock of a whole store for a moment, waiting for others; without it where the disk has no locks."""
    end = time.monotonic() + _PATIENCE
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locked(store))
                break
            except NoLocks:
                break
            except Held:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        yield


@contextmanager
def claimed(store: Path, first: int = 0) -> Iterator[Path]:
    """The place of a shard that is this process's own for a while: the first from `first` that nobody writes.

    On a disk without locks, a number that no other process will draw.
    """
    with ExitStack() as stack:
        number = first
        while True:
            try:
                stack.enter_context(locked_file(store / f".shard-{number:04}.lock", store))
                break
            except Held:
                number += 1
            except NoLocks:
                number = 10_000 + int.from_bytes(os.urandom(4), "little") % 900_000_000
                break
        yield shard_path(store, number)


def _number(path: Path) -> tuple[int, str]:
    return int(path.stem.partition("-")[2]), path.name


def _foreign_lock(path: Path) -> bool:
    """Whether a file of a lock's name is none that a lock of ours wrote."""
    if not path.name.endswith("lock"):
        return False
    if not path.is_file() or path.is_symlink():
        return os.path.lexists(path)
    with path.open("rb") as file:
        return not OWN_TEXT.fullmatch(file.read(300))
