"""Archives of numpy arrays from others: every header is read, and held against the bytes that are there, first."""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.safety.unpacked import require_below
from nasapi.words import counted, quoted

_NUMBERS = "biufcSU"  # the kinds of type that hold no Python objects
_MOST_ARRAYS = 10_000
_MOST_HEADER = 10_000  # bytes: what numpy itself reads of one that is not trusted
_UNREADABLE = (OSError, EOFError, ValueError, TypeError, KeyError, SyntaxError, OverflowError, MemoryError)
Wanted: TypeAlias = Mapping[str, tuple[Literal["whole numbers", "numbers", "text"], int]]
"""The arrays that a file is to have: each name with what it holds, and along how many axes."""

_WHOLE = 1 << 53  # from here on a float is no longer one whole number alone
_BROKEN = (zipfile.BadZipFile, tokenize.TokenError, zlib.error, NotImplementedError, RuntimeError, RecursionError)


def read_npz(source: Path | bytes, what: str) -> dict[str, NDArray[Any]]:
    """All arrays of an npz file, or of the bytes of one, by name; nothing is unpickled. `what` is its name in messages.

    Raises CorruptData where it is no such archive, where an array holds Python objects, where a header announces other
    bytes than follow it, and where the whole unpacks to more than a file of its size may. Raises OSError where the file
    cannot be opened.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                names = [member.filename.removesuffix(".npy") for member in members]
                if len(members) > _MOST_ARRAYS or len(set(names)) < len(names):
                    raise CorruptData(f"{what} has {len(members):,} arrays, or two of one name; get the file again.")
                require_below(sum(member.file_size for member in members), size, what)
                pairs = zip(names, members, strict=True)
                return {name: _read(archive, member, name, what) for name, member in pairs}
        except CorruptData:
            raise
        except (*_UNREADABLE, *_BROKEN) as error:
            raise CorruptData(f"{what} is no archive of numpy arrays: {str(error)[:200]}.") from error


def named_arrays(found: Mapping[str, NDArray[Any]], wanted: Wanted, what: str) -> list[NDArray[Any]]:
    """The arrays of these names, in order, each of its kind and with so many axes; whole numbers in 64 bits.

    numpy would take text, truth values and half of a complex number for numbers, and NaN for a whole one. Floats that
    are whole are whole numbers. Raises CorruptData where an array lacks or is of another kind.
    """
    arrays = []
    for name, (kind, axes) in wanted.items():
        if name not in found:
            there = ", ".join(quoted(each) for each in list(found)[:20]) or "none"
            raise CorruptData(f"{what} has no array {name!r}; it has {there}; wanted {', '.join(wanted)}.")
        array = found[name]
        if array.ndim != axes or array.dtype.kind not in ("U" if kind == "text" else "fiu"):
            raise CorruptData(
                f"Array {name!r} of {what} is {array.dtype} of shape {array.shape}; wanted {kind} along "
                f"{counted(axes, 'axis', 'axes')}."
            )
        arrays.append(_whole(array, f"Array {name!r} of {what}") if kind == "whole numbers" else array)
    return arrays


def _whole(array: NDArray[Any], what: str) -> NDArray[np.int64]:
    """The array in 64 bits, where that changes no number."""
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        fits = (np.abs(array) < _WHOLE) & (np.floor(array) == array)
    else:
        fits = array < 1 << 63
    if not fits.all():
        raise CorruptData(f"{what} has {array[~fits][0]!s}, which is no whole number in 64 bits.")
    return array.astype(np.int64)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, what: str) -> NDArray[Any]:
    with archive.open(member) as file:
        shape, fortran, dtype = _header(file, f"Array {name[:80]!r} of {what}")
        wanted = math.prod(shape) * dtype.itemsize
        there = member.file_size - file.tell()
        if wanted != there:
            raise CorruptData(
                f"Array {name[:80]!r} of {what} announces {wanted:,} bytes and has {there:,}; get the file again."
            )
        data = file.read(wanted)
    return np.frombuffer(bytearray(data), dtype).reshape(shape, order="F" if fortran else "C")


def _header(file: IO[bytes], what: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type as an array's header has them, of numbers or text alone."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise CorruptData(f"{what} has a header of version {version}; wanted 1.0 or 2.0.")
    shape, fortran, dtype = readers[version](file, max_header_size=_MOST_HEADER)
    if dtype.kind not in _NUMBERS or dtype.itemsize == 0:
        raise CorruptData(f"{what} holds {str(dtype)[:80]}, which is not numbers or text; nothing of it was read.")
    if len(shape) > 32 or any(side < 0 for side in shape):
        raise CorruptData(f"{what} has the shape {str(shape)[:80]}, which no array has.")
    return shape, fortran, dtype
