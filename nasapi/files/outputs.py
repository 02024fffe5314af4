"""Figures and tables in a folder that a person named: they replace what was written there before, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from nasapi.files.places import require_folder, require_ours
from nasapi.files.replacing import write_whole

NOTE = ".nasapi-outputs.json"
"""In a folder: the SHA-256 of every file that was written to it."""


def require_outputs(folder: str | os.PathLike[str], names: Collection[str]) -> None:
    """Raise StoreError where files of these names cannot be written to a folder; to be asked before hours of work.

    A file that is there is replaced where `write_outputs` wrote it and nobody has changed it since.
    """
    place = require_folder(folder)
    _require(folder, place, names, _written(place))


def write_outputs(folder: str | os.PathLike[str], files: Mapping[str, str | bytes]) -> list[Path]:
    """Write files, each whole or not at all, and give their places; raises what `require_outputs` does before any."""
    place = require_folder(folder)
    contents = {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}
    before, now = _written(place), {_digest(content) for content in contents.values()}
    _require(folder, place, files, before | now)
    _note(place, before | now)  # first, so that what is written before this process is killed is known
    for name, content in contents.items():
        write_whole(place / name, content, partial(_foreign, before | now))
    return [Path(folder, name) for name in files]


def _require(folder: str | os.PathLike[str], place: Path, names: Collection[str], digests: Collection[str]) -> None:
    for name in names:
        require_ours(place / name, partial(_foreign, digests), Path(folder, name))


def _foreign(digests: Collection[str], path: Path) -> str | None:
    """Why a file is not to be replaced: its content is none of those with these digests."""
    if path.is_dir():
        return "is a folder; name another place, or move it away"
    if _digest(path.read_bytes()) in digests:
        return None
    return "is there and was not written by nasapi, or was changed since; name another folder, or move the file away"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _written(folder: Path) -> set[str]:
    """The digests of what was written to a folder; none where nothing was, or something else has the note's name."""
    try:
        found = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    return {digest for digest in found if isinstance(digest, str)} if isinstance(found, list) else set()


def _note(folder: Path, digests: Collection[str]) -> None:
    write_whole(folder / NOTE, json.dumps(sorted(digests), indent=0) + "\n")
