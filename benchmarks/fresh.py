"""Work of a fresh interpreter: a program's CPU time, its memory, and what it imports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from timing import Work

PEAK = """
with open("/proc/self/status") as status:
    print([line.split()[1] for line in status if line.startswith("VmHWM")][0])
"""
"""The most memory that a process had, in KB; that of its parent before it does not count, as it does in `getrusage`."""


def command(words: Sequence[str], **environment: str) -> Work:
    """A command that must succeed."""
    return Command(tuple(words), environment)


def program(code: str, **environment: str) -> Work:
    """A program in Python."""
    return Command((sys.executable, "-c", code), environment)


def megabytes(code: str, **environment: str) -> Work:
    """The most memory that a program has, in MB."""

    def peak() -> float:
        return float(Command((sys.executable, "-c", code + PEAK), environment)().split()[-1]) / 1e3

    return peak


def nasapi(*words: str) -> tuple[str, ...]:
    """The words of a command line of ours."""
    return (sys.executable, str(Path(sys.executable).with_name("nasapi")), *words)


class Command:
    """A command in an environment that says a little more than this one's."""

    def __init__(self, words: tuple[str, ...], environment: Mapping[str, str]):
        self.words, self.environment = words, environment

    def __call__(self) -> str:
        """Run it, and give what it prints."""
        done = subprocess.run(self.words, capture_output=True, text=True, env=self.whole_environment)
        if done.returncode:
            raise RuntimeError(f"{' '.join(self.words)[:200]} ended with {done.returncode}: {done.stderr[-1000:]}")
        return done.stdout

    @property
    def whole_environment(self) -> dict[str, str]:
        """That of this process with what is said beside it, in which Python keeps what it compiled."""
        return {**{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}, **self.environment}


def imported(work: Work) -> dict[str, float]:
    """The share of each package in the time of a program's imports; the five largest."""
    assert isinstance(work, Command)
    words = (work.words[0], "-X", "importtime", *work.words[1:])
    output = subprocess.run(words, capture_output=True, text=True, env=work.whole_environment).stderr
    spent: Counter[str] = Counter()
    for own, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", output):
        spent[name.partition(".")[0]] += int(own)
    total = sum(spent.values()) or 1
    return {f"import {name}": own / total for name, own in spent.most_common(5)}
