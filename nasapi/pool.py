"""Where the runs of a study are done: in worker processes on this machine, on a cluster through joblib, or here."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import joblib

from nasapi.crew import Crew
from nasapi.errors import InvalidOption, NotAvailable, StudyError, near
from nasapi.fences import Fence
from nasapi.jobs import Limits, Task

BACKENDS = ("loky", "dask", "ray", "inline")
"""Worker processes on this machine; a dask or a ray cluster; this process, for a debugger."""
_ROUND = 64  # runs on ray between two times of recording
_PACKAGES = {"dask": ("distributed",), "ray": ("ray", "ray.util.joblib")}


class Pool(Protocol):
    """What does the jobs of a study."""

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome as it ends, in any order."""


def check(backend: str, address: str | None, limits: Limits) -> None:
    """Raise InvalidOption or NotAvailable, before anything is done, for a backend that cannot be used as asked."""
    if backend not in BACKENDS:
        raise InvalidOption(f"No backend {backend!r}. {near(backend, BACKENDS)}")
    if address is not None and backend not in _PACKAGES:
        raise InvalidOption(f"Backend {backend!r} works on this machine and takes no address, but got {address!r}.")
    if limits and backend != "loky":
        raise InvalidOption(
            f"Backend {backend!r} cannot limit the time of an `ask` or an evaluation; leave that out or use 'loky'."
        )
    for module in _PACKAGES.get(backend, ()):
        _optional(module, backend)


@contextmanager
def connected(backend: str, workers: int, address: str | None, limits: Limits) -> Iterator[Pool]:
    """A pool to use for a while; raises NotAvailable where no scheduler answers at `address`."""
    check(backend, address, limits)
    if backend == "loky":
        with Crew(workers, limits) as crew:
            yield crew
    elif backend == "inline":
        yield Inline()
    else:
        with _cluster(backend, workers, address), joblib.parallel_config(backend, n_jobs=-1 if address else workers):
            yield Cluster(backend)


class Inline:
    """Does every job in this process, where a debugger sees it, and where a crash ends the study."""

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome, one after the other."""
        for task in tasks:
            yield task()


class Cluster:
    """Does jobs through the joblib backend that is configured.

    A cluster does not say whose job killed a worker. What is left when it reports a death is halved until single jobs
    are left; one that fails by itself, on a cluster that does other work, has failed.
    """

    def __init__(self, backend: str):
        self._backend = backend

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome, in any order."""
        size = _ROUND if self._backend == "ray" else max(len(tasks), 1)  # ray gives results only all at once
        every = list(range(len(tasks)))
        stack = [every[start : start + size] for start in range(0, len(tasks), size)][::-1]
        while stack:
            numbers = stack.pop()
            with Fence(GeneratorExit) as fence:
                for number, outcome in self._outcomes([(number, tasks[number]) for number in numbers]):
                    numbers.remove(number)
                    yield outcome
            if fence.error is None:
                continue
            if len(numbers) == 1:
                self._require_answer(fence.reason)
                yield tasks[numbers[0]].failed(f"its worker on the {self._backend} cluster died: {fence.reason}")
            else:
                half = len(numbers) // 2
                stack += [part for part in (numbers[half:], numbers[:half]) if part]

    def _outcomes(self, numbered: Sequence[tuple[int, Task]]) -> Iterator[tuple[int, Any]]:
        parallel = joblib.Parallel(return_as="list" if self._backend == "ray" else "generator_unordered")
        yield from parallel(joblib.delayed(_call)(number, task) for number, task in numbered)

    def _require_answer(self, reason: str) -> None:
        """Raise StudyError where the cluster does not do any job."""
        with Fence() as fence:
            joblib.Parallel()([joblib.delayed(int)()])
            return
        raise StudyError(
            f"The {self._backend} cluster does no more work: {reason}; asked again, it said {fence.reason}. What is "
            "done is recorded; run the study again."
        )


def _call(number: int, task: Task) -> tuple[int, Any]:
    return number, task()


def _cluster(backend: str, workers: int, address: str | None) -> AbstractContextManager[Any]:
    if backend == "dask":
        return _dask(workers, address)
    return _ray(workers, address) if backend == "ray" else nullcontext()


@contextmanager
def _dask(workers: int, address: str | None) -> Iterator[None]:
    distributed = _optional("distributed", "dask")
    if address is not None:
        with Fence() as fence:
            client = distributed.Client(address, timeout=10)
        if fence.error is not None:
            raise NotAvailable(f"No dask scheduler answers at {address!r}: {fence.reason}") from fence.error
    else:
        client = distributed.Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with client:
        yield


@contextmanager
def _ray(workers: int, address: str | None) -> Iterator[None]:
    ray = _optional("ray", "ray")
    _optional("ray.util.joblib", "ray").register_ray()
    if address is not None:
        with Fence() as fence:
            ray.init(address=address)
        if fence.error is not None:
            raise NotAvailable(f"No ray cluster answers at {address!r}: {fence.reason}") from fence.error
    else:
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    try:
        yield
    finally:
        ray.shutdown()


def _optional(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise NotAvailable(
            f"Backend {extra!r} needs a package that is not installed; install it with pip install 'nasapi[{extra}]'."
        ) from error
