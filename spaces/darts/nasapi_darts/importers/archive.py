"""Archives of numpy arrays, read without unpickling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.safety.npz import read_npz


def members(file: Path, names: tuple[str, ...]) -> list[NDArray[Any]]:
    """The named arrays of an archive, in order; raises CorruptData where one is missing or holds Python objects."""
    found = archive(file)
    for name in names:
        if name not in found:
            raise CorruptData(f"{file.name!r} has no array {name!r}; it has {', '.join(found) or 'none'}.")
    return [found[name] for name in names]


def archive(file: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an archive by name; raises CorruptData where it cannot be read."""
    try:
        return read_npz(file, repr(str(file)))
    except OSError as error:
        raise CorruptData(f"{str(file)!r} is no archive of numpy arrays: {error}") from error
