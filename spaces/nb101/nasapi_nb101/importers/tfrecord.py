"""The TFRecord framing: a file of records, each with its length and the checksums of both, read one by one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from nasapi.errors import CorruptData

_HEADER = struct.Struct("<QI")  # length, its checksum
_FOOTER = struct.Struct("<I")  # the data's checksum


def masked_crc(data: bytes) -> int:
    """The CRC-32C of `data`, rotated and offset as TFRecord files hold it."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def read_records(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """The records of an open file in order; raises CorruptData at the first that is cut off or not what was written.

    `path` is what errors call the file.
    """
    number = 0
    while header := file.read(_HEADER.size):
        if len(header) < _HEADER.size:
            raise _cut_off(path, number)
        length, checksum = _HEADER.unpack(header)
        if masked_crc(header[:8]) != checksum:
            raise _wrong(path, number, "length")
        data, footer = file.read(length), file.read(_FOOTER.size)
        if len(data) < length or len(footer) < _FOOTER.size:
            raise _cut_off(path, number)
        if masked_crc(data) != _FOOTER.unpack(footer)[0]:
            raise _wrong(path, number, "data")
        yield data
        number += 1


def _cut_off(path: Path, number: int) -> CorruptData:
    return CorruptData(f"{path.name!r} is cut off in record {number}; fetch it again.")


def _wrong(path: Path, number: int, part: str) -> CorruptData:
    return CorruptData(
        f"The {part} of record {number} of {path.name!r} does not match its checksum: the file is no TFRecord file "
        "or is damaged; fetch it again."
    )
