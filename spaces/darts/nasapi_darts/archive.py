"""Archives of numpy arrays, read without unpickling."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData


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
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as loaded:
            return dict(loaded)
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise CorruptData(f"{str(file)!r} is no archive of numpy arrays: {error}") from error
