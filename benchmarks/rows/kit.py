"""The conformance kit over everything that is installed."""

from __future__ import annotations

from fresh import command, nasapi
from timing import Row, Work


def everything(n: int) -> Work:
    """CPU seconds of all processes."""
    return command(nasapi("check", "--all", "--jobs", "2"))


def one_strategy(n: int) -> Work:
    return command(nasapi("check", "strategy", "random"))


ROWS = [
    Row("the kit on strategy random", one_strategy, "s"),
    Row("the kit over everything", everything, "s", goal=60, heavy=True),
]
