"""The study: a grid of benchmarks, strategies and seeds, run on any number of workers and kept in a store."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NasapiError, StrategyFailed, StudyError, UnknownId, near
from nasapi.history import History
from nasapi.isolation import IsolatedStrategy, Limits, isolated
from nasapi.loading import load_benchmark, load_strategy
from nasapi.origins import origin_of, owner_of
from nasapi.pool import Failure, Job, WorkersDied, perform, portable_benchmark, portable_strategy
from nasapi.runner import MakesStrategy, check_support, spec_of
from nasapi.store import Store
from nasapi.summary import BenchmarkSummary, StrategySummary

Progress = Callable[[int, int, History | None], None]
"""Told after each run: how many are done, how many there are, and the run; first with None."""

Key = tuple[str, str, int]
_ATTEMPTS = 3  # rounds in which workers die and nothing gets done, before a study gives up


class Study:
    """A grid of runs: every strategy on every benchmark with every seed.

    What it gives is the same for any number of workers, any order and any interruption. With a store every run is
    kept as it ends, and `run` does what is missing; without one it is kept in memory.
    """

    def __init__(
        self,
        benchmarks: Iterable[Benchmark | str],
        strategies: Iterable[MakesStrategy | str],
        seeds: int | Iterable[int] = 30,
        store: str | os.PathLike[str] | None = None,
        batch: int = 1,
    ):
        """Set the grid up; nothing is run or written yet.

        Benchmarks and strategies are objects or specs. `seeds` are that many from 0, or the seeds themselves.
        """
        made = [load_benchmark(item) if isinstance(item, str) else item for item in benchmarks]
        makers = [load_strategy(item) if isinstance(item, str) else item for item in strategies]
        _distinct("benchmark", [item.spec for item in made])
        _distinct("strategy", [spec_of(maker) for maker in makers])
        if batch < 1:
            raise InvalidOption(f"A batch has at least 1 trial, not {batch}.")
        self._made = {benchmark.spec: benchmark for benchmark in made}
        self._makers = {spec_of(maker): maker for maker in makers}
        self._set_up(
            [BenchmarkSummary.of(item, owner_of("benchmark", item.spec)) for item in made],
            [StrategySummary(spec, origin_of(maker)) for spec, maker in self._makers.items()],
            _seeds(seeds),
            None if store is None else Path(store),
            batch,
        )

    def _set_up(
        self,
        benchmarks: Sequence[BenchmarkSummary],
        strategies: Sequence[StrategySummary],
        seeds: tuple[int, ...],
        path: Path | None,
        batch: int,
    ) -> None:
        self.benchmarks = tuple(benchmarks)
        """What the runs are on, as summaries that need no plugin."""
        self.strategies = tuple(strategy.spec for strategy in strategies)
        """The strategies' specs."""
        self.seeds = seeds
        self.batch = batch
        self.path = path
        self._strategies = tuple(strategies)
        self._store: Store | None = None
        self._kept: dict[Key, History] = {}

    @classmethod
    def open(cls, store: str | os.PathLike[str]) -> Self:
        """The study that a store on disk holds, whole or in part; needs none of its plugins until it is run on."""
        opened, study = Store(store), cls.__new__(cls)
        study._made, study._makers = {}, {}
        study._set_up(opened.benchmarks, opened.strategies, opened.seeds, opened.path, opened.batch)
        study._store = opened
        return study

    def run(
        self,
        jobs: int = 1,
        backend: str = "loky",
        address: str | None = None,
        progress: Progress | None = None,
        isolate: bool | Limits = False,
    ) -> Self:
        """Do every run that is not recorded, and give the study.

        `jobs` worker processes on this machine ("loky"), or a cluster: backend "dask" or "ray" with the `address` of a
        scheduler. A run that raises does not keep others from being done; StudyError then says which failed and why.
        `isolate` gives each run's strategy a process of its own, within `Limits` where they are given.
        """
        if jobs < 1:
            raise InvalidOption(f"A study needs at least 1 job, not {jobs}.")
        self._load()
        self._try_strategies(isolate)
        if self.path is not None:
            self._store = Store.prepare(self.path, self.benchmarks, self._strategies, self.seeds, self.batch)
        with self._store.writing() if self._store else nullcontext():
            failures = self._perform(jobs, backend, address, progress, isolate)
        if failures:
            first = failures[0]
            raise StudyError(
                f"{len(failures)} of {len(self)} runs failed and are not recorded; the first is seed {first.seed} of "
                f"{first.strategy!r} on {first.benchmark!r}: {first.message}"
            )
        return self

    def histories(self, benchmark: str | None = None, strategy: str | None = None) -> list[History]:
        """The runs done so far, of one benchmark or strategy or of all, ordered by benchmark, strategy and seed."""
        names = [item.spec for item in self.benchmarks]
        for kind, name, known in (("benchmark", benchmark, names), ("strategy", strategy, list(self.strategies))):
            if name is not None and name not in known:
                raise UnknownId(f"The study has no {kind} {name!r}. {near(name, known)}")
        wanted = [key for key in self._keys() if benchmark in (None, key[0]) and strategy in (None, key[1])]
        return [self._read(key) for key in wanted if self._done(key)]

    def report(self, folder: str | os.PathLike[str]) -> Any:
        """Write the report of what is done so far into a folder."""
        from nasapi.report import write_report

        return write_report(self, Path(folder))

    def __len__(self) -> int:
        """How many runs the grid has."""
        return len(self.benchmarks) * len(self.strategies) * len(self.seeds)

    def __repr__(self) -> str:
        done = sum(map(self._done, self._keys()))
        return (
            f"<study of {len(self.benchmarks)} benchmarks, {len(self.strategies)} strategies and "
            f"{len(self.seeds)} seeds: {done} of {len(self)} runs done>"
        )

    def _perform(
        self, jobs: int, backend: str, address: str | None, progress: Progress | None, isolate: bool | Limits
    ) -> list[Failure]:
        """Do what is missing, again where workers died; gives the runs that raised."""
        missing = {key for key in self._keys() if not self._done(key)}
        failures: dict[Key, Failure] = {}
        ordered = sorted(missing, key=lambda key: (self.seeds.index(key[2]), *key[:2]))  # a seed's runs together
        tell = progress or (lambda done, total, history: None)
        tell(len(self) - len(missing), len(self), None)
        alone = jobs == 1 and backend == "loky"
        todo, deaths = self._jobs(ordered, alone, isolate), 0
        while todo:
            left = len(missing)
            try:
                for outcome in perform(todo, jobs, backend, address):
                    key = (outcome.benchmark, outcome.strategy, outcome.seed)
                    missing.discard(key)
                    if isinstance(outcome, Failure):
                        failures[key] = outcome
                        continue
                    self._keep(key, outcome)
                    tell(len(self) - len(missing) - len(failures), len(self), outcome)
                break
            except WorkersDied as error:
                deaths = deaths + 1 if len(missing) == left else 0
                if deaths == _ATTEMPTS:
                    raise StudyError(
                        f"Worker processes died {deaths} times running with {len(missing)} of {len(self)} runs to do: "
                        f"{_first_sentence(error)} What is done is recorded; run the study again with fewer jobs."
                    ) from error
                todo = [job for job in todo if (*job.names, job.seed) in missing]
        return [failures[key] for key in sorted(failures)]

    def _jobs(self, keys: Sequence[Key], alone: bool, isolate: bool | Limits) -> list[Job]:
        """A job for each key; benchmarks and strategies go to other processes by spec where that is the same."""
        benchmarks: dict[str, Any] = dict(self._made)
        strategies: dict[str, Any] = dict(self._makers)
        if keys and not alone:
            benchmarks = {spec: portable_benchmark(made) for spec, made in benchmarks.items()}
            strategies = {spec: portable_strategy(maker) for spec, maker in strategies.items()}
        return [Job(benchmarks[b], strategies[s], seed, self.batch, (b, s), isolate) for b, s, seed in keys]

    def _load(self) -> None:
        """Load what a study opened from a store names."""
        for benchmark in self.benchmarks:
            if benchmark.spec not in self._made:
                self._made[benchmark.spec] = load_benchmark(benchmark.spec)
        for spec in self.strategies:
            if spec not in self._makers:
                self._makers[spec] = load_strategy(spec)
        self.benchmarks = tuple(
            BenchmarkSummary.of(self._made[item.spec], owner_of("benchmark", item.spec)) for item in self.benchmarks
        )
        self._strategies = tuple(StrategySummary(spec, origin_of(self._makers[spec])) for spec in self.strategies)

    def _try_strategies(self, isolate: bool | Limits) -> None:
        """Make each strategy that has runs to do, so that one refused everywhere ends the study before it starts."""
        for spec in {key[1]: None for key in self._keys() if not self._done(key)}:
            refusals = (_refusal(self._makers[spec], made, isolate) for made in self._made.values())
            first = next(refusals)
            if first is not None and all(refusals):  # making stops at the first benchmark that takes it
                raise first

    def _keys(self) -> Iterator[Key]:
        for benchmark in self.benchmarks:
            for strategy in self.strategies:
                for seed in self.seeds:
                    yield benchmark.spec, strategy, seed

    def _reader(self) -> Store | None:
        """The store if it is there, which before `run` it need not be."""
        if self._store is None and self.path is not None and (self.path / "zarr.json").exists():
            self._store = Store(self.path)
        return self._store

    def _done(self, key: Key) -> bool:
        store = self._reader()
        return key in self._kept if store is None else store.holds(*key) and store.done(*key)

    def _read(self, key: Key) -> History:
        store = self._reader()
        return self._kept[key] if store is None else store.read(*key)

    def _keep(self, key: Key, history: History) -> None:
        if self._store is None:
            self._kept[key] = history
        else:
            self._store.record(history)


