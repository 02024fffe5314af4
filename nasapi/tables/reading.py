"""Reading tables without zarr, whose import takes longer than all tables: those that `write_table` laid out.

What is laid out otherwise, or is damaged so that it looks so, is left to zarr.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.tables.layout import LARGEST_HEADER

_PACKED, _PLAIN = ["bytes", "blosc", "crc32c"], ["bytes", "crc32c"]
_TYPES = {"bool": "|b1", "int8": "|i1", "uint8": "|u1"} | {
    f"{kind}{8 * size}": f"<{kind[0]}{size}" for kind in ("int", "uint", "float") for size in (2, 4, 8)
}
"""zarr's names of types and numpy's, for numbers."""


def attributes_of(table: Path) -> dict[str, Any] | None:
    """The attributes of a table's folder; None where zarr is to say what it is."""
    header = _read(table / "zarr.json")
    if header is None or (header.get("node_type"), header.get("zarr_format")) != ("group", 3):
        return None
    attributes = header.get("attributes")
    return attributes if isinstance(attributes, dict) else None


def column_of(place: Path, shape: tuple[int, ...], dtype: str) -> NDArray[Any] | None:
    """A column of this shape and type from its folder; None where zarr is to say what it is.

    Raises ValueError for a file whose checksum does not fit, or that holds another number of bytes.
    """
    header = _read(place / "zarr.json")
    codecs = None if header is None or not shape else _codecs(header, shape, dtype)
    if codecs not in (_PACKED, _PLAIN):
        return None
    try:
        content = place.joinpath("c", *("0" for _ in shape)).read_bytes()
    except OSError:
        return None
    import google_crc32c

    packed, checksum = content[:-4], content[-4:]
    if google_crc32c.value(packed) != int.from_bytes(checksum, "little"):
        raise ValueError("its CRC-32C differs")
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if codecs == _PLAIN:
        if len(packed) != size:
            raise ValueError(f"it has {len(packed):,} bytes; its shape needs {size:,}")
        return np.frombuffer(packed, dtype).reshape(shape)
    from numcodecs import blosc

    sizes = (int.from_bytes(packed[4:8], "little"), int.from_bytes(packed[12:16], "little"))
    if sizes != (size, len(packed)):  # before memory is taken for it
        raise ValueError(f"it announces {sizes[0]:,} bytes; its shape needs {size:,}")
    return np.frombuffer(blosc.decompress(packed), dtype).reshape(shape)


def _codecs(header: dict[str, Any], shape: tuple[int, ...], dtype: str) -> list[str] | None:
    """How an array of one chunk of numbers is coded; None where it is anything else."""
    codecs = header.get("codecs")
    if not isinstance(codecs, list) or not all(isinstance(codec, dict) for codec in codecs):
        return None
    little = {"name": "bytes", "configuration": {"endian": "little"}} if dtype[0] == "<" else {"name": "bytes"}
    as_written = (
        _TYPES.get(str(header.get("data_type"))) == dtype
        and header.get("shape") == list(shape)
        and header.get("chunk_grid") == {"name": "regular", "configuration": {"chunk_shape": list(shape)}}
        and header.get("chunk_key_encoding") == {"name": "default", "configuration": {"separator": "/"}}
        and codecs[:1] == [little]
        and not header.get("storage_transformers")
    )
    return [str(codec.get("name")) for codec in codecs] if as_written else None


def _read(path: Path) -> dict[str, Any] | None:
    """The object in a small file of JSON; None for anything else."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_HEADER + 1)
        found = json.loads(content) if len(content) <= LARGEST_HEADER else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
