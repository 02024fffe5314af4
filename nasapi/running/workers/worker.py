"""A worker: the process that does one job of a study after the other, as its parent sends them."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import sys
from typing import BinaryIO

from nasapi.plugins.manager import manager
from nasapi.running.phases import Notify, Phase
from nasapi.safety.fences import Fence


def main() -> None:
    """Do the jobs that come on standard input and answer on standard output, until the input ends.

    What jobs print goes to standard error. Only the parent decides when to end: Ctrl-C is its affair.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs, answers = _streams()
    with contextlib.redirect_stderr(io.StringIO()):
        manager()  # what is wrong with plugins, the parent has said
    _say(answers, "ready", None)
    allowed = _limits()
    while _restored(allowed):
        try:
            watched, task = pickle.load(jobs)
        except EOFError:
            return
        with Fence() as fence:
            _say(answers, "done", task(_notify(answers)) if watched else task())
            continue
        _say(answers, "done", task.failed(fence.reason))  # an outcome that cannot be sent


def _limits() -> dict[int, tuple[int, int]]:
    """What the system lets this process use, where it says so."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return {}
    names = (name for name in dir(resource) if name.startswith("RLIMIT_"))
    return {number: resource.getrlimit(number) for number in {getattr(resource, name) for name in names}}


def _restored(allowed: dict[int, tuple[int, int]]) -> bool:
    """Undo what a run changed of its process's limits; False where that cannot be done, and the process is used up."""
    if (changed := _limits()) == allowed:
        return True
    import resource

    with contextlib.suppress(OSError, ValueError):
        for number, limit in allowed.items():
            if changed[number] != limit:
                resource.setrlimit(number, limit)
    return _limits() == allowed


def _notify(answers: BinaryIO) -> Notify:
    def notify(phase: Phase) -> None:
        _say(answers, "phase", phase)

    return notify


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The two standard streams under other numbers, so that nobody else reads or writes them."""
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return jobs, answers


def _say(answers: BinaryIO, what: str, message: object) -> None:
    answers.write(pickle.dumps((what, message)))
    answers.flush()
