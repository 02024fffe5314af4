"""A run as the columns of a store: what each holds, and histories from columns and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.history import Clock, History
from nasapi.problem import observed
from nasapi.safety.grammar import mapped, message, read_json, text
from nasapi.storage.summary import BenchmarkSummary

ENDINGS = ("budget", "strategy", "repeats")
"""Why a run ended."""

TIMES = {"charged": "<f8", "start": "<f8", "end": "<f8", "order": "<i8"}
"""What a run has beside its columns where that is not the usual: one trial after the other, charged 1 or its cost.

What each trial was charged, when it began and ended in simulated seconds, and its place in the order asked.
"""

_ERRORS = mapped(message, text(9, r"0|[1-9]\d*", "the number of a trial"), 10_000_000)
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
    bytes_per_trial: int = field(init=False)

    @bytes_per_trial.default
    def _size(self) -> int:
        return np.dtype(self.dtype).itemsize * self.width


def columns_of(benchmark: BenchmarkSummary) -> tuple[Column, ...]:
    """The columns of a run on `benchmark` in the order of their bytes: numbers of eight bytes, then truth values."""
    fidelity = benchmark.fidelity.name if benchmark.fidelity else "level"
    return (
        Column("codes", "<i8", "the code of the architecture", benchmark.genes),
        Column("fidelity", "<i8", f"the {fidelity} of the evaluation, -1 for the highest fidelity"),
        Column("cost", "<f8", "simulated seconds of the evaluation", unit="s"),
        *(
            _metric(benchmark, "values", name, "; NaN where the evaluation failed")
            for name in observed(benchmark.goals, benchmark.constraints)
        ),
        *(_metric(benchmark, "report", name, "; NaN except for what was found") for name in benchmark.report_metrics),
        Column("repeats.code", "|b1", "whether the code was asked for before"),
        Column("repeats.network", "|b1", "whether the network was asked for before"),
    )


def _metric(benchmark: BenchmarkSummary, group: str, name: str, note: str) -> Column:
    metric = benchmark.metrics.get(name)
    if metric is None:
        return Column(f"{group}.{name}", "<f8", name + note)
    return Column(f"{group}.{name}", "<f8", (metric.description or name) + note, unit=metric.unit)


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
