"""The ledger of a run: what was asked, what it gave and what it cost, copied before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from math import nan, prod
from typing import Any

import attrs
import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.history import Clock, History
from nasapi.problem import Problem
from nasapi.running.meter import Charge, Meter
from nasapi.running.result_delivery import Snapshots, snapshots
from nasapi.space import Codes
from nasapi.trial import Result, Trial

LooksUp = Callable[[Codes, Sequence[str]], dict[str, NDArray[np.float64]]]
"""Gives the expected values of metrics at the highest fidelity."""


@define
class Ledger:
    """Counts what a run spends and keeps what it gave, in lists of its own that hold nothing but plain values."""

    benchmark: Benchmark
    rows: Snapshots = field(factory=lambda: ([], [], [], []))
    """What each result said; values in the order of `names`, none where it failed."""
    last: Snapshots = field(factory=lambda: ([], [], [], []))
    """What those said that were recorded last."""
    fidelity: list[int] = field(factory=list)
    seconds: list[float] = field(factory=list)
    charges: list[Charge] = field(factory=list)
    clock: list[tuple[float, float, int]] = field(factory=list)
    """When each trial began and ended, and its place in the order asked, of a run with several workers."""
    stuck: bool = False
    meter: Meter = field(init=False)
    names: tuple[str, ...] = field(init=False)
    """The metrics whose values a strategy is told."""

    def __attrs_post_init__(self) -> None:
        self.meter = Meter(self.benchmark.problem)
        self.names = self.benchmark.observed

    def __len__(self) -> int:
        """How many trials are recorded."""
        return len(self.fidelity)

    def room(self, batch: int, out: int = 0) -> int:
        """How many trials may be asked for next, with so many charged and not recorded; 0 ends the run."""
        return 0 if self.stuck or (out and self.meter.exhausted(len(self) + out)) else int(min(batch, self.meter.room))

    def record(self, results: list[Result]) -> list[Result]:
        """Charge and keep results; the first that would exceed the budget is dropped with those after it."""
        charges = self.meter.charge(results)
        return self.keep(results[: len(charges)], charges)

    def keep(self, results: list[Result], charges: list[Charge]) -> list[Result]:
        """Keep results that were charged; gives them as strategies are told them."""
        problem, names = self.benchmark.problem, self.names
        if any([(*result.values,) != names for result in results]):  # in most runs none
            results = [_with_observed(result, names) for result in results]
        self.last = snapshots(results)
        for column, more in zip(self.rows, self.last, strict=True):
            column.extend(more)
        self.fidelity += [-1 if r.trial.fidelity is None else recorded_level(problem, r.trial) for r in results]
        self.charges += charges
        self.stuck = self.meter.exhausted(len(self))
        return results

    def record_time(self, n: int, seconds: float) -> None:
        """Spread the strategy's own wall time over the `n` trials that it was spent on."""
        self.seconds += [seconds / max(n, 1)] * n

    def history(self, strategy: str, seed: int, batch: int, ended: str, look_up: LooksUp) -> History:
        """The run as columns, with the report metrics of its front, or of its incumbents where there is one goal."""
        benchmark, problem = self.benchmark, self.benchmark.problem
        history = History(
            benchmark=benchmark.spec,
            strategy=strategy,
            seed=seed,
            batch=batch,
            goals=problem.goals,
            constraints=problem.constraints,
            report_metrics={},
            seconds=np.array(self.seconds, np.float64),
            optima=dict(benchmark.reference.optima),
            ended=ended,
            unit=problem.budget.unit,
            workers=benchmark.workers,
            **self._results(),
            **self._times(),
        )
        return attrs.evolve(history, report_metrics=_report_metrics(history, benchmark.report_metrics, look_up))

    def _results(self) -> dict[str, Any]:
        """The columns of what was asked and what it gave."""
        asked, observed, costs, errors = self.rows
        space, failed = self.benchmark.problem.space, (nan,) * len(self.names)
        codes = np.fromiter(chain.from_iterable(asked), np.int64).reshape(len(self), len(space.cardinalities))
        values = np.fromiter(chain.from_iterable([row or failed for row in observed]), np.float64)
        values = values.reshape(len(self), len(failed))
        fidelity = np.array(self.fidelity, np.int64)
        return {
            "codes": codes,
            "fidelity": fidelity,
            "values": {name: values[:, at].copy() for at, name in enumerate(self.names)},
            "cost": np.array(costs, np.float64),
            "errors": {at: error for at, error in enumerate(errors) if error is not None},
            "repeats": {
                "code": _repeated(codes, fidelity),
                "network": _repeated(space.canonical(codes), fidelity),
            },
        }

    def _times(self) -> dict[str, Any]:
        """The columns of charges and of the clock; none where they follow from the costs."""
        if self.meter.plain_charges and self.benchmark.workers == 1:
            return {}
        charged = np.array([amount for amount, _ in self.charges], np.float64)
        if self.benchmark.workers > 1:
            start, end, order = np.array(self.clock, np.float64).reshape(-1, 3).T
            return {"charged": charged, "clock": Clock(start, end, order.astype(np.int64))}
        end = np.cumsum([seconds for _, seconds in self.charges])
        return {"charged": charged, "clock": Clock(np.append(0.0, end[:-1])[: len(end)], end, np.arange(len(end)))}


def _report_metrics(history: History, names: Sequence[str], look_up: LooksUp) -> dict[str, NDArray[np.float64]]:
    """(N,) of each report metric, of the trials on the front or that became the incumbent; NaN of the others."""
    found = history.front() if len(history.goals) > 1 else np.unique(history.incumbents())
    found = found[found >= 0]
    columns = {name: np.full(len(history), nan) for name in names}
    for name, values in look_up(history.codes[found], names).items():
        columns[name][found] = values
    return columns


def _with_observed(result: Result, names: tuple[str, ...]) -> Result:
    """The result with the values of these metrics alone, NaN where it has none; a failure, without any, as it is."""
    if not result.values or (*result.values,) == names:
        return result
    return attrs.evolve(result, values={name: result.values.get(name, nan) for name in names})


def recorded_level(problem: Problem, trial: Trial) -> int:
    """The fidelity as recorded: -1 for the highest, however it was asked for."""
    if trial.fidelity is None or (problem.fidelity and trial.fidelity == problem.fidelity.levels[-1]):
        return -1
    return int(trial.fidelity)


def _repeated(codes: NDArray[Any], fidelity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,): whether an earlier row has the same code and fidelity."""
    repeated = np.ones(len(codes), np.bool_)
    _, first = np.unique(_numbers(np.column_stack([codes, fidelity]).astype(np.int64)), return_index=True)
    repeated[first] = False
    return repeated


def _numbers(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,): a number for each row, the same for equal ones and no others."""
    if not len(rows):
        return np.empty(0, np.int64)
    low, high = rows.min(axis=0), rows.max(axis=0)
    spans = [int(most) - int(least) + 1 for least, most in zip(low, high, strict=True)]
    if prod(spans) < 2**63:
        return np.asarray(rows - low) @ np.array([prod(spans[at + 1 :]) for at in range(len(spans))], np.int64)
    number: dict[bytes, int] = {}
    asked = rows.view(f"V{rows.itemsize * rows.shape[1]}").ravel().tolist()
    return np.array([number.setdefault(row, len(number)) for row in asked], np.int64)
