"""The crew: worker processes on this machine, each with one job at a time, so that a death is known to be whose."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from nasapi.errors import StudyError
from nasapi.running.workers import reaper
from nasapi.running.workers.jobs import Task, TimeLimits
from nasapi.running.workers.process import Event, WorkerProcess

_TICK = 0.1  # seconds between two looks at processes that say nothing
_WORTH = 3.0  # seconds that the workers still have to do, for one more to be worth its start
_STARTS = 3  # workers that end before they are ready, one after the other, before a study gives up
_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMBA", "NUMEXPR")


class Crew:
    """At most `size` workers, started when there is something to do that takes long, and ended with the context.

    A job whose worker dies is put aside; when the others are done it is done again, with nothing beside it, in a
    process of its own. If that dies too the job has failed, and its outcome says of what. Should this process be
    killed, a reaper kills the workers and what they started.
    """

    def __init__(self, size: int, limits: TimeLimits):
        self._size = size
        self._limits = limits
        self._workers: list[WorkerProcess] = []
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._reaper: subprocess.Popen[bytes] | None = None
        self._path = [os.path.abspath(part) for part in sys.path]
        self._failed_starts = 0
        self._last_words = ""
        self._looked = time.monotonic()
        self._done = 0
        self._busy = 0.0  # seconds that those took

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._end(at_once=kind is not None)
        if self._reaper is not None and self._reaper.stdin is not None:
            try:
                self._reaper.stdin.close()
            except OSError:  # somebody killed it
                pass
            self._reaper.wait()

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome as it ends, in any order."""
        suspects: list[Task] = []
        yield from self._perform(tasks, self._size, suspects)
        for suspect in suspects:
            self._end()
            died: list[Task] = []
            yield from self._perform([suspect], 1, died)
            if died:
                yield suspect.failed(self._last_words)

    def _perform(self, tasks: Sequence[Task], size: int, died: list[Task]) -> Iterator[Any]:
        """Outcomes of the tasks whose workers live; the others are added to `died`."""
        waiting = deque(tasks)
        self._done, self._busy = 0, 0.0
        while waiting or any(worker.task for worker in self._workers):
            self._hand_out(waiting, size)
            if time.monotonic() - self._looked >= _TICK:
                self._look()
            try:
                event = self._events.get(timeout=_TICK)
            except queue.Empty:
                continue
            worker = event.worker
            if worker not in self._workers:  # one that was ended before
                continue
            if event.what == "ready":
                worker.given = time.monotonic()  # what it took to start is no measure of its task
            elif event.what in ("done", "last"):
                self._failed_starts = 0
                self._done += 1
                self._busy += time.monotonic() - worker.given
                worker.task = None
                if event.what == "last":
                    self._retire(worker)
                yield event.message
            elif event.what == "phase":
                worker.enter(event.message)
            elif event.what == "ended":
                yield from self._bury(worker, waiting, died)

    def _hand_out(self, waiting: deque[Task], size: int) -> None:
        """Give tasks to workers that have none, starting workers while there are fewer than tasks and `size`."""
        while waiting:
            idle = next((worker for worker in self._workers if worker.task is None), None)
            if idle is None:
                if len(self._workers) >= size or not self._worth_starting(len(waiting)):
                    return
                idle = self._start()
            idle.give(waiting.popleft(), bool(self._limits))

    def _worth_starting(self, waiting: int) -> bool:
        """Whether another worker has more to do than what it takes to start it, by what tasks took so far."""
        if not self._workers:
            return True
        now = time.monotonic()
        age = max((now - worker.given for worker in self._workers if worker.ready), default=0.0)
        task = max(age, self._busy / self._done if self._done else 0.0)
        return waiting * task / len(self._workers) > _WORTH

    def _look(self) -> None:
        """Kill the children of dead workers, so that their end is noticed, and workers that are too slow."""
        self._looked = now = time.monotonic()
        for worker in self._workers:
            limit = self._limits.of(worker.phase)
            if worker.process.poll() is not None:
                worker.kill()
            elif worker.task is not None and limit is not None and now - worker.since > limit:
                worker.overdue(limit)

    def _bury(self, worker: WorkerProcess, waiting: deque[Task], died: list[Task]) -> Iterator[Any]:
        """Account for a worker that ended, and for its task."""
        self._workers.remove(worker)
        how = worker.ending()
        self._tell_reaper("-", worker)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts == _STARTS:
                raise StudyError(
                    f"Worker processes cannot be started: {_STARTS} one after the other {how} before they were ready. "
                    "What is done is recorded; run the study again with backend 'inline' to see why."
                )
            if worker.task is not None:
                waiting.appendleft(worker.task)
        elif worker.task is not None:
            self._last_words = how
            if worker.reason:
                yield worker.task.failed(how, worker.allowed)
            else:
                died.append(worker.task)

    def _retire(self, worker: WorkerProcess) -> None:
        """Have a worker end that is used up."""
        self._workers.remove(worker)
        worker.close()
        worker.end(at_once=False)
        self._tell_reaper("-", worker)

    def _start(self) -> WorkerProcess:
        if self._reaper is None:
            command = [sys.executable, "-I", "-S", str(Path(reaper.__file__))]
            self._reaper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        worker = WorkerProcess(self._path, self._environment(), self._events)
        self._workers.append(worker)
        self._tell_reaper("+", worker)
        return worker

    def _environment(self) -> dict[str, str]:
        """The environment of workers, which share the processors among them."""
        import joblib

        share = str(max(joblib.cpu_count() // self._size, 1))
        threads = {f"{name}_NUM_THREADS": share for name in _THREADS}
        return {**threads, **os.environ}

    def _tell_reaper(self, sign: str, worker: WorkerProcess) -> None:
        assert self._reaper is not None and self._reaper.stdin is not None
        try:
            self._reaper.stdin.write(f"{sign} {worker.process.pid}\n".encode())
            self._reaper.stdin.flush()
        except OSError:  # somebody killed it
            pass

    def _end(self, at_once: bool = False) -> None:
        """End all workers: as soon as they are idle, or at once."""
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            worker.end(at_once)
            self._tell_reaper("-", worker)
        self._workers.clear()
