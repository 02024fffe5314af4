"""The layout of tables: checked headers, checked chunks, and names that every file system takes."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nasapi.errors import CorruptData

_OWN_NAME = re.compile(r"zarr\.json|[^/]+/(zarr\.json|c/([0-9]+/)*([0-9]+)?)?")
"""What is in a table's folder: its header, and for each column a folder with a header and numbered chunks."""
_LARGEST_HEADER = 1 << 24
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


def foreign_table(place: Path) -> str | None:
    """Why what is at `place` is not to be replaced: anything but an empty folder or a table, damaged or zipped too."""
    import zipfile
    import zlib

    from nasapi.files.places import contents

    if place.is_dir():
        names = set(contents(place))
        strange = sorted(name for name in names if not _OWN_NAME.fullmatch(name))
        if strange:
            return f"holds {strange[0]!r}, which is no part of a table; name another place or move it away"
        text = (place / "zarr.json").read_bytes() if "zarr.json" in names else b""
        ours = not names or _says_table(text)
    else:
        try:
            with zipfile.ZipFile(place) as archive, archive.open("zarr.json") as file:
                ours = _says_table(file.read(_LARGEST_HEADER))
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, zlib.error, EOFError):
            ours = False
    return None if ours else "is no table of nasapi; name another place or move it away"


def _says_table(header: bytes) -> bool:
    """Whether a root's header is a table's; of one that is damaged, whether it reads like one."""
    try:
        return bool(json.loads(header)["attributes"]["nasapi"]["kind"] == "table")
    except (KeyError, TypeError):
        return False
    except (ValueError, RecursionError):
        return b'"nasapi"' in header and b'"table"' in header
