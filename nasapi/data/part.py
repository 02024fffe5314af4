"""The part of a download: the bytes that are here so far, and a note beside them of the file that they belong to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from attrs import frozen

from nasapi.errors import CorruptData
from nasapi.files.places import open_own, refuse_planted
from nasapi.safety.grammar import Record, maybe, read_json_file, text, whole

_NOTE = Record({"url": text(), "validator": text()}, {"total": maybe(whole())})


@frozen
class Part:
    """A file while it is not whole: at its place with ".part" behind the name, the note with ".part.json"."""

    path: Path
    """Where the bytes are."""

    @classmethod
    def of(cls, target: Path) -> Part:
        """The part of the file that is to be at `target`."""
        return cls(target.with_name(target.name + ".part"))

    @property
    def note(self) -> Path:
        """The file that says which address and which version of the file the bytes belong to."""
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        """How many bytes are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def require_own(self) -> None:
        """Raise where somebody else planted something at either place."""
        for own in (self.path, self.note):
            refuse_planted(own)

    def open(self, how: int) -> int:
        """A descriptor that writes the bytes; `how` is os.O_APPEND or os.O_TRUNC."""
        return open_own(self.path, os.O_WRONLY | os.O_CREAT | how)

    def read_note(self) -> dict[str, Any]:
        """The note's `url`, `validator` and `total`; empty where there is none that can be read."""
        try:
            found: dict[str, Any] = read_json_file(self.note, _NOTE, "the note of a part", 1 << 16)
        except (OSError, CorruptData):
            return {}
        return found

    def write_note(self, url: str, validator: str, total: int | None) -> None:
        """Note the address, what tells this version of the file from others, and how many bytes it has in all."""
        with open(open_own(self.note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="utf-8") as file:
            json.dump({"url": url, "validator": validator, "total": total}, file)

    def complete(self, target: Path) -> None:
        """Put the bytes in their place, whole by now, and remove the note."""
        os.replace(self.path, target)
        self.note.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove bytes and note."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