def _refusal(maker: MakesStrategy, benchmark: Benchmark, isolate: bool | Limits) -> NasapiError | None:
    """Why a strategy or its options are refused, None where they are not; an error of its own is left to the runs."""
    try:
        strategy = isolated(maker, isolate)(benchmark.problem, np.random.default_rng(0))
        with strategy if isinstance(strategy, IsolatedStrategy) else nullcontext():
            check_support(strategy, benchmark, spec_of(maker))
    except StrategyFailed:
        return None
    except NasapiError as error:
        return error
    except (Exception, SystemExit):
        return None
    return None


def _seeds(seeds: int | Iterable[int]) -> tuple[int, ...]:
    try:
        chosen = tuple(range(seeds)) if isinstance(seeds, int) else tuple(operator.index(seed) for seed in seeds)
    except TypeError as error:
        raise InvalidOption(f"Seeds are a number of them or whole numbers from 0, not {seeds!r:.80}.") from error
    if not chosen or min(chosen) < 0 or len(set(chosen)) < len(chosen):
        raise InvalidOption(f"Seeds are at least one whole number from 0, each once, not {seeds!r:.80}.")
    return chosen


def _distinct(kind: str, names: Sequence[str]) -> None:
    if not names:
        raise InvalidOption(f"A study needs at least one {kind}, and none was given.")
    for name in names:
        if names.count(name) > 1:
            raise InvalidOption(f"Two of the {kind} entries are called {name!r}; give each its own name or options.")


def _first_sentence(error: Exception) -> str:
    return str(error).strip().partition(". ")[0].partition("\n")[0].rstrip(".") + "."
