"""A run as the columns of a store: what each holds, and histories from columns and back."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.column_checks import MOST_SECONDS, ColumnBounds
from nasapi.history import Clock, History
from nasapi.metric import Metric
from nasapi.problem import observed
from nasapi.safety.grammar import mapped, message, read_json, text
from nasapi.storage.summary import BenchmarkSummary

ENDINGS = ("budget", "strategy", "repeats")
"""Why a run ended."""

TIMES = {"charged": "<f8", "start": "<f8", "end": "<f8", "order": "<i8"}
"""What a run has beside its columns where that is not the usual: one trial after the other, charged 1 or its cost.

What each trial was charged, when it began and ended in simulated seconds, and its place in the order asked.
"""

_ERRORS = mapped(message, text(pattern=r"0|[1-9]\d{0,8}", wanted="the number of a trial"), 10_000_000)
Arrays = dict[str, NDArray[Any]]
"""A run's columns by name, each with a row a trial."""


@frozen
class Column:
    """One column: its numbers' type and what they mean."""

    name: str
    dtype: str
    description: str
    width: int = 1
    """The numbers of one trial: d for codes, 1 for the rest."""
    unit: str = ""
    lowest: float = -math.inf
    highest: float = math.inf
    """The bounds of its numbers."""
    complete: bool = True
    """Whether there is a number in every row; otherwise NaN stands for one that is missing."""
    bytes_per_trial: int = field(init=False)

    @bytes_per_trial.default
    def _size(self) -> int:
        return np.dtype(self.dtype).itemsize * self.width


class Layout(tuple[Column, ...]):
    """The columns of a run in the order of their bytes: numbers of eight bytes, whole ones first, then truth values."""

    @functools.cached_property
    def floats(self) -> tuple[Column, ...]:
        """The columns of floats, which lie together."""
        return tuple(column for column in self if column.dtype == "<f8")

    @functools.cached_property
    def bounds(self) -> NDArray[np.float64]:
        """(floats, 2, 1): the least and the most number of each of them."""
        return np.array([(column.lowest, column.highest) for column in self.floats])[:, :, None]


def columns_of(benchmark: BenchmarkSummary) -> Layout:
    """The columns of a run on `benchmark`."""
    fidelity = benchmark.fidelity.name if benchmark.fidelity else "level"
    level = f"the {fidelity} of the evaluation, -1 for the highest fidelity"
    highest = benchmark.fidelity.levels[-1] if benchmark.fidelity else -1
    several = (
        Column("codes", "<i8", "the code of the architecture", benchmark.genes, lowest=0),
        Column("fidelity", "<i8", level, lowest=-1, highest=highest),
        Column("cost", "<f8", "simulated seconds of the evaluation", unit="s", lowest=0, highest=MOST_SECONDS),
        *(
            _metric(benchmark, "values", name, "; NaN where the evaluation failed")
            for name in observed(benchmark.goals, benchmark.constraints)
        ),
        *(_metric(benchmark, "report", name, "; NaN except for what was found") for name in benchmark.report_metrics),
        Column("repeats.code", "|b1", "whether the code was asked for before"),
        Column("repeats.network", "|b1", "whether the network was asked for before"),
    )
    return Layout(several)


def _metric(benchmark: BenchmarkSummary, group: str, name: str, note: str) -> Column:
    metric = benchmark.metrics.get(name, Metric(name, "max", "", "none"))
    bounds = ColumnBounds.of(metric)
    return Column(
        f"{group}.{name}",
        "<f8",
        (metric.description or name) + note,
        unit=metric.unit,
        lowest=bounds.lowest,
        highest=bounds.highest,
        complete=False,
    )


def to_columns(history: History) -> Arrays:
    """The columns of a history but its seconds; `from_columns` undoes it."""
    return {
        "codes": np.asarray(history.codes, np.int64),
        "fidelity": history.fidelity,
        "cost": history.cost,
        **{f"values.{name}": column for name, column in history.values.items()},
        **{f"report.{name}": column for name, column in history.report_metrics.items()},
        **{f"repeats.{name}": column for name, column in history.repeats.items()},
    }


