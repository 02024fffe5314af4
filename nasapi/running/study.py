"""The study: a grid of benchmarks, strategies and seeds, run on any number of workers and kept in a store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from attrs import evolve

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NotAvailable, StoreError, StudyError, UnknownId, how_to_install, near
from nasapi.frames import Framed, html_of
from nasapi.history import History
from nasapi.plugins.loading import load_benchmark, load_strategy
from nasapi.plugins.origins import origin_of, owner_of
from nasapi.plugins.trust import require_registered
from nasapi.running.grid import describe_failures, distinct, part_of, seeds_of, several
from nasapi.running.identity import benchmark_summaries, strategy_summaries
from nasapi.running.isolation import Limits
from nasapi.running.leaderboard import Leaderboard, leaderboards, trials_of
from nasapi.running.participants import made_benchmark, made_strategy
from nasapi.running.recorded import RecordedRuns
from nasapi.running.workers.backends import Backend, Inline, check, check_parallel, connected, try_strategies
from nasapi.running.workers.evaluating import BackendEvaluator
from nasapi.running.workers.jobs import Failure, Job, TimeLimits
from nasapi.running.workers.parcels import pack_runs
from nasapi.running.workers.recording import Destination, Unrecorded
from nasapi.safety.whole_numbers import whole
from nasapi.storage.merging import JoinedStores
from nasapi.storage.preparing import known_of
from nasapi.storage.rows import RunKey
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.strategy import MakesStrategy, spec_of
from nasapi.words import counted

Progress = Callable[[int, int, History | None], None]
"""Told after each run: how many are done, how many there are, and the run; first with None."""


class Study(Framed):
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
        made = [made_benchmark(item) for item in several("benchmarks", benchmarks)]
        makers = [made_strategy(item) for item in several("strategies", strategies)]
        distinct("benchmark", [item.spec for item in made])
        distinct("strategy", [spec_of(maker) for maker in makers])
        batch = whole(batch, 1, wanted="A batch has at least 1 trial")
        known = known_of(store)
        benchmark_entries = benchmark_summaries(made, known.benchmarks.values())
        strategy_entries = strategy_summaries(makers, known.strategies.values())
        self._made = {benchmark_entries[benchmark.spec].spec: benchmark for benchmark in made}
        self._makers = {strategy_entries[spec_of(maker)].spec: maker for maker in makers}
        self.trusted = True
        """Whether a person named what is run; a study opened from a store loads only what plugins register."""
        self._set_up(
            list(benchmark_entries.values()),
            list(strategy_entries.values()),
            seeds_of(seeds),
            None if store is None else Path(store),
            batch,
        )
        for entries in (benchmark_entries, strategy_entries):
            self._recorded_as |= {given: entry.spec for given, entry in entries.items()}

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
        self.path = None if path is None else path.absolute()  # strategies may change the working folder
        self._strategies = tuple(strategies)
        self._recorded_as: dict[str, str] = {}
        self._runs = RecordedRuns(self.path)

    @classmethod
    def open(cls, store: str | os.PathLike[str], *more: str | os.PathLike[str], trusted: bool = False) -> Self:
        """The study that a store on disk holds, whole or in part; needs none of its plugins until it is run on.

        Several stores are read as one study, which cannot be run on: `nasapi merge` makes one store of them.

        Of what the store names only ids that installed plugins register are loaded: a store may come from anybody.
        `trusted=True` says that it is your own, and loads `module:name` and files too.
        """
        opened, study = JoinedStores([store, *more]) if more else Store(store), cls.__new__(cls)
        study._made, study._makers, study.trusted = {}, {}, trusted
        path = opened.path if isinstance(opened, Store) else None
        study._set_up(opened.benchmarks, opened.strategies, opened.seeds, path, opened.batch)
        study._runs.store = opened
        return study

    def run(
        self,
        jobs: int = 1,
        backend: str = "loky",
        address: str | None = None,
        progress: Progress | None = None,
        isolate: bool | Limits = False,
        *,
        ask_seconds: float | None = None,
        evaluate_seconds: float | None = None,
        shard: tuple[int, int] | None = None,
        parallel: int | None = None,
    ) -> Self:
        """Do every run that is not recorded, and give the study.

        `jobs` worker processes on this machine ("loky"), or a cluster: backend "dask" or "ray" with the `address` of a
        scheduler; "inline" is this process, for a debugger. A run that raises, kills its process, or takes longer than
        `ask_seconds` for an `ask` or `evaluate_seconds` for an evaluation does not keep others from being done;
        StudyError then says which failed and why, and has them as `failures`. `isolate` gives each run's strategy a
        process of its own, within `Limits` where they are given. `shard`, such as (3, 20), does the third of twenty
        parts of the grid: twenty processes on any machines that share the disk of the store do it all. `parallel` does
        one run after the other here, and evaluates so many trials of its batch at a time in worker processes, one or
        more: for objectives that really train. An evaluation that kills its process or takes too long is then a failed
        trial rather than a failed run, and the latter is charged the seconds that it was allowed.
        """
        if isinstance(self._runs.store, JoinedStores):
            raise StoreError("A study of several stores is read alone; make one store of them with nasapi merge.")
        jobs = whole(jobs, 1, wanted="A study needs at least 1 job")
        if isolate and ask_seconds is not None:  # the strategy's own process is then what ends
            isolate, ask_seconds = Limits(ask_seconds, isolate.memory if isinstance(isolate, Limits) else None), None
        limits = TimeLimits(ask_seconds, evaluate_seconds)
        check(backend, address, limits, jobs)
        if parallel is not None:
            parallel = whole(parallel, 1, wanted="A study evaluates at least 1 trial at a time")
            check_parallel(parallel, jobs, self.batch, backend, limits)
        wanted, missing = part_of(self._keys(), self.seeds, shard), self.missing(shard)
        self._require_registered()
        self._load_strategies()
        self._summarise()
        parcels = pack_runs(missing, self._made, self._makers, here=backend == "inline" or parallel is not None)
        with connected(backend, parallel or jobs, address, limits) as workers:
            performer = workers if parallel is None else Inline()
            evaluator = None if parallel is None else partial(BackendEvaluator, backend=workers)
            try_strategies(performer, parcels, isolate)
            store = None
            if self.path is not None:
                store = Store.prepare(self.path, self.benchmarks, self._strategies, self.seeds, self.batch)
            self._runs.store = store
            try:
                here = isinstance(performer, Inline)
                jobs_to_do = [
                    Job(
                        parcels["benchmark", benchmark],
                        parcels["strategy", strategy],
                        seed,
                        batch=self.batch,
                        isolate=isolate,
                        destination=None if store is None or here else Destination.of(store),
                        evaluator=evaluator,
                    )
                    for benchmark, strategy, seed in missing
                ]
                failures = self._perform(performer, jobs_to_do, len(wanted), progress)
            finally:
                self._runs.close()
        if failures:
            raise StudyError(describe_failures(failures, len(wanted)), failures)
        return self

    @property
    def offered_by(self) -> dict[str, str]:
        """What each strategy's code came from, by its spec: as the store records it, where there is one."""
        return {strategy.spec: strategy.offered_by for strategy in self._strategies}

    def missing(self, shard: tuple[int, int] | None = None) -> list[RunKey]:
        """The runs that are not done, of the grid or of one of so many parts of it, in the order they are done in."""
        done = set(self._recorded())
        return [key for key in part_of(self._keys(), self.seeds, shard) if key not in done]

    def histories(self, benchmark: str | None = None, strategy: str | None = None) -> list[History]:
        """The runs done so far, of one benchmark or strategy or of all, ordered by benchmark, strategy and seed."""
        names = [item.spec for item in self.benchmarks]
        benchmark, strategy = (name and self._recorded_as.get(name, name) for name in (benchmark, strategy))
        for kind, name, known in (("benchmark", benchmark, names), ("strategy", strategy, list(self.strategies))):
            if name is not None and name not in known:
                raise UnknownId(f"The study has no {kind} {name!r}. {near(name, known)}")
        return [self._runs.read(key) for key in self._recorded(benchmark, strategy)]

    def benchmark(self, spec: str) -> Benchmark:
        """One of the study's benchmarks itself, the one its runs are made on; loaded when it is first wanted.

        Raises UnknownId where the study has none of that spec, or only a store names it and no plugin registers it.
        """
        spec = self._recorded_as.get(spec, spec)
        if spec not in self._made:
            names = [item.spec for item in self.benchmarks]
            if spec not in names:
                raise UnknownId(f"The study has no benchmark {spec!r}. {near(spec, names)}")
            if not self.trusted:
                require_registered("benchmark", spec, f"store {str(self.path)!r}")
            self._made[spec] = load_benchmark(spec)
        return self._made[spec]

    def report(self, folder: str | os.PathLike[str]) -> Any:
        """Write the report of what is done so far into a folder; raises NotAvailable without nasapi-report."""
        try:
            from nasapi_report import write_report
        except ImportError as error:
            raise NotAvailable(
                f"A report needs nasapi-report, which is not installed; {how_to_install('nasapi-report')}, or read "
                "Study.leaderboards()."
            ) from error
        return write_report(self, Path(folder))

    def leaderboards(self) -> list[Leaderboard]:
        """How the strategies stand at the end of the runs done so far, one for each benchmark, best mean first."""
        return leaderboards(self)

    def leaderboard(self, benchmark: str | None = None) -> Leaderboard:
        """The leaderboard of one benchmark, which need not be named where the study has but one.

        Raises NotAvailable where none of its runs is done.
        """
        names = [item.spec for item in self.benchmarks]
        if benchmark is None and len(names) > 1:
            raise InvalidOption(f"The study has {len(names)} benchmarks; name one: {', '.join(map(repr, names))}.")
        name = names[0] if benchmark is None else self._recorded_as.get(benchmark, benchmark)
        if not self.histories(name):
            raise NotAvailable(f"No run on {name!r} is done yet; run the study.")
        return next(board for board in self.leaderboards() if board.benchmark == name)

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name, a row a trial of the runs done so far: `benchmark`, `strategy`, `seed`, then the history's.

        A metric that a run did not record is NaN in its rows.
        """
        return trials_of(self.histories())

    def __len__(self) -> int:
        """How many runs the grid has."""
        return len(self.benchmarks) * len(self.strategies) * len(self.seeds)

    def __repr__(self) -> str:
        done = len(self._recorded())
        size = (
            counted(len(self.benchmarks), "benchmark", "benchmarks"),
            counted(len(self.strategies), "strategy", "strategies"),
            counted(len(self.seeds), "seed", "seeds"),
        )
        return f"<study of {size[0]}, {size[1]} and {size[2]}: {done} of {len(self)} runs done>"

    def _repr_html_(self) -> str:
        """What a notebook shows: how many runs of each strategy are done on each benchmark."""
        counts = {
            strategy: [f"{len(self._recorded(item.spec, strategy))} of {len(self.seeds)}" for item in self.benchmarks]
            for strategy in self.strategies
        }
        return html_of("Runs done", {"benchmark": [item.spec for item in self.benchmarks], **counts})

    def _perform(self, backend: Backend, jobs: Sequence[Job], total: int, progress: Progress | None) -> list[Failure]:
        """Do what is missing of `total` runs; gives the runs that failed."""
        failures: dict[RunKey, Failure] = {}
        done = total - len(jobs)
        if progress is not None:
            progress(done, total, None)
        for outcome in backend.perform(jobs):
            key = (outcome.benchmark, outcome.strategy, outcome.seed)
            if isinstance(outcome, Failure):
                failures[key] = outcome
                continue
            if isinstance(outcome, Unrecorded):
                raise StoreError(outcome.message)
            if isinstance(outcome, History):
                self._runs.keep(key, outcome)
            done += 1
            if progress is not None:
                recorded = outcome if isinstance(outcome, History) else self._runs.read_from(outcome.shard, key)
                progress(done, total, recorded)
        return [failures[key] for key in sorted(failures)]

    def _require_registered(self) -> None:
        """Raise UnknownId for what a store names and no plugin registers, unless a person trusts the store."""
        if self.trusted:
            return
        for item in self.benchmarks:
            require_registered("benchmark", item.spec, f"store {str(self.path)!r}")
        for spec in self.strategies:
            require_registered("strategy", spec, f"store {str(self.path)!r}")

    def _load_strategies(self) -> None:
        """Load the strategies that only a store has named so far."""
        for spec in self.strategies:
            if spec not in self._makers:
                self._makers[spec] = load_strategy(spec)

    def _summarise(self) -> None:
        """Write down benchmarks and strategies as they are now, which a store compares with what it has of them."""
        self.benchmarks = tuple(self._summary(item.spec) for item in self.benchmarks)
        self._strategies = tuple(StrategySummary(spec, origin_of(self._makers[spec])) for spec in self.strategies)

    def _summary(self, spec: str) -> BenchmarkSummary:
        """A benchmark as it is now, under the spec that runs record."""
        made = self.benchmark(spec)
        return evolve(BenchmarkSummary.of(made, owner_of("benchmark", made.spec)), spec=spec)

    def _keys(self, benchmark: str | None = None, strategy: str | None = None) -> Iterator[RunKey]:
        for item in self.benchmarks:
            if benchmark in (None, item.spec):
                for name in self.strategies:
                    if strategy in (None, name):
                        for seed in self.seeds:
                            yield item.spec, name, seed

    def _recorded(self, benchmark: str | None = None, strategy: str | None = None) -> list[RunKey]:
        """The runs that are done, of one benchmark or strategy or of all."""
        return self._runs.among(self._keys(benchmark, strategy))
