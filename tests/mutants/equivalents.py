"""Faults that nobody could see, each with a reason; found by what they change and where, not by a line's number."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from mutants.faults import Fault
from mutants.places import ROOT

LIST = Path(__file__).parent / "equivalent.toml"


@dataclass(frozen=True)
class Equivalent:
    """A fault of a file by its place, its line and its texts; without `now`, whatever is written instead."""

    file: str
    place: str
    line: str
    was: str
    now: str
    reason: str

    def covers(self, file: str, fault: Fault) -> bool:
        """Whether this is the fault."""
        mine = (self.file, self.place, self.line, squeezed(self.was))
        same = mine == (file, fault.place, fault.text, squeezed(fault.was))
        return same and squeezed(self.now) in ("", squeezed(fault.now))


def squeezed(text: str) -> str:
    """A text with each run of white space as one space."""
    return " ".join(text.split())


def equivalents(path: Path = LIST) -> list[Equivalent]:
    """All that are listed."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        Equivalent(file, row["in"], row["line"], row["was"], row.get("now", ""), row["reason"])
        for file, rows in found.items()
        for row in rows
    ]


def source_of(equivalent: Equivalent) -> str:
    """The text of its file; empty where the file is gone."""
    path = ROOT / equivalent.file
    return path.read_text(encoding="utf-8") if path.is_file() else ""
