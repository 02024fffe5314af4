"""One worker process as its parent sees it: its jobs, the thread that reads its answers, its end."""

from __future__ import annotations

import contextlib
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from nasapi.running.phases import DOING, Phase
from nasapi.running.workers import reaper
from nasapi.running.workers.jobs import Task

_PATIENCE = 5.0  # seconds for a worker to end by itself: loggers may still have something to send
_LINGER = 3.0  # seconds for a process to end that has closed its streams: exiting takes a while on a busy machine


class Event(NamedTuple):
    """Something a worker said, or that it ended."""

    worker: WorkerProcess
    what: Literal["ready", "phase", "done", "last", "ended"]
    message: Any


class WorkerProcess:
    """A process that runs `nasapi.running.workers.worker`."""

    def __init__(self, path: Sequence[str], environment: Mapping[str, str], events: queue.SimpleQueue[Event]):
        """Start it with this module path and environment; what it says goes to `events`."""
        code = f"import sys; sys.path[:] = {list(path)!r}; from nasapi.running.workers.worker import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,  # a process group to end as a whole, which no Ctrl-C reaches
        )
        self.task: Task | None = None
        """What it is at; None where it is idle."""
        self.given = time.monotonic()
        """When it was given that, or was ready for it."""
        self.ready = False
        self.phase: Phase = "load"
        self.since = time.monotonic()
        """When it entered the phase."""
        self.reason = ""
        """Why it was ended, where it was."""
        self.allowed = 0.0
        """The seconds of the limit that it was ended for; 0 where it was ended for something else."""
        self._late = False
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(events,), daemon=True).start()
        threading.Thread(target=self._send, daemon=True).start()

    def give(self, task: Task, watched: bool) -> None:
        """Give it something to do; a `watched` task says which phase it is in."""
        self.task, self.given = task, time.monotonic()
        self.enter("load")
        self._inbox.put(pickle.dumps((watched, task)))

    def enter(self, phase: Phase) -> None:
        """Note that it is in another phase from this moment."""
        self.phase, self.since, self._late = phase, time.monotonic(), False

    def overdue(self, limit: float) -> None:
        """Kill it for being too slow, unless it was seen to be so for the first time: this process may have slept."""
        if self._late:
            self.reason, self.allowed = f"{DOING[self.phase]} took longer than {limit:g} s", limit
            self.kill()
        self._late = True

    def kill(self) -> None:
        """Kill it and all that it started."""
        reaper.kill(self.process.pid)

    def close(self) -> None:
        """Let it end by itself once it is idle."""
        self._inbox.put(None)

    def end(self, at_once: bool) -> None:
        """Wait for it to end, killing it where it must be at once or takes long, and what it leaves behind."""
        if not at_once and self.task is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_PATIENCE)
        self.kill()
        self.process.wait()

    def ending(self) -> str:
        """How it ended, in words."""
        status = self.process.returncode
        if self.reason:
            return self.reason
        if status >= 0:
            return f"exited with status {status} without an answer"
        try:
            return f"killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"killed by signal {-status}"

    def _send(self) -> None:
        """Write what is put into the inbox; a thread, for a pipe may be full."""
        stream = self.process.stdin
        assert stream is not None
        with contextlib.suppress(OSError), stream:
            while (message := self._inbox.get()) is not None:
                stream.write(message)
                stream.flush()

    def _listen(self, events: queue.SimpleQueue[Event]) -> None:
        """Hand on what the process says until it is gone; a thread, for it may say nothing for hours."""
        stream = self.process.stdout
        assert stream is not None
        with contextlib.suppress(Exception), stream:  # whatever is no message is as good as none
            while True:
                what, message = pickle.load(stream)
                self.ready = True
                events.put(Event(self, what, message))
        try:
            self.process.wait(_LINGER)
        except subprocess.TimeoutExpired:
            self.reason = self.reason or "closed its connection to the study"
            self.kill()
            self.process.wait()
        self.kill()  # what it started
        self._inbox.put(None)
        events.put(Event(self, "ended", None))
