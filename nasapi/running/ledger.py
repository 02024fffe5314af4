"""The ledger of a run: what was asked, what it gave and what it cost, copied before anybody is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import Any

import attrs
import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.history import Clock, History
from nasapi.problem import Problem
from nasapi.running.meter import Charge, Meter
from nasapi.running.telling import Snapshot, snapshots
from nasapi.space import Codes
from nasapi.trial import Result, Trial

LooksUp = Callable[[Codes, Sequence[str]], dict[str, NDArray[np.float64]]]
"""Gives the expected values of metrics at the highest fidelity."""


@define
class Ledger:
    """Counts what a run spends and keeps what it gave, in lists of its own that hold nothing but plain values."""

    benchmark: Benchmark
    rows: list[Snapshot] = field(factory=list)
    """What each result said; values in the order of `names`, none where it failed."""
    fidelity: list[int] = field(factory=list)
    seconds: list[float] = field(factory=list)
    charges: list[Charge] = field(factory=list)
    clock: list[tuple[float, float, int]] = field(factory=list)
    """When each trial began and ended, and its place in the order asked, of a run with several workers."""
    stuck: bool = False
    meter: Meter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.meter = Meter(self.benchmark.problem)

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that a strategy hears of."""
        return self.benchmark.observed

    def __len__(self) -> int:
        """How many trials are recorded."""
        return len(self.rows)

    def room(self, batch: int, out: int = 0) -> int:
        """How many trials may be asked for next, with so many charged and not recorded; 0 ends the run."""
        return 0 if self.stuck or (out and self.meter.exhausted(len(self) + out)) else int(min(batch, self.meter.room))

    def record(self, results: list[Result]) -> list[Result]:
        """Charge and keep results; the first that would exceed the budget is dropped with those after it."""
        charges = self.meter.charge(results)
        return self.keep(results[: len(charges)], charges)

    def keep(self, results: list[Result], charges: list[Charge]) -> list[Result]:
        """Keep results that were charged; gives them as strategies are told them."""
        problem = self.benchmark.problem
        names = self.names
        results = [r if (*r.values,) == names or not r.values else _stripped(r, names) for r in results]
        self.rows += snapshots(results)
        trials = [result.trial for result in results]
        self.fidelity += [-1 if trial.fidelity is None else recorded_level(problem, trial) for trial in trials]
        self.charges += charges
        self.stuck = self.meter.exhausted(len(self.rows))
        return results

    def timed(self, n: int, seconds: float) -> None:
        """Spread the strategy's own time over the trials it was spent on."""
        self.seconds += [seconds / max(n, 1)] * n

    def history(self, strategy: str, seed: int, batch: int, ended: str, look_up: LooksUp) -> History:
        """The run as columns, with the report metrics of what it found."""
        benchmark, problem = self.benchmark, self.benchmark.problem
        codes = np.array([row[0] for row in self.rows], np.int64).reshape(len(self), len(problem.space.cardinalities))
        fidelity = np.array(self.fidelity, np.int64)
        failed = (nan,) * len(self.names)
        values = np.array([row[1] or failed for row in self.rows], np.float64).reshape(len(self), len(failed))
        history = History(
            benchmark=benchmark.spec,
            strategy=strategy,
            seed=seed,
            batch=batch,
            goals=problem.goals,
            constraints=problem.constraints,
            codes=codes,
            fidelity=fidelity,
            values={name: values[:, at].copy() for at, name in enumerate(self.names)},
            cost=np.array([row[2] for row in self.rows], np.float64),
            repeats={
                "code": _repeated(codes, fidelity),
                "network": _repeated(problem.space.canonical(codes), fidelity),
            },
            report={},
            errors={at: row[3] for at, row in enumerate(self.rows) if row[3] is not None},
            seconds=np.array(self.seconds, np.float64),
            optima=dict(benchmark.reference.optima),
            ended=ended,
            unit=problem.budget.unit,
            workers=benchmark.workers,
            **self._times(),
        )
        found = history.front() if len(problem.goals) > 1 else np.unique(history.incumbents())
        found = found[found >= 0]
        report = {name: np.full(len(self), np.nan) for name in benchmark.report}
        for name, column in look_up(codes[found], benchmark.report).items():
            report[name][found] = column
        return attrs.evolve(history, report=report)

    def _times(self) -> dict[str, Any]:
        """The columns of charges and of the clock, where they are not what a history has without them."""
        if self.meter.usual and self.benchmark.workers == 1:
            return {}
        charged = np.array([amount for amount, _ in self.charges], np.float64)
        if self.benchmark.workers > 1:
            start, end, order = np.array(self.clock, np.float64).reshape(-1, 3).T
            return {"charged": charged, "clock": Clock(start, end, order.astype(np.int64))}
        end = np.cumsum([seconds for _, seconds in self.charges])
        return {"charged": charged, "clock": Clock(np.append(0.0, end[:-1])[: len(end)], end, np.arange(len(end)))}


def _stripped(result: Result, names: tuple[str, ...]) -> Result:
    """The result with these values alone, NaN where it has none."""
    return attrs.evolve(result, values={name: result.values.get(name, nan) for name in names})


def recorded_level(problem: Problem, trial: Trial) -> int:
    """The fidelity as recorded: -1 for the highest, however it was asked for."""
    if trial.fidelity is None or (problem.fidelity and trial.fidelity == problem.fidelity.levels[-1]):
        return -1
    return int(trial.fidelity)


def _repeated(codes: NDArray[Any], fidelity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,): whether an earlier row has the same code and fidelity."""
    rows = np.column_stack([codes, fidelity]).astype(np.int64)
    asked = rows.view(f"V{rows.itemsize * rows.shape[1]}").ravel().tolist()
    first = {row: at for at, row in reversed([*enumerate(asked)])}
    repeated = np.ones(len(codes), np.bool_)
    repeated[[*first.values()]] = False
    return repeated
