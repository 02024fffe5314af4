"""A surrogate on disk: plain JSON and arrays in a folder, each checked by its digest, nothing that could run."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from nasapi.errors import CorruptData, NotAvailable
from nasapi.files import contents, replacing, require_place, restore
from nasapi.safety.grammar import SHA256, Record, anything, mapped, plain_name, read_json_file, text, whole
from nasapi.safety.npz import read_npz
from nasapi_nlp.features import VERSION
from nasapi_nlp.surrogate import Boosted, Surrogate

LAYOUT = 1
_SHAPE = Record(
    {
        "layout": whole(),
        "space": text(100),
        "features": anything,
        "rest": anything,
        "about": mapped(anything, most=1000),
        "files": mapped(SHA256, plain_name, 1000),
    }
)
_HEADER, _CURVES = "surrogate.json", "curves.npz"
_OWN_NAME = re.compile(r"surrogate\.json|curves\.npz|trees-[0-9]+\.json")
_WHAT = "The surrogate"


def save(surrogate: Surrogate, path: Path) -> None:
    """Write the folder `path`, whole or not at all; one that is there is replaced if it is a surrogate.

    It holds `surrogate.json` (what it is, its errors, the SHA-256 of the other files), `curves.npz` (mean, basis and
    scale) and a JSON file of xgboost for each component. Raises StoreError where it cannot be written.
    """
    arrays = io.BytesIO()
    np.savez(arrays, mean=surrogate.mean, basis=surrogate.basis, scale=surrogate.scale)
    files = {_CURVES: arrays.getvalue()}
    files |= {f"trees-{number}.json": boosted.text for number, boosted in enumerate(surrogate.trees)}
    header = {
        "layout": LAYOUT,
        "space": "nlp",
        "features": VERSION,
        "rest": surrogate.rest,
        "about": dict(surrogate.about),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    with replacing(path, foreign, _WHAT) as draft:
        draft.mkdir()
        for name, content in (files | {_HEADER: json.dumps(header, indent=1).encode()}).items():
            (draft / name).write_bytes(content)


def require_room(path: Path) -> None:
    """Raise StoreError where no surrogate can be put at `path`; to be asked before one is fitted."""
    require_place(path, foreign, _WHAT)


def foreign(place: Path) -> str | None:
    """Why what is at `place` is not to be replaced: anything but a surrogate or an empty folder."""
    if not place.is_dir():
        return "exists and is no surrogate; give a place where nothing is yet"
    names = set(contents(place))
    strange = sorted(name for name in names if not _OWN_NAME.fullmatch(name))
    if strange:
        return f"exists and is no surrogate, for it holds {strange[0]!r}; give a place where nothing is yet"
    ours = not names or (_HEADER in names and b'"features"' in (place / _HEADER).read_bytes() and _CURVES in names)
    return None if ours else "exists and is no surrogate; give a place where nothing is yet"


def load(path: Path) -> Surrogate:
    """The surrogate in the folder `path`; `save` wrote it.

    Raises NotAvailable where there is none, CorruptData where a file is not what was written or belongs to another
    version; trees are read, and refused, with the first prediction.
    """
    restore(path, foreign)
    if not (path / _HEADER).is_file():
        raise NotAvailable(
            f"There is no surrogate in {str(path)!r}; to fit one, run `nasapi nlp train-surrogate TABLE -o {path}`."
        )
    header = _header(path)
    files = {name: _checked(path / name, digest) for name, digest in header["files"].items()}
    try:
        arrays = read_npz(files.pop(_CURVES), repr(str(path / _CURVES)))
        mean, basis, scale = (np.asarray(arrays[name], np.float64) for name in ("mean", "basis", "scale"))
        names = [f"trees-{number}.json" for number in range(len(scale) + 1)]
        trees = [Boosted(files[name], repr(str(path / name))) for name in names]
    except (KeyError, ValueError) as error:
        raise CorruptData(f"The surrogate {str(path)!r} lacks a part: {error}. Fit it again.") from error
    return Surrogate(mean, basis, scale, trees, header["rest"], header["about"])


def _header(path: Path) -> dict[str, Any]:
    try:
        header = read_json_file(path / _HEADER, _SHAPE, f"The description {str(path / _HEADER)!r}")
    except OSError as error:
        raise CorruptData(f"{str(path / _HEADER)!r} cannot be read: {error.strerror or error}.") from error
    found = header["layout"], header["space"], header["features"]
    if found != (LAYOUT, "nlp", VERSION):
        raise CorruptData(
            f"The surrogate {str(path)!r} has layout, space and features {found}; this version reads "
            f"{(LAYOUT, 'nlp', VERSION)}. Fit it again."
        )
    return dict(header)


def _checked(file: Path, digest: str) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CorruptData(
            f"{str(file)!r} cannot be read: {error.strerror or error}. Fit the surrogate again."
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise CorruptData(f"{str(file)!r} is not what was written: its SHA-256 differs. Fit the surrogate again.")
    return content
