"""Compressed files of others: read up to a ceiling, so that a few bytes do not become a disk or a memory full."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nasapi.errors import CorruptData, StoreError

RATIO = 200
"""How many times its size a file may unpack to; the published ones become 3 to 40 times theirs."""

FLOOR = 1 << 26
"""Bytes that any file may unpack to, however small it is."""

MOST = 1 << 36
"""Bytes that no file may go beyond."""

_OPENERS: dict[bytes, Any] = {b"BZh": bz2.open, b"\x1f\x8b": gzip.open, b"\xfd7zXZ\x00": lzma.open}


def ceiling(size: int, ratio: int = RATIO) -> int:
    """How many bytes a file of so many may unpack to."""
    return min(max(FLOOR, ratio * size), MOST)


def require_below(unpacked: int, size: int, what: str) -> None:
    """Raise CorruptData where a file of `size` bytes says that it unpacks to more than its ceiling."""
    if unpacked > ceiling(size):
        raise CorruptData(
            f"{what} has {size:,} bytes and unpacks to {unpacked:,}, more than the {ceiling(size):,} that a file of "
            "its size may; nothing of it was read."
        )


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The content of a bz2, gzip or xz file, or of a file that is none of these, up to its ceiling.

    Raises CorruptData where it is damaged or goes beyond that, while it is read.
    """
    with open(path, "rb") as file:
        head, size = file.read(6), path.stat().st_size
    opener = next((each for start, each in _OPENERS.items() if head.startswith(start)), open)
    try:
        with opener(path, "rb") as file:
            yield io.BufferedReader(Bounded(file, size, repr(str(path))))
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise CorruptData(f"{str(path)!r} is damaged or cut off: {error}; get the file again.") from error
    except OSError as error:
        if error.errno is not None or isinstance(error, StoreError):  # of what was read, or of where it was put
            raise
        raise CorruptData(f"{str(path)!r} is damaged or of another kind: {error}; get the file again.") from error


class Bounded(io.RawIOBase):
    """A file of which no byte beyond its ceiling can be reached."""

    def __init__(self, file: IO[bytes], size: int, what: str):
        """Take the file that unpacks, the bytes of the packed one, and what messages call it."""
        self._file, self._size, self._what = file, size, what
        self._most = ceiling(size)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be moved in."""
        return True

    def tell(self) -> int:
        """Where it stands."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, but not beyond the ceiling; to its end only by reading."""
        if whence == 2:
            while self.read(1 << 20):
                pass
            offset, whence = self._file.tell() + offset, 0
        target = offset + (self._file.tell() if whence == 1 else 0)
        if target > self._most:
            self._refuse()
        return self._file.seek(target)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; raises CorruptData once the ceiling is passed."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        if self._file.tell() > self._most:
            self._refuse()
        return len(data)

    def _refuse(self) -> None:
        raise CorruptData(
            f"{self._what} has {self._size:,} bytes and unpacks to more than {self._most:,}; it was not read further."
        )
