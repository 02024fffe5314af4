"""The lock of a store: one process writes at a time, and the lock of a process that died is free."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nasapi.errors import StoreError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's `.lock` for a while; raises StoreError that names the process which holds it.

    The operating system frees the lock of a process however it ends, so there are no stale ones; the file is removed
    when it is released.
    """
    path = folder / ".lock"
    handle = _acquire(path, folder)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: who opened it meanwhile sees that it is gone
        os.close(handle)


def _acquire(path: Path, folder: Path) -> int:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StoreError(f"{str(folder)!r} cannot be written: {error.strerror}.") from error
        try:
            _lock(handle)
        except OSError as error:
            holder = os.read(handle, 200).decode(errors="replace").strip() or "another process"
            os.close(handle)
            raise StoreError(
                f"{str(folder)!r} is being written by {holder}; wait until it ends, or choose another store."
            ) from error
        if _is_at(path, handle):
            break
        os.close(handle)  # removed by its last holder between our opening and our locking
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
    except OSError as error:
        os.close(handle)
        raise StoreError(f"{str(folder)!r} cannot be written: {error.strerror}.") from error
    return handle


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
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
