"""A run as the columns of a store: what each holds, and histories from columns and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.history import History
from nasapi.safety.grammar import mapped, message, read_json, text
from nasapi.storage.summary import BenchmarkSummary

ENDINGS = ("budget", "strategy", "repeats")
"""Why a run ended, by the number that the ledger has for it."""

_ERRORS = mapped(message, text(9, r"0|[1-9]\d*", "the number of a trial"), 10_000_000)
Columns = dict[str, NDArray[Any]]
"""A run's columns by name, each with a row a trial."""


@frozen
class Column:
    """One column: its numbers' type and what they mean."""

    name: str
    dtype: str
    description: str
    tail: tuple[int, ...] = ()
    """The shape of one trial's entry: (d,) for codes, () for the rest."""
    unit: str = ""
    split: str = "none"
    goal: str = ""
    repeatable: bool = field(default=True)
    """False for wall time, which is kept apart."""

    @property
    def attributes(self) -> dict[str, str]:
        """What the array says of itself."""
        return {"unit": self.unit, "split": self.split, "goal": self.goal, "description": self.description}


def columns_of(benchmark: BenchmarkSummary) -> tuple[Column, ...]:
    """The columns of a run on `benchmark`, in the order of the checksum, wall time last."""
    told = dict.fromkeys([*(g.name for g in benchmark.goals), *(c.metric for c in benchmark.constraints)])
    fidelity = benchmark.fidelity.name if benchmark.fidelity else "level"
    return (
        Column("codes", "<i8", "the code of the architecture", (benchmark.genes,)),
        Column("fidelity", "<i8", f"the {fidelity} of the evaluation, -1 for the highest fidelity"),
        Column("cost", "<f8", "simulated seconds of the evaluation", unit="s"),
        Column("repeats.code", "|b1", "whether the code was asked for before"),
        Column("repeats.network", "|b1", "whether the network was asked for before"),
        *(_metric(benchmark, "values", name, "; NaN where the evaluation failed") for name in told),
        *(_metric(benchmark, "report", name, "; NaN except for what was found") for name in benchmark.report),
        Column("seconds", "<f8", "wall time of the strategy, not repeatable", unit="s", repeatable=False),
    )


def _metric(benchmark: BenchmarkSummary, group: str, name: str, note: str) -> Column:
    metric = benchmark.metrics.get(name)
    if metric is None:
        return Column(f"{group}.{name}", "<f8", name + note)
    description = (metric.description or name) + note
    return Column(f"{group}.{name}", "<f8", description, (), metric.unit, metric.split, metric.goal)


def to_columns(history: History) -> Columns:
    """The columns of a history; `from_columns` undoes it. Absent seconds are NaN."""
    seconds = history.seconds if len(history.seconds) else np.full(len(history), np.nan)
    return {
        "codes": np.asarray(history.codes, np.int64),
        "fidelity": history.fidelity,
        "cost": history.cost,
        **{f"repeats.{name}": column for name, column in history.repeats.items()},
        **{f"values.{name}": column for name, column in history.values.items()},
        **{f"report.{name}": column for name, column in history.report.items()},
        "seconds": seconds,
    }


def from_columns(
    benchmark: BenchmarkSummary,
    strategy: str,
    seed: int,
    batch: int,
    columns: Columns,
    ended: str,
    errors: Mapping[int, str],
) -> History:
    """The history that these columns were made of."""

    def named(group: str) -> Columns:
        return {name.partition(".")[2]: column for name, column in columns.items() if name.startswith(group + ".")}

    seconds = columns.get("seconds", np.empty(0))
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
        report=named("report"),
        errors=errors,
        seconds=np.empty(0) if np.isnan(seconds).all() else seconds,
        optima=dict(benchmark.optima),
        ended=ended,
    )


def checksum(columns: Mapping[str, NDArray[Any]], errors: bytes) -> int:
    """CRC-32 of a run's repeatable columns, in order, and of its errors."""
    crc = zlib.crc32(errors)
    for name, values in columns.items():
        if name != "seconds":
            crc = zlib.crc32(np.ascontiguousarray(values).view(np.uint8).data, crc)
    return crc


def error_bytes(errors: Mapping[int, str]) -> bytes:
    """Errors by row as JSON; nothing where there are none."""
    ordered = {str(row): errors[row] for row in sorted(errors)}
    return json.dumps(ordered, separators=(",", ":")).encode() if ordered else b""


def error_texts(written: bytes) -> dict[int, str]:
    """Undoes `error_bytes`; raises CorruptData for what that did not write."""
    if not written:
        return {}
    found = _ERRORS(read_json(written, "The list of a run's errors"), "The list of a run's errors")
    return {int(row): message for row, message in found.items()}
