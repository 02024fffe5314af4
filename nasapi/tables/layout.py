"""The layout that tables and stores share: checked headers, checked chunks, and names that every file system takes."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nasapi.errors import CorruptData

_WRITE_EMPTY: Any = {"write_empty_chunks": True}  # a chunk of fill values is a file too, so that a lost one shows


def create_array(path: Path, shape: tuple[int, ...], dtype: str, chunks: tuple[int, ...], **options: Any) -> Any:
    """An empty zarr array at `path` whose chunks carry their CRC-32C; `options` are `fill_value` and `attributes`."""
    import zarr
    from zarr.codecs import BytesCodec, Crc32cCodec, ZstdCodec
    from zarr.storage import LocalStore

    return zarr.create_array(
        LocalStore(path),
        shape=shape,
        dtype=dtype,
        chunks=chunks,
        serializer=BytesCodec(endian=None if dtype.endswith("1") else "little"),
        compressors=(ZstdCodec(level=3), Crc32cCodec()),
        config=_WRITE_EMPTY,
        **options,
    )


def open_array(path: Path, *, writable: bool = False) -> Any:
    """The zarr array at `path`; raises CorruptData where there is none that can be read."""
    import zarr
    from zarr.storage import LocalStore

    try:
        store = LocalStore(path, read_only=not writable)
        with zarr.config.set({f"array.{key}": value for key, value in _WRITE_EMPTY.items()}):
            return zarr.open_array(store, mode="r+" if writable else "r")
    except Exception as error:
        raise CorruptData(f"There is no readable array at {str(path)!r}: {type(error).__name__}: {error}") from error


def chunk_file(array: Path, *position: int) -> Path:
    """The file that holds the chunk of an array at `position`."""
    return array.joinpath("c", *map(str, position))


def digest(header: Mapping[str, Any]) -> str:
    """SHA-256 of a header as JSON with sorted keys: what a flipped bit in it is found by."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """A value as JSON can hold it: mappings and sequences in depth, numbers that are not finite as words."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def number(value: float | str) -> float:
    """The number that `plain` wrote, "inf" among them."""
    return float(value) if isinstance(value, str) else value


def folder_name(text: str, taken: Collection[str]) -> str:
    """A folder's name that reads like `text`, and differs from those taken on any file system."""
    name = re.sub(r"[^A-Za-z0-9.=-]+", "_", text).strip("._")[:100] or "_"
    used = {other.lower() for other in taken}
    candidate, again = name, 2
    while candidate.lower() in used:
        candidate, again = f"{name}_{again}", again + 1
    return candidate


def sweep(folder: Path) -> None:
    """Remove what a killed writer left half written."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".partial"):
                Path(place, name).unlink(missing_ok=True)
