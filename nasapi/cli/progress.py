"""The progress of a study on stderr: a bar with the time that is left at a terminal, about ten lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nasapi.cli.console import show_message
from nasapi.words import counted

if TYPE_CHECKING:
    from nasapi.history import History
    from nasapi.running.study import Progress


@contextlib.contextmanager
def study_progress() -> Iterator[Progress]:
    """The function that a study calls with its progress: it moves a bar, or prints lines where nobody sees a bar.

    Several studies may be run one after the other within.
    """
    if not sys.stderr.isatty():
        yield Lines(time.monotonic)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting".ljust(36), total=None)

        def show_progress(done: int, total: int, history: History | None) -> None:
            if history is None:
                bar.reset(task, completed=done, total=total, description="running".ljust(36))
            else:
                bar.update(task, completed=done, description=f"{history.benchmark} {history.strategy}"[:36].ljust(36))

        yield show_progress


class Lines:
    """Progress as about ten plain lines, for logs."""

    def __init__(self, clock: Any):
        """Take the clock, which gives seconds."""
        self._clock = clock
        self._start = 0.0
        self._first = self._shown = 0

    def __call__(self, done: int, total: int, history: History | None) -> None:
        """Print a line at the start and at each further tenth."""
        if history is None:
            self._start, self._first, self._shown = self._clock(), done, done
            show_message(
                f"{done} of {counted(total, 'run is', 'runs are')} done already."
                if done
                else f"{counted(total, 'run', 'runs')} to do."
            )
        elif done == total or done - self._shown >= total / 10:
            self._shown = done
            seconds = self._clock() - self._start
            left = seconds / max(done - self._first, 1) * (total - done)
            show_message(f"{done} of {counted(total, 'run', 'runs')} after {seconds:.1f} s, {left:.1f} s left.")
