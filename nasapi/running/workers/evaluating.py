"""Evaluations of one run in many processes at a time: each trial a task, so that one that dies harms itself alone."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.errors import NasapiError
from nasapi.running.phases import Notify, without_notice
from nasapi.running.workers.backends import Backend
from nasapi.running.workers.jobs import Refusal, Task
from nasapi.running.workers.parcels import Parcel, pack_benchmark
from nasapi.safety.fences import Fence
from nasapi.space import Codes
from nasapi.trial import Architecture, Result, Trial

Answer = tuple[dict[str, float], float, str | None]
"""What a result says: values, cost and error."""


@frozen
class Evaluation:
    """One trial to evaluate."""

    place: int
    benchmark: Parcel
    code: tuple[int, ...]
    level: int | None
    seed: int | None

    def __call__(self, notify: Notify = without_notice) -> tuple[int, Answer | Refusal]:
        """What its result says, or the error of nasapi that ends its run."""

        def evaluated(benchmark: Benchmark) -> Answer:
            trial = Trial(Architecture(benchmark.problem.space.id, self.code), self.level)
            [result] = benchmark.evaluate([trial], self.seed)
            return dict(result.values), result.cost, result.error

        return _answered(self, evaluated, notify)

    def failed(self, message: str, seconds: float = 0.0) -> tuple[int, Answer]:
        """A result that failed, and cost what it was allowed to take where it took longer."""
        return self.place, ({}, seconds, message)


@frozen
class LookUp:
    """Report metrics of one architecture to look up."""

    place: int
    benchmark: Parcel
    code: tuple[int, ...]
    metrics: tuple[str, ...]

    def __call__(self, notify: Notify = without_notice) -> tuple[int, Answer | Refusal]:
        """The values by metric."""

        def found(benchmark: Benchmark) -> Answer:
            columns = benchmark.look_up(np.array([self.code], np.int64), self.metrics)
            return {name: float(column[0]) for name, column in columns.items()}, 0.0, None

        return _answered(self, found, notify)

    def failed(self, message: str, seconds: float = 0.0) -> tuple[int, Answer]:
        """No values."""
        return self.place, ({}, 0.0, message)


@define(eq=False)
class BackendEvaluator:
    """Evaluates a benchmark's trials by a backend, as the benchmark itself does here: the same results, in order.

    A trial whose process dies, or takes longer than the backend's limit, is a failed trial that says so; the latter
    costs the seconds of the limit.
    """

    benchmark: Benchmark
    backend: Backend
    _parcel: Parcel = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._parcel = pack_benchmark(self.benchmark)

    def evaluate(self, trials: Sequence[Trial], seed: int | None = None) -> list[Result]:
        """A result for each trial, in order."""
        outcomes = self._perform(
            [
                Evaluation(place, self._parcel, tuple(map(int, trial.arch.code)), trial.fidelity, seed)
                for place, trial in enumerate(trials)
            ]
        )
        return [Result(trial, *one) for trial, one in zip(trials, outcomes, strict=True)]

    def look_up(self, codes: Codes, metrics: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """The expected values of any metrics at the highest fidelity; NaN where they are missing or were not found."""
        rows = [tuple(map(int, code)) for code in codes]
        outcomes = self._perform([LookUp(at, self._parcel, code, tuple(metrics)) for at, code in enumerate(rows)])
        return {name: np.array([values.get(name, np.nan) for values, _, _ in outcomes], np.float64) for name in metrics}

    def _perform(self, tasks: Sequence[Task]) -> list[Answer]:
        """What each task says, in their order; raises the error that ends the run."""
        outcomes: dict[int, Any] = dict(self.backend.perform(tasks))
        for outcome in outcomes.values():
            if isinstance(outcome, Refusal):
                raise outcome.error
        return [outcomes[place] for place in range(len(tasks))]


def _answered(task: Evaluation | LookUp, answer: Any, notify: Notify) -> tuple[int, Answer | Refusal]:
    """What `answer` makes of the task's benchmark."""
    with Fence() as fence:
        benchmark = _opened(task.benchmark)
        notify("evaluate")
        return task.place, answer(benchmark)
    if isinstance(fence.error, NasapiError):
        return task.place, Refusal.of(fence.error)
    return task.failed(fence.reason)


@functools.lru_cache(maxsize=4)
def _opened(parcel: Parcel) -> Benchmark:
    """The benchmark, opened once in each process, which remembers what it trained."""
    benchmark: Benchmark = parcel.open()
    return benchmark
