"""A worker: the process that does one job of a study after the other, as its parent sends them."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import sys
from typing import BinaryIO

from attrs import field, frozen

from nasapi.plugins.manager import manager
from nasapi.running.phases import Phase
from nasapi.safety.fences import Fence
from nasapi.safety.process_settings import process_settings


@frozen
class _Answers:
    """The stream on which this process answers its parent."""

    stream: BinaryIO
    process: int = field(factory=os.getpid)

    def say(self, what: str, message: object) -> None:
        """Send a message; a process that a run forked and that went on instead of ending has nothing to say."""
        if os.getpid() != self.process:
            os._exit(1)
        self.stream.write(pickle.dumps((what, message)))
        self.stream.flush()

    def notify(self, phase: Phase) -> None:
        """Say which phase a run has entered."""
        self.say("phase", phase)


def main() -> None:
    """Do the jobs that come on standard input and answer on standard output, until the input ends.

    It also ends, with the answer "last" in the place of "done", after a job that changed what this process may use or
    settings of libraries that others rely on: whoever comes next has a process that is as it was. What jobs print goes
    to standard error. Only the parent decides when to end: Ctrl-C is its affair.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs, answers = _streams()
    with contextlib.redirect_stderr(io.StringIO()):
        manager()  # what is wrong with plugins, the parent has said
    answers.say("ready", None)
    allowed, usual = _limits(), process_settings()
    what = "done"
    while what == "done":
        try:
            watched, task = pickle.load(jobs)
        except EOFError:
            return
        with Fence() as fence:
            outcome = task(answers.notify) if watched else task()
            what = "done" if _restored(allowed) and process_settings() == usual else "last"
            answers.say(what, outcome)
        if fence.error is not None:
            answers.say(what, task.failed(fence.reason))  # an outcome that cannot be sent


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


def _streams() -> tuple[BinaryIO, _Answers]:
    """The two standard streams under other numbers, so that nobody else reads or writes them."""
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return jobs, _Answers(answers)
