"""Telling: a strategy hears results, and what it was told is looked at again when it has."""

from __future__ import annotations

from collections.abc import Sequence

from nasapi.errors import InterfaceError
from nasapi.strategy import Strategy
from nasapi.trial import ReadOnlyError, Result

_WHY = "results are not its to change, and the recorded ones are as they were measured."


Snapshot = tuple[tuple[int, ...], tuple[float, ...], float, str | None]
"""What a result says, in values that nobody can change: code, values, cost and error."""


def snapshots(results: Sequence[Result]) -> list[Snapshot]:
    """A copy of what each result says."""
    return [(one.trial.arch.code, (*one.values.values(),), one.cost, one.error) for one in results]


def tell(strategy: Strategy, results: Sequence[Result], name: str, before: Sequence[Snapshot], start: int) -> None:
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
    after = snapshots(results)
    if after != before:
        row = next(row for row in range(len(before)) if after[row] != before[row])
        what = _changed(before[row], after[row], strategy.problem.observed)
        raise InterfaceError(f"Strategy {name!r} changed {what} of trial {start + row} in `tell`; {_WHY}")


def _changed(before: Snapshot, after: Snapshot, names: tuple[str, ...]) -> str:
    """What differs between two of the metrics `names`, in words."""
    if before[0] != after[0]:
        return "the architecture"
    if before[1] != after[1]:
        differ = [n for n, old, new in zip(names, before[1], after[1], strict=False) if old != new]
        return repr(differ[0]) if differ else "the values"
    return "the cost" if before[2] != after[2] else "the error"
