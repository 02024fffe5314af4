"""The layout of tables: their headers as JSON, its digest, and which folders are tables."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OWN_NAME = re.compile(r"zarr\.json|[^/]+/(zarr\.json|c/([0-9]+/)*([0-9]+)?)?")
"""What is in a table's folder: its header, and for each column a folder with a header and numbered chunks."""
LARGEST_HEADER = 1 << 24
"""In bytes: what a table's header, or that of a column, may have."""


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
                ours = _says_table(file.read(LARGEST_HEADER))
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
