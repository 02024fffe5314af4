"""What passes between a strategy and the harness: an architecture, a trial of it, and the trial's result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen


@frozen
class Architecture:
    """One architecture of one space: hashable, comparable, and plain enough for JSON."""

    space: str
    code: tuple[int, ...]


@frozen
class Trial:
    """One request: an architecture, a fidelity level (None is the highest), and the strategy's own note."""

    arch: Architecture
    fidelity: int | None = None
    note: Any = None


@frozen
class Result:
    """What a trial gave: a value for each goal and each constrained metric, its cost in seconds, or an error.

    `values` is empty and `cost` is what was spent where the evaluation failed; `error` then says why.
    """

    trial: Trial
    values: Mapping[str, float]
    cost: float = 0.0
    error: str | None = None
