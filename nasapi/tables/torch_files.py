"""Reads what `torch.save` wrote without running anything in it, and without torch: numbers, containers, tensors."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from nasapi.errors import CorruptData
from nasapi.safety.unpacked import require_below
from nasapi.tables.unpickle import load_plain

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
_PICKLE, _STORAGES, _ORDER = "/data.pkl", "/data/", "/byteorder"


def load_torch(source: Path) -> Any:
    """The contents of a file that torch 1.6 or newer saved, which must be plain data; tensors of numbers are arrays.

    What is admitted is what `load_plain` admits, numpy arrays among it. Raises CorruptData for any other file, OSError
    where it cannot be opened.
    """
    name = repr(str(source))
    with open(source, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                require_below(sum(member.file_size for member in members), source.stat().st_size, name)
                pickled = [member for member in members if member.filename.endswith(_PICKLE)]
                if len(pickled) != 1:
                    raise CorruptData(f"{name} is a zip archive, but none that torch saved: it has no 'data.pkl'.")
                root = pickled[0].filename.removesuffix(_PICKLE)
                parts = {member.filename.removeprefix(root): archive.read(member) for member in members}
        except CorruptData:
            raise
        except _BROKEN as error:
            raise CorruptData(
                f"{name} is no file that torch 1.6 or newer saved, which is a zip archive: {str(error)[:200]}."
            ) from error
    if parts.get(_ORDER, b"little") != b"little":
        raise CorruptData(f"{name} was saved on a machine of another byte order; save it again on a common one.")
    storages = {place.removeprefix(_STORAGES): part for place, part in parts.items() if place.startswith(_STORAGES)}
    return load_plain(io.BytesIO(parts[_PICKLE]), name, arrays=True, storages=storages)
