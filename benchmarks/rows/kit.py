"""The conformance kit over everything that is installed."""

from __future__ import annotations

from importlib.metadata import entry_points

from fresh import command, imported, nasapi
from timing import Row, Work


def everything(n: int) -> Work:
    """CPU seconds of all processes; of one plugin, the core alone."""
    return command(nasapi("check", *(["--all", "--jobs", "2"] if n > 1 else ["nasapi"])))


def one_strategy(n: int) -> Work:
    return command(nasapi("check", "strategy", "random"))


ROWS = [
    Row("the kit on strategy random", one_strategy, "s", where=imported),
    Row(
        "the kit over everything",
        everything,
        "s",
        n=len(entry_points(group="nasapi.v1")),
        each=False,
        goal=60,
        heavy=True,
    ),
]
