"""Telling: a strategy hears results, and what it was told is looked at again when it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nasapi.errors import InterfaceError
from nasapi.strategy import Strategy
from nasapi.trial import ReadOnlyError, Result

_WHY = "results are not its to change, and the recorded ones are as they were measured."


def tell(strategy: Strategy, results: Sequence[Result], name: str, start: int) -> None:
    """Tell `strategy` results, the first of which is trial `start` of its run.

    Raises InterfaceError that names strategy, metric and trial where it changes one or tries to; what is recorded was
    copied before, and stays.
    """
    before = [_said(result) for result in results]
    try:
        strategy.tell(list(results))
    except ReadOnlyError as error:
        rows = [row for row, result in enumerate(results, start) if result.values is error.values]
        if not rows:
            raise
        what = "the values" if error.metric is None else repr(error.metric)
        raise InterfaceError(
            f"Strategy {name!r} tried to change {what} of trial {rows[0]} in `tell`; {_WHY}"
        ) from error
    after = [_said(result) for result in results]
    if after != before:
        row = next(row for row in range(len(before)) if after[row] != before[row])
        what = _changed(before[row], after[row])
        raise InterfaceError(f"Strategy {name!r} changed {what} of trial {start + row} in `tell`; {_WHY}")


def _said(result: Result) -> Any:
    """What a result says, in values that nobody can change."""
    return result.trial.arch.code, *result.values.items(), result.cost, result.error


def _changed(before: Any, after: Any) -> str:
    """What differs, in words."""
    old, new = dict(before[1:-2]), dict(after[1:-2])
    for metric in (*old, *new):
        if old.get(metric) != new.get(metric) or (metric in old) != (metric in new):
            return repr(metric)
    return "the architecture" if before[0] != after[0] else "the cost" if before[-2] != after[-2] else "the error"
