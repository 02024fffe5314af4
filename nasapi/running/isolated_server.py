"""The process that an isolated strategy lives in: makes it, asks and tells it as it is bidden, ends with its parent."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

from nasapi.errors import NasapiError
from nasapi.guard import Guard
from nasapi.plugins.loading import load_strategy
from nasapi.problem import Problem
from nasapi.running.participants import require_strategy
from nasapi.running.result_delivery import deliver, snapshots
from nasapi.running.trial_checks import require_trials
from nasapi.strategy import Strategy
from nasapi.trial import Result, Trial

_LONGEST = 5000  # characters of what an exception says


def serve(pipe: str, lifeline: str, memory: str) -> None:
    """Serve one strategy over the connection with descriptor `pipe` until the other end closes it."""
    _end_with_parent(int(lifeline))
    connection = Connection(int(pipe))
    os.register_at_fork(after_in_child=connection.close)  # a fork that goes on instead of ending is not the strategy
    try:
        made = _start(connection, int(memory))
        if made is not None:
            while _step(connection, *made):
                pass
    except (EOFError, OSError):  # the run is over
        pass
    os._exit(0)


class _Server:
    """The strategy with the trials it asked and was not told of, by number."""

    def __init__(self, strategy: Strategy, problem: Problem, spec: str, guard: Guard):
        self.strategy, self.problem, self.spec, self.guard = strategy, problem, spec, guard
        self.asked: dict[int, Trial] = {}
        self.count = self.delivered = 0

    def ask(self, n: int) -> dict[str, Any]:
        """The answer of `ask` as plain numbers."""
        asked = require_trials(self.strategy.ask(n), n, self.problem, self.spec)
        answer = []
        for trial, given in zip(*asked, strict=True):
            answer.append([self.count, trial.arch.space, list(trial.arch.code), trial.fidelity])
            self.asked[self.count] = given
            self.count += 1
        return {"trials": answer}

    def tell(self, rows: Any) -> dict[str, Any]:
        """Results as the strategy is told them, of its own trials."""
        results = [Result(self.asked.pop(number), values, cost, error) for number, values, cost, error in rows]
        deliver(self.strategy, results, self.spec, snapshots(results), self.delivered)
        self.delivered += len(results)
        return {}


def _start(connection: Connection[Any, Any], memory: int) -> tuple[_Server] | None:
    """Make the strategy that the first message describes; None where that failed and was said."""
    try:
        maker, problem, rng, spec = pickle.loads(connection.recv_bytes())
        maker = load_strategy(maker) if isinstance(maker, str) else maker
        _say(connection, {})
        _limit(memory)
        guard = Guard(problem, spec)
        guard.__enter__()  # as long as this process lives
        guard.enter("its making")
        try:
            strategy = maker(problem, rng)
        finally:
            guard.leave()
        require_strategy(strategy, spec)
        _say(connection, {"supports": sorted(map(str, strategy.supports)), "seen": guard.take_sightings()})
        return (_Server(strategy, problem, spec, guard),)
    except BaseException as error:
        _say(connection, _raised(error))
        return None


def _step(connection: Connection[Any, Any], server: _Server) -> bool:
    """Do what the next message bids and answer it; False where the strategy raised."""
    message = json.loads(connection.recv_bytes())
    server.guard.enter("`ask`" if "ask" in message else "`tell`")
    try:
        answer = server.ask(message["ask"]) if "ask" in message else server.tell(message["tell"])
    except BaseException as error:
        _say(connection, _raised(error))
        return False
    finally:
        server.guard.leave()
    _say(connection, {**answer, "seen": server.guard.take_sightings()})
    return True


def _say(connection: Connection[Any, Any], message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _raised(error: BaseException) -> dict[str, Any]:
    """An exception in plain words; the name and text of one whose own `str` raises are not asked for again."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    try:
        text = str(error)[:_LONGEST]
    except Exception:
        text = "(what it says cannot be read)"
    try:
        trace = traceback.format_exc()[-_LONGEST:]
    except Exception:
        trace = ""
    ours = isinstance(error, NasapiError) and type(error).__module__ == "nasapi.errors"
    return {"raised": type(error).__name__, "text": text, "trace": trace, "ours": ours}


def _limit(memory: int) -> None:
    """Refuse memory beyond a number of bytes, 0 for no limit; what was taken already counts."""
    if not memory:
        return
    import resource

    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS  # files that are mapped are no use
    resource.setrlimit(kind, (memory, memory))


def _end_with_parent(lifeline: int) -> None:
    """Let the kernel, or else a thread, end this process and all it started when the pipe's other end is gone."""
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_watch, args=(lifeline,), daemon=True).start()


def _watch(lifeline: int) -> None:
    os.set_blocking(lifeline, True)
    with contextlib.suppress(OSError):
        os.read(lifeline, 1)  # returns when the other end is closed, for nothing is ever written
    os.killpg(0, signal.SIGKILL)
