"""What an attack gives: how many inputs were tried, how many held, and of those that broke the seeds and messages."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field

from nasapi.errors import NasapiError

SECONDS = 20
"""How long an attack may keep a reader busy."""


class TooLong(BaseException):
    """A reader that did not end."""


@define
class Tally:
    """The outcomes of one attack."""

    name: str
    tried: int = 0
    held: int = 0
    broken: list[str] = field(factory=list)

    def attack(self, label: str, read: Callable[[], object], intact: Callable[[], bool] = lambda: True) -> None:
        """Try one input: it holds where it is read, or refused in a sentence, in time, and `intact` says so after."""
        self.tried += 1
        try:
            with _limited(SECONDS):
                read()
        except NasapiError as error:
            if not 0 < len(str(error)) <= 2100:
                self.broken.append(f"{self.name} {label}: a sentence of {len(str(error))} characters")
                return
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            at = traceback.extract_tb(error.__traceback__)[-1]
            self.broken.append(
                f"{self.name} {label}: {type(error).__name__}: {str(error)[:200]} ({at.name}:{at.lineno})"
            )
            return
        if intact():
            self.held += 1
        else:
            self.broken.append(f"{self.name} {label}: it did what it must not")


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def end(*_: object) -> None:
        raise TooLong(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
