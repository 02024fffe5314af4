"""A report's folder: it appears whole or not at all, and never takes the place of anything else."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasapi.errors import CorruptData, StoreError
from nasapi.grammar import Record, anything, choice, listed, read_json_file, relative_path

MARK = "report.json"
"""The file that says that a folder is a report, and which files are its own."""

_MARK = Record({"kind": choice("nasapi report"), "files": listed(relative_path, 0, 100_000, str)}, rest=anything)


def replace_report(folder: str | os.PathLike[str], files: Mapping[str, str | bytes], facts: Mapping[str, Any]) -> Path:
    """Write `files` by relative name, and `facts` as report.json, into a folder that replaces an older report.

    The new folder is written beside the old one, which goes only when the new one is complete. Raises StoreError where
    the place cannot be written, or holds anything that is not an older report's own.
    """
    target = Path(folder).absolute()
    token = uuid.uuid4().hex[:8]
    draft, old = (target.with_name(f".{target.name}.{token}.{ending}") for ending in ("partial", "old"))
    try:
        refuse_foreign(target)
        for name, content in files.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        mark = {"kind": "nasapi report", "files": sorted([*files, MARK]), **facts}
        (draft / MARK).write_text(json.dumps(mark, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        if target.exists():
            os.replace(target, old)
        try:
            os.replace(draft, target)
        except OSError:
            if old.exists():
                os.replace(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"The report cannot be written to {str(folder)!r}: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def refuse_foreign(target: Path) -> None:
    """Raise StoreError where `target` is a file, or a folder with anything but an older report in it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise StoreError(f"{str(target)!r} is a file; name a folder for the report.")
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    foreign = sorted(there - _own(target))
    if foreign:
        raise StoreError(
            f"{str(target)!r} holds {foreign[0]!r}, which no report of nasapi wrote; "
            "name another folder or move it away."
        )


def _own(target: Path) -> set[str]:
    """The files that an older report lists as its own; empty where there is no such list."""
    try:
        return set(read_json_file(target / MARK, _MARK, MARK)["files"])
    except (OSError, CorruptData):
        return set()
