"""Where the runs of a study are done: in worker processes on this machine, on a cluster, or in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from nasapi.errors import InvalidOption, near
from nasapi.running.isolation import Limits
from nasapi.running.workers.clusters import PACKAGES, cluster, installed
from nasapi.running.workers.crew import Crew
from nasapi.running.workers.jobs import Attempt, Task, TimeLimits
from nasapi.running.workers.parcels import Parcel

BACKENDS = ("loky", "dask", "ray", "inline")
"""Worker processes on this machine; a dask or a ray cluster; this process, for a debugger."""


class Backend(Protocol):
    """What does the jobs of a study."""

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome as it ends, in any order."""


def check(backend: str, address: str | None, limits: TimeLimits, jobs: int) -> None:
    """Raise InvalidOption or NotAvailable, before anything is done, for a backend that cannot be used as asked."""
    if backend not in BACKENDS:
        raise InvalidOption(f"No backend {backend!r}. {near(backend, BACKENDS)}")
    if address is not None and backend not in PACKAGES:
        raise InvalidOption(
            f"Backend {backend!r} works on this machine and takes no address, but was given {address!r}."
        )
    if backend == "inline" and jobs > 1:
        raise InvalidOption(f"Backend 'inline' does one run after the other in this process, not {jobs} at a time.")
    if limits and backend != "loky":
        raise InvalidOption(
            f"Backend {backend!r} cannot limit the time of an `ask` or an evaluation; leave that out or use 'loky'."
        )
    if backend in PACKAGES:
        installed(backend)


def check_parallel(parallel: int, jobs: int, batch: int, backend: str, limits: TimeLimits) -> None:
    """Raise InvalidOption for evaluations at a time that a study cannot have as asked."""
    if jobs > 1:
        raise InvalidOption(
            f"A study does {jobs} runs at a time or evaluates {parallel} trials of one run at a time, not both; give "
            "one of jobs and parallel."
        )
    if batch < parallel:
        raise InvalidOption(
            f"{parallel} trials at a time need a strategy that is asked for as many, and the batch is {batch}; give "
            f"batch {parallel} or more."
        )
    if backend == "inline":
        raise InvalidOption("Backend 'inline' evaluates in this process, one trial at a time; leave parallel out.")
    if limits.ask_seconds is not None:
        raise InvalidOption(
            "A strategy whose trials are evaluated in parallel runs in this process, which nobody can end; limit its "
            "`ask` in a process of its own, with isolate."
        )


@contextmanager
def connected(backend: str, workers: int, address: str | None, limits: TimeLimits) -> Iterator[Backend]:
    """A backend to use for a while; raises NotAvailable where no scheduler answers at `address`."""
    if backend == "loky":
        with Crew(workers, limits) as crew:
            yield crew
    elif backend == "inline":
        yield Inline()
    else:
        with cluster(backend, workers, address) as there:
            yield there


class Inline:
    """Does every job in this process, where a debugger sees it, and where a crash ends the study."""

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome, one after the other."""
        for task in tasks:
            yield task()


def try_strategies(backend: Backend, parcels: Mapping[tuple[str, str], Parcel], isolate: bool | Limits) -> None:
    """Make each strategy that has runs to do, so that one refused everywhere ends the study before it starts."""
    benchmarks = [parcel for (kind, _), parcel in parcels.items() if kind == "benchmark"]
    strategies = [parcel for (kind, _), parcel in parcels.items() if kind == "strategy"]
    for refusal in backend.perform([Attempt(strategy, benchmarks, isolate) for strategy in strategies]):
        if refusal is not None:
            raise refusal.error
