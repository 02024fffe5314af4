"""The workers of a study: many runs through joblib on one machine or many, each given back as it ends."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import attrs
import joblib
from attrs import frozen
from joblib.externals.loky.process_executor import BrokenProcessPool

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.history import History
from nasapi.isolation import Limits
from nasapi.loading import load_benchmark, load_strategy
from nasapi.observers import plugin_observers
from nasapi.portable import portable_strategy as portable_strategy
from nasapi.runner import MakesStrategy, run
from nasapi.summary import BenchmarkSummary

BACKENDS = ("loky", "dask", "ray")
_ROUND = 64  # runs on ray between two times of recording


class WorkersDied(Exception):
    """Worker processes were killed, and the runs they had are lost."""


@frozen
class Job:
    """One run to do; benchmark and strategy as their spec where a worker can load them by it, else as they are."""

    benchmark: str | Benchmark
    strategy: str | MakesStrategy
    seed: int
    batch: int
    names: tuple[str, str]
    """The specs of benchmark and strategy, however they are sent."""
    isolate: bool | Limits = False
    """Whether the strategy gets a process of its own, and within which limits."""

    def __call__(self) -> History | Failure:
        """The run's history, or how it failed."""
        try:
            benchmark = _loaded(self.benchmark) if isinstance(self.benchmark, str) else self.benchmark
            strategy = load_strategy(self.strategy) if isinstance(self.strategy, str) else self.strategy
            history = run(
                benchmark,
                strategy,
                seed=self.seed,
                batch=self.batch,
                observers=plugin_observers(),
                isolate=self.isolate,
            )
            return attrs.evolve(history, benchmark=self.names[0], strategy=self.names[1])
        except (Exception, SystemExit) as error:
            return Failure(*self.names, self.seed, f"{type(error).__name__}: {error}")


@frozen
class Failure:
    """A run that raised."""

    benchmark: str
    strategy: str
    seed: int
    message: str


def portable_benchmark(benchmark: Benchmark) -> str | Benchmark:
    """The benchmark's spec if loading that gives the same, else the benchmark."""
    try:
        again = _loaded(benchmark.spec)
    except Exception:
        return benchmark
    same = BenchmarkSummary.of(again) == BenchmarkSummary.of(benchmark)
    return benchmark.spec if same and type(again.objective) is type(benchmark.objective) else benchmark


def perform(jobs: Sequence[Job], workers: int, backend: str, address: str | None) -> Iterator[History | Failure]:
    """Every job's outcome as it ends, in any order; raises WorkersDied where processes were killed."""
    if backend not in BACKENDS:
        raise InvalidOption(f"No backend {backend!r}. {near(backend, BACKENDS)}")
    if address is not None and backend == "loky":
        raise InvalidOption(f"Backend 'loky' works on this machine and takes no address, but was given {address!r}.")
    if backend == "loky" and workers == 1:
        yield from (job() for job in jobs)
        return
    with (
        _cluster(backend, workers, address),
        joblib.parallel_config(backend, n_jobs=workers if address is None else -1),
    ):
        try:
            if backend == "ray":  # whose joblib backend gives results only all at once
                for start in range(0, len(jobs), _ROUND):
                    yield from joblib.Parallel()(joblib.delayed(_call)(job) for job in jobs[start : start + _ROUND])
            else:
                parallel = joblib.Parallel(return_as="generator_unordered")
                yield from parallel(joblib.delayed(_call)(job) for job in jobs)
        except BrokenProcessPool as error:
            raise WorkersDied(str(error)) from error


def _call(job: Job) -> History | Failure:
    return job()


@functools.lru_cache(maxsize=8)
def _loaded(spec: str) -> Benchmark:
    """The benchmark, loaded once in each process."""
    return load_benchmark(spec)


def _cluster(backend: str, workers: int, address: str | None) -> AbstractContextManager[Any]:
    if backend == "dask":
        return _dask(workers, address)
    return _ray(workers, address) if backend == "ray" else nullcontext()


@contextmanager
def _dask(workers: int, address: str | None) -> Iterator[None]:
    distributed = _optional("distributed", "dask")
    if address is not None:
        try:
            client = distributed.Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise NotAvailable(f"No dask scheduler answers at {address!r}: {error}") from error
    else:
        client = distributed.Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with client:
        yield


@contextmanager
def _ray(workers: int, address: str | None) -> Iterator[None]:
    ray = _optional("ray", "ray")
    _optional("ray.util.joblib", "ray").register_ray()
    if address is not None:
        ray.init(address=address)
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
