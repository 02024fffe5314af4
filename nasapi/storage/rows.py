"""A run as one row of a database: its history packed with a CRC, and unpacked with every byte checked."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from nasapi.column_checks import MOST_SECONDS
from nasapi.errors import CorruptData, InvalidOption
from nasapi.history import History
from nasapi.storage.schema import (
    ENDINGS,
    TIMES,
    Layout,
    error_text,
    error_texts,
    from_bytes,
    from_columns,
    from_times,
    impossible,
    to_bytes,
    to_columns,
    to_times,
)
from nasapi.storage.summary import BenchmarkSummary

RunKey = tuple[str, str, int]
"""Which run: its benchmark, strategy and seed."""

_MOST_BYTES = 1 << 32  # of one run: ten million trials of fifty genes


class DamagedRun(CorruptData):
    """A run that is not what was written, in a store of which the rest can be read."""


@attrs.frozen
class Row:
    """One row of the table of runs, as SQLite has it."""

    benchmark: str
    strategy: str
    seed: int
    trials: int
    ended: str
    best: float | None
    """The first goal's value of the incumbent at the end; None where nothing feasible was found."""
    cost: float | None
    """The simulated seconds of all evaluations."""
    errors: str
    columns: bytes
    seconds: bytes | None
    clock: bytes | None
    """What trials were charged and when they were evaluated; None where that is the usual."""
    crc: int

    @property
    def values(self) -> tuple[Any, ...]:
        """The values in the order of `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)

    @property
    def facts(self) -> tuple[Any, ...]:
        """What the run was and came to, without its trials: the values that are no bytes."""
        return (
            self.benchmark,
            self.strategy,
            self.seed,
            self.trials,
            self.ended,
            self.best,
            self.cost,
            self.errors,
        )

    @property
    def checksum(self) -> int:
        """CRC-32 of the other values: the facts as JSON, then columns, seconds and clock."""
        facts = zlib.crc32(self.columns, zlib.crc32(_json(self.facts)))
        return zlib.crc32(self.clock or b"", zlib.crc32(self.seconds or b"", facts))


FIELDS = tuple(each.name for each in attrs.fields(Row))
"""The columns of the table of runs."""


def pack(history: History, benchmark: BenchmarkSummary, batch: int, wanted: Layout) -> Row:
    """The row of a run; raises InvalidOption for a history that is not of this benchmark as it was summarised."""
    columns = to_columns(history)
    _check(history, benchmark, batch, columns, wanted)
    seconds = None
    if len(history.seconds) and not np.isnan(history.seconds).all():
        seconds = np.ascontiguousarray(history.seconds, "<f8").tobytes()  # noise, which zlib makes no smaller
    times = to_times(history)
    row = Row(
        benchmark=history.benchmark,
        strategy=history.strategy,
        seed=history.seed,
        trials=len(history),
        ended=history.ended,
        best=_best(history),
        cost=_finite(float(history.cost.sum())),
        errors=error_text(history.errors),
        columns=_deflated(to_bytes(columns, wanted)),
        seconds=seconds,
        clock=None if times is None else _deflated(times),
        crc=0,
    )
    return attrs.evolve(row, crc=row.checksum)


def unpack(found: Sequence[Any], benchmark: BenchmarkSummary, batch: int, wanted: Layout) -> History:
    """The history of a row as it was read; raises DamagedRun where any byte is not what was written."""
    row, content = checked(found, wanted)
    columns = from_bytes(content, wanted, row.trials)
    seconds = np.empty(0)
    if row.seconds is not None:
        if len(row.seconds) != 8 * row.trials:
            raise DamagedRun(f"its seconds are not the {8 * row.trials:,} bytes that its trials need")
        seconds = np.frombuffer(row.seconds, "<f8")
        if ((seconds < 0) | (seconds > MOST_SECONDS)).any():
            raise DamagedRun("its seconds are below 0 or beyond all measure")
    if name := impossible(content, wanted, row.trials):
        raise DamagedRun(f"its column {name!r} holds numbers that no run can have")
    if row.trials and any(values.max() > 1 for values in _truths(columns)):
        raise DamagedRun("its columns of truth values hold other numbers")
    try:
        errors = error_texts(row.errors)
    except CorruptData as error:
        raise DamagedRun(str(error).rstrip(".")) from error
    if errors and max(errors) >= row.trials:
        raise DamagedRun(f"it has an error of trial {max(errors):,}, of {row.trials:,}")
    times = None if row.clock is None else from_times(_times(row), row.trials)
    if times is not None and not _possible(times):
        raise DamagedRun("its clock tells times that no run can have")
    return from_columns(benchmark, row.strategy, row.seed, batch, columns, row.ended, errors, seconds, times)


def content_digest(found: Sequence[Any], wanted: Layout) -> bytes:
    """SHA-256 of what a run is, without the wall time that its strategy took; raises DamagedRun."""
    row, content = checked(found, wanted)
    times = b"" if row.clock is None else _times(row)
    return hashlib.sha256(_json(row.facts) + b"\n" + content + times).digest()


def checked(found: Sequence[Any], wanted: Layout) -> tuple[Row, bytes]:
    """The row that was read with the bytes of its columns, once its CRC, types and sizes are right."""
    row = Row(*found)
    if not (type(row.seed) is type(row.trials) is type(row.crc) is int and isinstance(row.columns, bytes)):
        raise DamagedRun("its row holds values of other types")
    blobs = all(isinstance(blob, (bytes, type(None))) for blob in (row.seconds, row.clock))
    if not (isinstance(row.errors, str) and blobs):
        raise DamagedRun("its row holds values of other types")
    if row.checksum != row.crc:
        raise DamagedRun("it is not what was written: its CRC-32 differs")
    size = row.trials * sum([column.bytes_per_trial for column in wanted])
    if row.trials < 0 or size > _MOST_BYTES or row.ended not in ENDINGS:
        raise DamagedRun(f"it says that it has {row.trials:,} trials and ended by {row.ended!r:.80}")
    return row, _inflated(row.columns, size, "columns are")


def _deflated(content: bytes) -> bytes:
    """What zlib makes of it, with a window that fits a run and takes little memory anew for each."""
    worker = zlib.compressobj(1, zlib.DEFLATED, 13, 6)
    return worker.compress(content) + worker.flush()


def _inflated(packed: bytes, size: int, what: str) -> bytes:
    """What zlib packed, if it is so many bytes; never makes more of them. `what` names it with its verb."""
    worker = zlib.decompressobj()
    try:
        content = worker.decompress(packed, size + 1)
    except (zlib.error, MemoryError) as error:
        raise DamagedRun(f"its {what} no zlib stream: {error or type(error).__name__}") from error
    if len(content) != size or not worker.eof:
        raise DamagedRun(f"its {what} not the {size:,} bytes that its trials need")
    return content


def _possible(times: dict[str, Any]) -> bool:
    """Whether charges and times are finite, each trial ends after it began, and the order names each place once."""
    charged, start, end, order = times.values()
    if not all((column <= MOST_SECONDS).all() for column in (charged, start, end)):
        return False
    ordered = (charged >= 0).all() and (start >= 0).all() and (end >= start).all() and (np.diff(end) >= 0).all()
    return bool(ordered) and np.array_equal(np.sort(order), np.arange(len(order)))


def _times(row: Row) -> bytes:
    """The bytes of a row's clock."""
    assert row.clock is not None
    return _inflated(row.clock, 8 * len(TIMES) * row.trials, "clock is")


