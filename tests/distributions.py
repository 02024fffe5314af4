"""Distributions as pip installs them, of their metadata alone, and a path that has nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def metadata(name: str, version: str, end: str = "\n") -> str:
    return end.join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "", "Name: of the description"])


def write(folder: Path, name: str, text: str | None, file: str = "METADATA", points: str = "") -> None:
    place = folder / name
    place.mkdir(parents=True)
    if text is not None:
        (place / file).write_bytes(text.encode("latin-1"))
    if points:
        (place / "entry_points.txt").write_text(points)


def on_path(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(folder) for folder in folders])
    plain = [finder for finder in sys.meta_path if getattr(finder, "__name__", "") == "PathFinder"]
    monkeypatch.setattr(sys, "meta_path", plain)
