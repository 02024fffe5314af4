"""The delivery of results: the strategy is told them, and they are checked afterwards for changes."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from nasapi.errors import InterfaceError
from nasapi.strategy import Strategy
from nasapi.trial import ReadOnlyError, Result

_WHY = "results are not its to change, and the recorded ones are as they were measured."


Snapshots = tuple[list[Any], list[Any], list[Any], list[Any]]
"""What results say, in columns of what nobody can change: codes, values (an empty tuple where it failed), costs and
errors (None where it did not)."""

_code, _cost, _error = attrgetter("trial.arch.code"), attrgetter("cost"), attrgetter("error")


def snapshots(results: Sequence[Result]) -> Snapshots:
    """A copy of what each result says."""
    if len(results) == 1:
        one = results[0]
        return [one.trial.arch.code], [(*one.values.values(),)], [one.cost], [one.error]
    values = [(*result.values.values(),) for result in results]
    return [*map(_code, results)], values, [*map(_cost, results)], [*map(_error, results)]


def deliver(strategy: Strategy, results: Sequence[Result], name: str, before: Snapshots, start: int) -> None:
    """Tell `strategy` results, the first of which is trial `start` of its run.

    Raises InterfaceError that names strategy, metric and trial where it changes one or tries to; `before`, what they
    said when they were recorded, stays.
    """
    try:
        strategy.tell(list(results))
    except ReadOnlyError as error:
        rows = [row for row, result in enumerate(results, start) if result.values is error.values]
        if not rows:
            raise
        what = "the values" if error.metric is None else repr(error.metric)
        attempt = f"tried to change {what} of trial {rows[0]} in `tell`"
        raise InterfaceError(f"Strategy {name!r} {attempt}; {_WHY}") from error
    try:
        after = snapshots(results)
    except Exception as error:  # what stands in one is no trial, or no values
        row = next((row for row, result in enumerate(results) if not _is_whole(result)), 0)
        raise InterfaceError(
            f"Strategy {name!r} changed the result of trial {start + row} in `tell`; {_WHY}"
        ) from error
    if after != before:
        row, what = _changed(before, after, strategy.problem.observed)
        raise InterfaceError(f"Strategy {name!r} changed {what} of trial {start + row} in `tell`; {_WHY}")


def _is_whole(result: Result) -> bool:
    """Whether a result says all that results say."""
    try:
        snapshots([result])
    except Exception:
        return False
    return True


def _changed(before: Snapshots, after: Snapshots, names: tuple[str, ...]) -> tuple[int, str]:
    """The first row in which two differ, and what differs there of the metrics `names`, in words."""
    differing = [
        {row for row, (old, new) in enumerate(zip(*columns, strict=True)) if (old,) != (new,)}
        for columns in zip(before, after, strict=True)
    ]
    codes, values, costs, _ = differing
    row = min(set().union(*differing))
    if row in codes:
        return row, "the architecture"
    if row in values:
        differ = [n for n, old, new in zip(names, before[1][row], after[1][row], strict=False) if old != new]
        return row, repr(differ[0]) if differ else "the values"
    return row, "the cost" if row in costs else "the error"
