"""Files that are no data, told by how they begin: what a browser, a mirror or Git leaves in the place of a file."""

from __future__ import annotations

from pathlib import Path

_BEGINNINGS = (
    (b"<!doctype", "a web page, such as a site shows in the place of a file until something on it is clicked"),
    (b"<html", "a web page, such as a site shows in the place of a file until something on it is clicked"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself; `git lfs pull` in its repository gets it"),
    (b"/annex/objects/", "a pointer of git-annex, not the file itself; `git annex get` in its repository gets it"),
)


def other_than_data(file: Path) -> str:
    """What stands in the place of a data file: "empty", "a web page, …", "a pointer of Git LFS, …"; or nothing."""
    with open(file, "rb") as opened:
        start = opened.read(200).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start and not file.stat().st_size:
        return "empty"
    return next((what for beginning, what in _BEGINNINGS if start.startswith(beginning)), "")
