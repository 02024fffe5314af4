"""Fences: foreign code is called behind one, which catches whatever it raises but a person's own Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

from nasapi.words import printable, shortened

_signal = getattr(signal.signal, "__wrapped__", signal.signal)  # without the enumerations, which take ten times as long
_getsignal = getattr(signal.getsignal, "__wrapped__", signal.getsignal)
_LONGEST = 1000  # characters of what foreign code says
NAMED_FILE = "nasapi_file_"
"""How the name of a module begins that is a Python file which a person named."""


class Interrupted(KeyboardInterrupt):
    """A Ctrl-C, or a signal to end, that a person sent; code that raises KeyboardInterrupt by itself gives no such."""


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Handle a signal as a Ctrl-C that passes every fence."""
    raise Interrupted


class Fence:
    """A context that ends with whatever its block raised kept in `error`, be it Exception, SystemExit or worse.

    Two things pass: the types given as `passing`, and a real interruption. To tell that from a KeyboardInterrupt which
    the block raised, the default handlers of Ctrl-C and SIGTERM are replaced while the block runs in the main thread.
    """

    def __init__(self, *passing: type[BaseException]):
        self._passing = passing
        self._replaced: dict[int, Any] = {}
        self.error: BaseException | None = None
        """What was raised; None where nothing was."""

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if _getsignal(number) is signal.default_int_handler:
                    self._replaced[number] = _signal(number, interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        for number, handler in self._replaced.items():
            if _getsignal(number) is interrupt:
                _signal(number, handler)
        if error is None or isinstance(error, (Interrupted, *self._passing)):
            return False
        self.error = error
        return True

    @property
    def reason(self) -> str:
        """What was raised, in one line; empty where nothing was."""
        return "" if self.error is None else describe(self.error)


def describe(error: BaseException) -> str:
    """An error's class and text as one printable line of at most 1,000 characters, whatever its class does.

    Where a line of a file that a person named raised it, or called what did, the line ends with its place.
    """
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException as worse:
        if isinstance(worse, Interrupted):
            raise
        text = f"(its text raises {type(worse).__name__})"
    line = printable(" ".join(shortened(f"{name}: {text}" if text else name, _LONGEST).split()))
    return with_place(error, line)


def with_place(error: BaseException, sentence: str | None = None) -> str:
    """The message of an error, its own unless given, with the line of a file that a person named behind it."""
    sentence, place = str(error) if sentence is None else sentence, place_of(error)
    if not place:
        return sentence
    return f"{sentence[:-1]} ({place})." if sentence.endswith(".") else f"{sentence} ({place})"


def place_of(error: BaseException) -> str:
    """The innermost line of a file that a person named on the way to an error, "mine.py, line 12"; empty for none."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        frame = trace.tb_frame
        if str(frame.f_globals.get("__name__")).startswith(NAMED_FILE):
            place = f"{Path(frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
