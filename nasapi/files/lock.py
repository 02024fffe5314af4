"""Locks: one process writes at a time, and the lock of a process that died is free."""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nasapi.errors import StoreError
from nasapi.files.places import open_own

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}  # EDEADLK is what Windows says
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


class Held(StoreError):
    """A lock that another process holds."""


class NoLocks(StoreError):
    """A file system that has no locks, as some network disks."""


OWN_TEXT = re.compile(rb"(process [0-9]{1,10} on [A-Za-z0-9_.-]{1,255}\n)?")
"""What the file of a lock says, if it is one: whose it is, or nothing from a process killed before it could say."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's `.lock` for a while; raises StoreError that names the process which holds it."""
    with locked_file(folder / ".lock", folder):
        yield


@contextmanager
def locked_file(path: Path, what: Path) -> Iterator[None]:
    """Hold the lock `path` of a place `what` for a while.

    The operating system frees the lock of a process however it ends, so there are no stale ones; the file is removed
    when it is released. Raises Held with the process that holds it, NoLocks where the file system has none, StoreError
    for everything else that the system refuses.
    """
    handle = _acquire(path, what)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: who opened it meanwhile sees that it is gone
        os.close(handle)


def _acquire(path: Path, what: Path) -> int:
    while True:
        try:
            handle = open_own(path, os.O_RDWR | os.O_CREAT)
        except StoreError:
            raise
        except OSError as error:
            raise StoreError(f"{str(what)!r} cannot be written: {error.strerror or error}.") from error
        try:
            _lock(handle)
        except OSError as error:
            text = os.read(handle, 300)
            os.close(handle)
            if error.errno in _NO_LOCKS and not text:  # made by us, and nobody can hold it
                path.unlink(missing_ok=True)
            raise refusal_of(error, what, text) from error
        if _is_at(path, handle):
            break
        os.close(handle)  # removed by its last holder between our opening and our locking
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
    except OSError as error:
        path.unlink(missing_ok=True)
        os.close(handle)
        raise StoreError(f"{str(what)!r} cannot be written: {error.strerror}.") from error
    return handle


def refusal_of(error: OSError, what: Path, text: bytes) -> StoreError:
    """The error of a lock that could not be had; `text` is what its file says."""
    if error.errno in _HELD:
        holder = text.decode().strip() if OWN_TEXT.fullmatch(text) else "another process"
        return Held(f"{str(what)!r} is being written by {holder}; wait until it ends, or choose another place.")
    kind = NoLocks if error.errno in _NO_LOCKS else StoreError
    return kind(
        f"{str(what)!r} cannot be locked: {error.strerror or error}. "
        "Some network disks have no locks; choose a place on another disk."
    )


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _lock(handle: int) -> None:
        import msvcrt

        os.lseek(handle, 1 << 30, os.SEEK_SET)  # beyond the text, which stays readable
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
