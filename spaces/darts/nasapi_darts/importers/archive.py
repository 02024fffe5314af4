"""Archives of numpy arrays, read without unpickling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.safety.npz import read_npz


def archive(file: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an archive by name; raises CorruptData where it cannot be read."""
    try:
        return read_npz(file, repr(str(file)))
    except OSError as error:
        raise CorruptData(f"{str(file)!r} is no archive of numpy arrays: {error}") from error
