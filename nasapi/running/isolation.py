"""Strategies in processes of their own: sent a problem and no table, held to limits, ended with their run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from attrs import define, field, frozen

import nasapi.errors
from nasapi.errors import InterfaceError, InvalidOption, NasapiError, StrategyFailed
from nasapi.guard import forward_sightings
from nasapi.problem import Problem
from nasapi.running.portable import dumped, portable_strategy
from nasapi.strategy import MakesStrategy, Strategy, spec_of
from nasapi.trial import Architecture, Result, Trial

_START_SECONDS = 300.0  # for importing a strategy's packages, before any limit of its own counts
_LARGEST = 1 << 28  # bytes of one answer
_GLANCE = 0.25  # seconds between two looks at whether a silent process is still there
_CHILD = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from nasapi.running.isolated_server import serve; serve(*sys.argv[2:])"
)


@frozen
class Limits:
    """What a strategy in a process of its own may use; None is no limit."""

    ask_seconds: float | None = field(default=None)
    """Wall time of one `ask`, of one `tell`, and of making the strategy."""
    memory: int | None = field(default=None)
    """Bytes of the process, the interpreter and its packages included."""

    @ask_seconds.validator
    def _some_time(self, _: Any, seconds: float | None) -> None:
        if seconds is not None and not (isinstance(seconds, (int, float)) and 0 < seconds < 1e9):
            raise InvalidOption(f"The time of an `ask` is limited to a number of seconds above 0, not {seconds!r}.")

    @memory.validator
    def _some_memory(self, _: Any, memory: int | None) -> None:
        if memory is not None and not (isinstance(memory, int) and 2**20 <= memory < 2**62):
            raise InvalidOption(f"Memory is limited to a number of bytes from 1,048,576, not {memory!r}.")


@frozen
class Isolated:
    """A maker of strategies each of which lives in a process of its own; `run` and `Study` take it as any other."""

    maker: MakesStrategy
    limits: Limits = Limits()

    @property
    def spec(self) -> str:
        """The name of what is isolated: it is recorded as if it were not."""
        return spec_of(self.maker)

    def __call__(self, problem: Problem, rng: np.random.Generator) -> IsolatedStrategy:
        """The strategy, started; whoever made it closes it."""
        strategy = IsolatedStrategy(problem, rng, spec=self.spec, limits=self.limits)
        strategy.start(self.maker)
        return strategy


@define(eq=False)
class IsolatedStrategy(Strategy):
    """A strategy in another process, spoken to over a pipe.

    It asks what it would ask here. What it raises, how it dies and which limit it breaks is raised here as
    StrategyFailed. The process ends with `close`, and with this process however that ends.
    """

    spec: str = field(kw_only=True)
    limits: Limits = field(kw_only=True)
    features: frozenset[str] = field(init=False, default=frozenset())
    """What the strategy says it supports."""
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _pipe: Connection[Any, Any] | None = field(init=False, default=None)
    _lifeline: int = field(init=False, default=-1)
    _asked: dict[int, int] = field(init=False, factory=dict)
    """The other process's numbers of trials that were asked and not told, by identity of the trial."""
    _waiting: dict[int, Trial] = field(init=False, factory=dict)

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints", "fidelity"})

    def start(self, maker: MakesStrategy) -> None:
        """Start the process and make the strategy there; raises what making it raises."""
        message = dumped(portable_strategy(maker), self.problem, self.rng, self.spec)
        self._pipe, theirs = Pipe()
        watched, self._lifeline = os.pipe()
        limit = str(self.limits.memory or 0)
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-c", _CHILD, json.dumps([str(entry) for entry in sys.path])),
                    *(str(theirs.fileno()), str(watched), limit),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), watched),
                start_new_session=True,  # so that Ctrl-C reaches it through us alone, and all it starts ends with it
            )
        except BaseException:
            self.close()
            raise
        finally:
            theirs.close()
            os.close(watched)
        try:
            self._send(message, "its start")
            self._receive("its start", _START_SECONDS)
            self.features = frozenset(self._receive("its making", self.limits.ask_seconds)["supports"])
        except BaseException:
            self.close()
            raise

    def ask(self, n: int) -> list[Trial]:
        """What the strategy asks for."""
        self._send(json.dumps({"ask": n}).encode(), "`ask`")
        answer = self._receive("`ask`", self.limits.ask_seconds)
        trials = self._trials(answer)
        for number, trial in trials.items():
            self._waiting[number] = trial
            self._asked[id(trial)] = number
        return list(trials.values())

    def tell(self, results: Sequence[Result]) -> None:
        """Tell the strategy results of what it asked."""
        rows = []
        for result in results:
            number = self._asked.pop(id(result.trial), None)
            if number is None:
                raise InterfaceError(f"Strategy {self.spec!r} is told of a trial that it did not ask, {result.trial}.")
            del self._waiting[number]
            rows.append([number, dict(result.values), result.cost, result.error])
        self._send(json.dumps({"tell": rows}).encode(), "`tell`")
        self._receive("`tell`", self.limits.ask_seconds)

    def close(self) -> None:
        """End the process and all that it started; may be called again."""
        process, self._process = self._process, None
        if process is not None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                process.kill()
            process.wait()
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _trials(self, answer: Any) -> dict[int, Trial]:
        try:
            return {
                int(number): Trial(
                    Architecture(str(space), tuple(map(int, code))), None if level is None else int(level)
                )
                for number, space, code, level in answer["trials"]
            }
        except (TypeError, ValueError, KeyError) as error:
            raise StrategyFailed(f"The process of strategy {self.spec!r} answered `ask` with rubbish.") from error

    def _send(self, message: bytes, doing: str) -> None:
        if self._pipe is None:
            raise StrategyFailed(f"The process of strategy {self.spec!r} is closed; make the strategy again.")
        try:
            self._pipe.send_bytes(message)
        except OSError:
            self._died(doing)

    def _receive(self, doing: str, seconds: float | None) -> Any:
        """The next message; raises what the strategy raised, or that it died or was too slow."""
        assert self._pipe is not None and self._process is not None
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            left = _GLANCE if deadline is None else min(_GLANCE, deadline - time.monotonic())
            try:
                gone = self._process.poll() is not None  # before the look at the pipe, whose last word counts
                if self._pipe.poll(max(left, 0.0)):
                    message = json.loads(self._pipe.recv_bytes(_LARGEST))
                    break
            except (EOFError, OSError):
                self._died(doing)
            except ValueError as error:
                raise StrategyFailed(f"The process of strategy {self.spec!r} answered {doing} with rubbish.") from error
            if gone:
                self._died(doing)
            if left <= 0:
                self.close()
                raise StrategyFailed(
                    f"Strategy {self.spec!r} was ended in {doing}, which took longer than the {seconds:g} s it has."
                )
        if "raised" in message:
            self._raise(message, doing)
        forward_sightings(message.get("seen", ()))
        return message

    def _died(self, doing: str) -> NoReturn:
        """Say how the process ended."""
        assert self._process is not None
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            status = None
        self.close()
        limit = f"; its memory is limited to {self.limits.memory:,} bytes" if self.limits.memory else ""
        raise StrategyFailed(f"The process of strategy {self.spec!r} ended {_how(status)} in {doing}{limit}.")

    def _raise(self, message: Any, doing: str) -> NoReturn:
        name, text, trace = (str(message.get(key, "")) for key in ("raised", "text", "trace"))
        known = getattr(nasapi.errors, name, None)
        if message.get("ours") and isinstance(known, type) and issubclass(known, NasapiError):
            error: NasapiError = known(text)
        else:
            limit = f" (memory is limited to {self.limits.memory:,} bytes)" if name == "MemoryError" else ""
            error = StrategyFailed(f"Strategy {self.spec!r} raised in {doing}: {name}: {text}{limit}")
        if trace:
            error.add_note(f"In the strategy's own process:\n{trace}")
        raise error


def isolated(maker: MakesStrategy, isolate: bool | Limits) -> MakesStrategy:
    """The maker as it is for False; else of strategies in processes of their own, within the limits if any."""
    if isolate is False:
        return maker
    if isolate is not True and not isinstance(isolate, Limits):
        raise InvalidOption(f"A run is isolated by True, by Limits, or not, by False; not by {isolate!r:.80}.")
    return Isolated(maker, isolate if isinstance(isolate, Limits) else Limits())


def _how(status: int | None) -> str:
    """How a process ended, in words."""
    if status is None:
        return "without a status"
    if status >= 0:
        return f"with exit status {status}"
    try:
        return f"by signal {signal.Signals(-status).name}"
    except ValueError:
        return f"by signal {-status}"
