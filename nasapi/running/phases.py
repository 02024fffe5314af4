"""The phases of a run, by which another process knows what its time is spent on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Phase = Literal["load", "make", "ask", "evaluate", "tell", "follow"]
"""What a run is at: its objects are loaded, its strategy is made, asks, waits for results, is told them; or observers
and reports follow."""

Notify = Callable[[Phase], None]
"""Called with each phase that a run enters."""

DOING: dict[Phase, str] = {
    "load": "loading",
    "make": "making the strategy",
    "ask": "`ask`",
    "evaluate": "an evaluation",
    "tell": "`tell`",
    "follow": "what follows `tell`: observers, and values for the report",
}
"""Each phase in words."""


def without_notice(phase: Phase) -> None:
    """Notify nobody."""