def to_bytes(columns: Arrays, wanted: tuple[Column, ...]) -> bytes:
    """The bytes of a run's columns, one column after the other, each row by row."""
    return b"".join(np.ascontiguousarray(columns[column.name], column.dtype).tobytes() for column in wanted)


def from_bytes(content: bytes, wanted: tuple[Column, ...], trials: int) -> Arrays:
    """The columns that `to_bytes` wrote, as read-only views of `content`, which has as many bytes as they need."""
    columns, at = {}, 0
    for column in wanted:
        values = np.frombuffer(content, column.dtype, trials * column.width, at)
        columns[column.name] = values.reshape(trials, column.width) if column.name == "codes" else values
        at += trials * column.bytes_per_trial
    return columns


def impossible(content: bytes, wanted: Layout, trials: int) -> str | None:
    """The name of the first column whose numbers no run can have; `content` is as in `from_bytes`."""
    at = 0
    for column in wanted if trials else ():
        if column.dtype != "<i8":
            break
        values = np.frombuffer(content, "<i8", trials * column.width, at)
        at += values.nbytes
        if values.min() < column.lowest or values.max() > column.highest:
            return column.name
    block = np.frombuffer(content, "<f8", len(wanted.floats) * trials, at).reshape(len(wanted.floats), trials)
    outside = (block < wanted.bounds[:, 0]) | (block > wanted.bounds[:, 1])  # NaN is not outside
    for row, column in enumerate(wanted.floats):
        if column.complete:
            outside[row] |= np.isnan(block[row])
    return wanted.floats[int(outside.any(axis=1).argmax())].name if outside.any() else None


def to_times(history: History) -> bytes | None:
    """The bytes of the columns of `TIMES` one after the other; None where they are the usual."""
    if history.clock is None and history.plain_charges:
        return None
    columns = (history.charged, history.start, history.end, history.order)
    return b"".join(np.ascontiguousarray(c, t).tobytes() for c, t in zip(columns, TIMES.values(), strict=True))


def from_times(content: bytes, trials: int) -> Arrays:
    """The columns that `to_times` wrote, as read-only views of `content`, which has 32 bytes a trial."""
    return {
        name: np.frombuffer(content, kind, trials, at * 8 * trials) for at, (name, kind) in enumerate(TIMES.items())
    }


def from_columns(
    benchmark: BenchmarkSummary,
    strategy: str,
    seed: int,
    batch: int,
    columns: Arrays,
    ended: str,
    errors: Mapping[int, str],
    seconds: NDArray[np.float64],
    times: Arrays | None,
) -> History:
    """The history that these columns were made of; `times` are those of `TIMES`, None where they are the usual."""

    def named(group: str) -> Arrays:
        return {name.partition(".")[2]: column for name, column in columns.items() if name.startswith(group + ".")}

    return History(
        benchmark=benchmark.spec,
        strategy=strategy,
        seed=seed,
        batch=batch,
        goals=benchmark.goals,
        constraints=benchmark.constraints,
        codes=columns["codes"],
        fidelity=columns["fidelity"],
        values=named("values"),
        cost=columns["cost"],
        repeats=named("repeats"),
        report_metrics=named("report"),
        errors=errors,
        seconds=seconds,
        optima=dict(benchmark.optima),
        ended=ended,
        unit=benchmark.budget.unit,
        workers=benchmark.workers,
        charged=None if times is None else times["charged"],
        clock=None if times is None else Clock(times["start"], times["end"], times["order"]),
    )


def error_text(errors: Mapping[int, str]) -> str:
    """Errors by row as JSON; empty where there are none."""
    ordered = {str(row): errors[row] for row in sorted(errors)}
    return json.dumps(ordered, separators=(",", ":")) if ordered else ""


def error_texts(written: str) -> dict[int, str]:
    """Undoes `error_text`; raises CorruptData for what that did not write."""
    if not written:
        return {}
    found = _ERRORS(read_json(written, "The list of a run's errors"), "The list of a run's errors")
    return {int(row): message for row, message in found.items()}
