"""A report's folder: it appears whole or not at all, and never takes the place of anything else."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from nasapi.errors import CorruptData
from nasapi.files import contents, replacing, require_place
from nasapi.safety.grammar import SHA256, Record, anything, choice, listed, mapped, read_json_file, relative_path

MARK = "report.json"
"""The file that says that a folder is a report, and which files are its own."""
_WHAT = "The report"

_MARK = Record(
    {"kind": choice("nasapi report"), "files": listed(relative_path, 0, 100_000, str)},
    optional={"sha256": mapped(SHA256, relative_path, 100_000)},
    rest=anything,
)


def replace_report(folder: str | os.PathLike[str], files: Mapping[str, str | bytes], facts: Mapping[str, Any]) -> Path:
    """Write `files` by relative name, and `facts` as report.json, into a folder that replaces an older report.

    Raises StoreError where the place cannot be written, or holds anything that is not an older report's own as it was
    written.
    """
    made = {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    mark = {"kind": "nasapi report", "files": sorted([*files, MARK]), "sha256": digests, **facts}
    written = {**made, MARK: (json.dumps(mark, indent=1, sort_keys=True) + "\n").encode()}
    with replacing(folder, foreign, _WHAT) as draft:
        draft.mkdir()
        for name, content in written.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return Path(folder).absolute()


def require_report(folder: str | os.PathLike[str]) -> None:
    """Raise StoreError where no report can be put at `folder`."""
    require_place(folder, foreign, _WHAT)


def foreign(folder: Path) -> str | None:
    """Why what is at `folder` is not to be replaced: a file, or a folder with anything but an older report in it.

    A file of that report that somebody has changed since, with a remark in it, is theirs.
    """
    if not folder.is_dir():
        return "is a file; name a folder for the report"
    mark = _mark(folder)
    own = set(mark.get("files", ()))
    folders = {f"{place}/" for name in own for place in PurePosixPath(name).parents}
    strange = sorted(set(contents(folder)) - own - folders)
    if strange:
        return f"holds {strange[0]!r}, which no report of nasapi wrote; name another folder or move it away"
    for name, digest in mark.get("sha256", {}).items():
        path = folder / name
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return f"holds {name!r}, which was changed since the report was written; name another folder"
    return None


def _mark(folder: Path) -> Mapping[str, Any]:
    """What an older report says of itself; empty where there is none."""
    try:
        found: Mapping[str, Any] = read_json_file(folder / MARK, _MARK, MARK)
    except (OSError, CorruptData):
        return {}
    return found