def _json(facts: Sequence[Any]) -> bytes:
    try:
        return json.dumps(facts, separators=(",", ":")).encode()
    except TypeError as error:  # bytes where text should be
        raise DamagedRun("its row holds values of other types") from error


def _truths(columns: dict[str, Any]) -> list[Any]:
    return [values.view(np.uint8) for name, values in columns.items() if name.startswith("repeats.")]


def _best(history: History) -> float | None:
    """The value of the incumbent for the first goal, where it is feasible."""
    goal = history.goals[0]
    values = history.values[goal.name]
    if len(history.goals) == 1 and not history.constraints:  # the same, faster
        found = values[np.isfinite(values) & (history.fidelity < 0)]
        return _finite(float(found[(goal.sign * found).argmin()])) if len(found) else None
    rows = history.incumbents()
    if not len(rows) or rows[-1] < 0 or history.violation[rows[-1]] > 0:
        return None
    return _finite(float(values[rows[-1]]))


def _finite(value: float) -> float | None:
    """A number as SQLite and JSON have it, which know no NaN."""
    return value + 0.0 if math.isfinite(value) else None  # SQLite has no -0.0


def _check(history: History, benchmark: BenchmarkSummary, batch: int, columns: dict[str, Any], wanted: Layout) -> None:
    """Refuse a history that is not of this benchmark as it was summarised."""
    same = (history.goals, history.constraints, dict(history.optima)) == (
        benchmark.goals,
        benchmark.constraints,
        dict(benchmark.optima),
    )
    widths = {column.name: column.width for column in wanted}
    known = columns.keys() == widths.keys() and history.ended in ENDINGS
    shaped = known and all([values.size == len(history) * widths[name] for name, values in columns.items()])
    if not (same and shaped) or history.batch != batch:
        raise InvalidOption(
            f"The run of {history.strategy!r} with seed {history.seed} does not go with this store's "
            f"{benchmark.spec!r}: its goals, columns or batch ({history.batch}; the store's is {batch}) differ."
        )
