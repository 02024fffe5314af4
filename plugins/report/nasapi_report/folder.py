"""A report's folder: it appears whole or not at all, and never takes the place of anything else."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from nasapi.errors import CorruptData
from nasapi.files import contents, replacing, require_place
from nasapi.safety.grammar import Record, anything, choice, listed, read_json_file, relative_path

MARK = "report.json"
"""The file that says that a folder is a report, and which files are its own."""
_WHAT = "The report"

_MARK = Record({"kind": choice("nasapi report"), "files": listed(relative_path, 0, 100_000, str)}, rest=anything)


def replace_report(folder: str | os.PathLike[str], files: Mapping[str, str | bytes], facts: Mapping[str, Any]) -> Path:
    """Write `files` by relative name, and `facts` as report.json, into a folder that replaces an older report.

    Raises StoreError where the place cannot be written, or holds anything that is not an older report's own.
    """
    mark = {"kind": "nasapi report", "files": sorted([*files, MARK]), **facts}
    written = {**files, MARK: json.dumps(mark, indent=1, sort_keys=True) + "\n"}
    with replacing(folder, foreign, _WHAT) as draft:
        draft.mkdir()
        for name, content in written.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(folder).absolute()


def require_report(folder: str | os.PathLike[str]) -> None:
    """Raise StoreError where no report can be put at `folder`."""
    require_place(folder, foreign, _WHAT)


def foreign(folder: Path) -> str | None:
    """Why what is at `folder` is not to be replaced: a file, or a folder with anything but an older report in it."""
    if not folder.is_dir():
        return "is a file; name a folder for the report"
    own = _own(folder)
    folders = {f"{place}/" for name in own for place in PurePosixPath(name).parents}
    strange = sorted(set(contents(folder)) - own - folders)
    return (
        f"holds {strange[0]!r}, which no report of nasapi wrote; name another folder or move it away"
        if strange
        else None
    )


def _own(folder: Path) -> set[str]:
    """The files that an older report lists as its own; empty where there is no such list."""
    try:
        return set(read_json_file(folder / MARK, _MARK, MARK)["files"])
    except (OSError, CorruptData):
        return set()
