"""The leaderboard: means over the runs of each strategy on one benchmark, without intervals or tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from attrs import frozen

from nasapi.frames import Framed, html_of
from nasapi.history import History
from nasapi.storage.summary import BenchmarkSummary


class Source(Protocol):
    """Runs by benchmark and strategy: a Study, or what reads like one."""

    @property
    def benchmarks(self) -> Sequence[BenchmarkSummary]:
        """What the runs are on."""

    @property
    def strategies(self) -> Sequence[str]:
        """The strategies' specs."""

    def histories(self, benchmark: str | None = None, strategy: str | None = None) -> list[History]:
        """The runs done so far."""


@frozen
class Row:
    """One strategy: statistics over its runs that found something feasible."""

    strategy: str
    """Its spec."""
    mean: float
    """The mean over runs that found something feasible, in the metric's unit; NaN where none did."""
    sd: float
    """The standard deviation over runs, with n - 1; NaN for a single run."""
    best: float
    """That of the best run."""
    runs: int
    """How many runs are done, those included that found nothing feasible."""


@frozen
class Leaderboard(Framed):
    """The strategies on one benchmark by the first goal of their incumbents, the best mean first."""

    benchmark: str
    """The benchmark's spec."""
    metric: str
    """The goal's name."""
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name, a row a strategy: what pandas, polars and Arrow make a frame of."""
        names = ("strategy", "mean", "sd", "best", "runs")
        return {name: [getattr(row, name) for row in self.rows] for name in names}

    def _repr_html_(self) -> str:
        return html_of(f"{self.benchmark}: {self.metric} at the end of a run", self.to_dict())


def trials_of(histories: Sequence[History]) -> dict[str, list[Any]]:
    """The columns of many runs one after the other, with `benchmark`, `strategy` and `seed` before them.

    A metric that a run did not record is NaN in its rows.
    """
    frames = [history.to_dict() for history in histories]
    names = dict.fromkeys(name for frame in frames for name in frame)
    which = {
        name: [getattr(history, name) for history in histories for _ in range(len(history))]
        for name in ("benchmark", "strategy", "seed")
    }
    lengths = list(map(len, histories))
    return which | {
        name: [cell for frame, n in zip(frames, lengths, strict=True) for cell in frame.get(name, [np.nan] * n)]
        for name in names
    }


def leaderboards(study: Source) -> list[Leaderboard]:
    """A leaderboard for each benchmark of a study with runs that are done."""
    boards = []
    for benchmark in study.benchmarks:
        goal = benchmark.goals[0]
        runs = {strategy: study.histories(benchmark.spec, strategy) for strategy in study.strategies}
        rows = [_row(strategy, histories, goal.sign) for strategy, histories in runs.items() if histories]
        if rows:
            ordered = sorted(rows, key=lambda row: (np.isnan(row.mean), goal.sign * row.mean))
            boards.append(Leaderboard(benchmark.spec, goal.name, tuple(ordered)))
    return boards


def _row(strategy: str, histories: Sequence[History], sign: int) -> Row:
    finals = np.array([_final(history.curve(), history.violation, history.incumbents()) for history in histories])
    found = finals[~np.isnan(finals)]
    if not len(found):
        return Row(strategy, np.nan, np.nan, np.nan, len(histories))
    spread = float(found.std(ddof=1)) if len(found) > 1 else np.nan
    return Row(strategy, float(found.mean()), spread, float(sign * (sign * found).min()), len(histories))


def _final(curve: Any, violation: Any, incumbents: Any) -> float:
    """The incumbent's value at the end of a run; NaN where nothing feasible was found."""
    if not len(curve) or incumbents[-1] < 0 or violation[incumbents[-1]] > 0:
        return float("nan")
    return float(curve[-1])
