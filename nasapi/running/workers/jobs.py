"""The jobs of a study: what a worker is given to do, and what it gives back whatever happens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Protocol

import attrs
import numpy as np
from attrs import field, frozen

import nasapi.errors
from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NasapiError, StrategyFailed
from nasapi.history import History
from nasapi.running.isolation import IsolatedStrategy, Limits, isolated
from nasapi.running.loop import TrialEvaluator, run
from nasapi.running.observers import plugin_observers
from nasapi.running.participants import check_support
from nasapi.running.phases import Notify, Phase, without_notice
from nasapi.running.workers.parcels import Parcel
from nasapi.running.workers.recording import Destination, Recorded, Unrecorded, record_run
from nasapi.safety.fences import Fence


@frozen
class TimeLimits:
    """How long parts of a run may take; one that takes longer is ended, and is a failed run."""

    ask_seconds: float | None = field(default=None)
    """Of making the strategy, of an `ask` and of a `tell`; None for no limit."""
    evaluate_seconds: float | None = field(default=None)
    """Of the evaluation of what one `ask` gave, and of what observers and reports do; None for no limit."""

    @ask_seconds.validator
    @evaluate_seconds.validator
    def _positive(self, attribute: attrs.Attribute[float | None], seconds: float | None) -> None:
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if seconds is not None and not (number and 0 < seconds < float("inf")):
            raise InvalidOption(f"`{attribute.name}` is a number of seconds above 0, not {seconds!r}.")

    def of(self, phase: Phase) -> float | None:
        """The limit of a phase of a run."""
        if phase == "load":
            return None
        return self.evaluate_seconds if phase in ("evaluate", "follow") else self.ask_seconds

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return (self.ask_seconds, self.evaluate_seconds) != (None, None)


@frozen
class Failure:
    """A run that raised, died or took too long."""

    benchmark: str
    strategy: str
    seed: int
    message: str


@frozen
class Refusal:
    """Why no benchmark of a study takes a strategy: an error of nasapi, as text."""

    kind: str
    """The name of a class of nasapi.errors."""
    message: str

    @classmethod
    def of(cls, error: NasapiError) -> Refusal:
        """The refusal that an error says, by the nearest class that every process knows."""
        known = (kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "nasapi.errors")
        return cls(next(known), str(error))

    @property
    def error(self) -> NasapiError:
        """The error to raise."""
        made: NasapiError = getattr(nasapi.errors, self.kind)(self.message)
        return made


class Task(Protocol):
    """Something for a worker to do."""

    def __call__(self, notify: Notify = without_notice) -> object:
        """Do it; gives an outcome and raises nothing but a real interruption."""

    def failed(self, message: str, seconds: float = 0.0) -> object:
        """The outcome where the process that did it died, or was ended after the `seconds` that a limit allowed it."""


@frozen
class Job:
    """One run to do."""

    benchmark: Parcel
    strategy: Parcel
    seed: int
    batch: int
    isolate: bool | Limits = False
    """Whether the strategy gets a process of its own, and within which limits."""
    destination: Destination | None = None
    """Where the run is recorded by whoever does it; None to be given its history."""
    evaluator: Callable[[Benchmark], TrialEvaluator] | None = None
    """What evaluates the trials of a benchmark; None for the benchmark itself, where the run is done."""

    def __call__(self, notify: Notify = without_notice) -> History | Recorded | Unrecorded | Failure:
        """The run's history, or that it is recorded, or how it failed."""
        with Fence() as fence, _same_folder():
            benchmark, strategy = self.benchmark.open(), self.strategy.open()
            history = run(
                benchmark,
                strategy,
                seed=self.seed,
                batch=self.batch,
                observers=plugin_observers(),
                isolate=self.isolate,
                notify=notify,
                evaluator=None if self.evaluator is None else self.evaluator(benchmark),
            )
            history = attrs.evolve(history, benchmark=self.benchmark.name, strategy=self.strategy.name)
            return history if self.destination is None else record_run(history, self.destination)
        return self.failed(fence.reason)

    def failed(self, message: str, seconds: float = 0.0) -> Failure:
        """The failure of this run."""
        return Failure(self.benchmark.name, self.strategy.name, self.seed, message)


@frozen
class Attempt:
    """A strategy to make for each benchmark, so that one refused everywhere is found before anything is run."""

    strategy: Parcel
    benchmarks: Sequence[Parcel]
    isolate: bool | Limits = False

    def __call__(self, notify: Notify = without_notice) -> Refusal | None:
        """The first refusal where every benchmark refuses it; what else goes wrong is left to the runs."""
        refusals = []
        for parcel in self.benchmarks:
            refusal = self._refused(parcel, notify)
            if refusal is None:
                return None
            refusals.append(refusal)
        return refusals[0]

    def failed(self, message: str, seconds: float = 0.0) -> None:
        """None: the runs will say it."""

    def _refused(self, parcel: Parcel, notify: Notify) -> Refusal | None:
        with Fence() as fence, _same_folder():
            benchmark, strategy = parcel.open(), self.strategy.open()
            notify("make")
            made = isolated(strategy, self.isolate)(benchmark.problem, np.random.default_rng(0))
            with made if isinstance(made, IsolatedStrategy) else nullcontext():
                check_support(made, benchmark, self.strategy.name)
        if isinstance(fence.error, NasapiError) and not isinstance(fence.error, StrategyFailed):
            return Refusal.of(fence.error)
        return None


@contextmanager
def _same_folder() -> Iterator[None]:
    """Leave the working folder as it was, for relative names in what comes after."""
    try:
        before = os.getcwd()
    except OSError:  # it was removed
        yield
        return
    try:
        yield
    finally:
        os.chdir(before)
