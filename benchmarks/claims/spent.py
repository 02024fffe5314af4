"""CPU seconds of a computation that is interrupted and gone on with."""

from __future__ import annotations

import time
from pathlib import Path

from nasapi.files.replacing import write_whole


class SpentSeconds:
    """CPU seconds of this process since now, and those of earlier ones that a file kept."""

    def __init__(self, path: Path):
        """Go on from what `path` has, 0 where there is no file."""
        self._path = path
        self._before = float(path.read_text(encoding="utf-8")) if path.is_file() else 0.0
        self._start = time.process_time()

    @property
    def total(self) -> float:
        """All of them so far."""
        return self._before + time.process_time() - self._start

    def note(self, *_: object) -> None:
        """Keep them in the file, as a study does after each run."""
        write_whole(self._path, f"{self.total:.3f}")
