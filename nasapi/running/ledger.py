"""The ledger of a run: what was asked, what it gave and what it cost, copied before anybody is told."""

from __future__ import annotations

from math import ceil, nan
from typing import Any

import attrs
import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.problem import Problem
from nasapi.running.telling import Snapshot, snapshots
from nasapi.trial import Result, Trial

_MAX_TRIALS_PER_NETWORK = 50  # trials for each network of a "unique" budget before a run that only repeats is ended


@define
class Ledger:
    """Counts what a run spends and keeps what it gave, in lists of its own that hold nothing but plain values."""

    benchmark: Benchmark
    rows: list[Snapshot] = field(factory=list)
    """What each result said; values in the order of `names`, none where it failed."""
    fidelity: list[int] = field(factory=list)
    seconds: list[float] = field(factory=list)
    spent: float = 0.0
    stuck: bool = False
    networks: set[bytes] = field(factory=set)

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that a strategy hears of."""
        return self.benchmark.observed

    def __len__(self) -> int:
        """How many trials are recorded."""
        return len(self.rows)

    def room(self, batch: int) -> int:
        """How many trials may be asked for next; 0 ends the run."""
        budget = self.benchmark.problem.budget
        if self.spent >= budget.limit or self.stuck:
            return 0
        return batch if budget.unit == "seconds" else min(batch, ceil(budget.limit - self.spent))

    def record(self, results: list[Result]) -> list[Result]:
        """Charge and keep results; those that a budget of seconds would have cut off are dropped."""
        problem = self.benchmark.problem
        budget = problem.budget
        if budget.unit == "trials":
            self.spent += len(results)
        elif budget.unit == "seconds":
            total = self.spent + np.cumsum([result.cost for result in results])
            within = int(np.searchsorted(total, budget.limit, side="right"))
            self.spent = budget.limit if within < len(results) else float(total[-1])
            results = results[:within]
        else:
            space = problem.space
            canonical = space.canonical(space.codes([result.trial.arch for result in results]))
            self.networks.update(np.ascontiguousarray(row).tobytes() for row in canonical)
            self.spent = len(self.networks)
        names = self.names
        results = [r if (*r.values,) == names or not r.values else _stripped(r, names) for r in results]
        self.rows += snapshots(results)
        trials = [result.trial for result in results]
        self.fidelity += [-1 if trial.fidelity is None else recorded_level(problem, trial) for trial in trials]
        if budget.unit != "trials":  # free trials or repeats must not go on for ever
            self.stuck = len(self.rows) >= _MAX_TRIALS_PER_NETWORK * max(budget.limit, 1000)
        return results

    def timed(self, n: int, seconds: float) -> None:
        """Spread the strategy's own time over the trials it was spent on."""
        self.seconds += [seconds / max(n, 1)] * n

    def history(self, strategy: str, seed: int, batch: int, ended: str) -> History:
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
        )
        found = history.front() if len(problem.goals) > 1 else np.unique(history.incumbents())
        found = found[found >= 0]
        report = {name: np.full(len(self), np.nan) for name in benchmark.report}
        for name, column in benchmark.look_up(codes[found], benchmark.report).items():
            report[name][found] = column
        return attrs.evolve(history, report=report)


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
