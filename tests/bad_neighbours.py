"""Strategies that harm the process they are in, for studies in which others must not notice."""

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time

from attrs import define, field

import nasapi


@define(eq=False)
class Good(nasapi.Strategy):
    """Random search."""

    share: float = field(default=1.0, kw_only=True)

    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results):
        pass


class Segfault(Good):
    def ask(self, n):
        ctypes.string_at(0)


class Abort(Good):
    def tell(self, results):
        os.abort()


class Leave(Good):
    def ask(self, n):
        os._exit(3)


class Quiet(Good):
    def tell(self, results):
        os._exit(0)


class Cancel(Good):
    def ask(self, n):
        raise asyncio.CancelledError("later")


class Interrupt(Good):
    def ask(self, n):
        raise KeyboardInterrupt


class Generator(Good):
    def tell(self, results):
        raise GeneratorExit


class Skip(Good):
    def ask(self, n):
        import pytest  # not by each worker of others

        pytest.skip("not today")


class Exit(Good):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        sys.exit(4)


class Unspeakable(Good):
    def ask(self, n):
        raise type("Mute", (BaseException,), {"__str__": lambda self: 5})


class Deaf(Good):
    """Closes the connection of its worker and goes on."""

    def ask(self, n):
        os.closerange(3, 100)
        time.sleep(600)


class Hang(Good):
    def ask(self, n):
        while True:
            pass


class Swallow(Good):
    """Hangs and lets nothing interrupt it."""

    def tell(self, results):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass


class Parent(Good):
    """Starts a process that outlives it, holding its streams, and dies."""

    def ask(self, n):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], close_fds=False)
        if os.fork() == 0:
            time.sleep(600)
        os.kill(os.getpid(), signal.SIGSEGV)


class Eater(Good):
    """Takes memory until there is none, of which it allows itself 1 GB."""

    def ask(self, n):
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
        kept = []
        while True:
            kept.append(bytearray(2**24))


class Mover(Good):
    """Works in another folder and does not come back."""

    def ask(self, n):
        os.chdir("/")
        return super().ask(n)


class Poison(Good):
    """Does its work and leaves a thread that kills whoever comes after it in the same process."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        threading.Timer(0.4, os._exit, [9]).start()


class Slow(Good):
    def ask(self, n):
        time.sleep(0.05)
        return super().ask(n)


class Constructor(Good):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        ctypes.string_at(0)


HARM = {
    "Segfault": "killed by SIGSEGV",
    "Abort": "killed by SIGABRT",
    "Leave": "exited with status 3 without an answer",
    "Quiet": "exited with status 0 without an answer",
    "Cancel": "CancelledError: later",
    "Interrupt": "KeyboardInterrupt",
    "Generator": "GeneratorExit",
    "Skip": "Skipped: not today",
    "Exit": "SystemExit: 4",
    "Unspeakable": "Mute: (its text raises TypeError)",
    "Parent": "killed by SIGSEGV",
    "Eater": "MemoryError",
    "Constructor": "killed by SIGSEGV",
    "Deaf": "closed its connection to the study",
}
"""What is said of a run of each that ends itself."""
