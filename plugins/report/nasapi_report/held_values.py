"""What a run held after so many trials or simulated seconds, and whether it can tell."""

from __future__ import annotations

from typing import Literal

import numpy as np
from attrs import frozen

from nasapi.history import History
from nasapi.storage import BenchmarkSummary
from nasapi_report.measure import Measure, places, run_curve
from nasapi_report.stats.intervals import Floats

By = Literal["trials", "seconds"]
"""What standings are taken after: trials, or simulated seconds."""


@frozen(eq=False)
class HeldValues:
    """What standings keep of a run."""

    held: Floats
    """(len(at),): what it held after each number of trials; NaN where it had nothing or was not given so many."""
    ends: tuple[Floats, ...]
    """For each number the last two different values of its curve until then."""
    reaches: tuple[bool, ...]
    """Whether it can tell what it held after each number: it made so many, or would have gone no further."""
    given: float
    """How many trials it made, or for how many simulated seconds it is known what it held."""
    cut: bool
    """Whether it was its budget that ended it."""
    seconds: float


def known_for(record: BenchmarkSummary, by: By) -> float:
    """How many trials, or seconds of one worker, a budget lasts for: the trial that would exceed it was dropped."""
    return record.budget.limit if record.budget.unit == by and (by == "trials" or record.workers == 1) else 0.0


def held_values(history: History, measure: Measure, at: tuple[float | None, ...], by: By, limit: float) -> HeldValues:
    """What a run held after each number of trials, or of seconds where its budget is known to last for `limit`."""
    curve = run_curve(measure, None, history)
    cut = history.ended == "budget"
    times = places(history, by)
    given = float(max(times[-1], limit)) if len(history) else limit
    reaches = tuple(number is None or given >= number or not cut for number in at)
    parts = [curve if number is None else curve[: np.searchsorted(times, number, "right")] for number in at]
    return HeldValues(
        np.array([part[-1] if len(part) and known else np.nan for part, known in zip(parts, reaches, strict=True)]),
        tuple(_last_two(part) for part in parts),
        reaches,
        given,
        cut,
        float(history.seconds.mean()) if len(history.seconds) else np.nan,
    )


def _last_two(curve: Floats) -> Floats:
    """The last value and the last that differs from it, in their order; fewer where there are not so many."""
    known = curve[np.isfinite(curve)]
    return np.append(known[known != known[-1]][-1:], known[-1]) if len(known) else known
