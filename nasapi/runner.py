"""The one loop that brings a strategy and a benchmark together, and the one place that counts the budget."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from time import perf_counter
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.asked import require_trials
from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.history import History
from nasapi.isolation import Isolated, IsolatedStrategy
from nasapi.isolation import Limits as Limits
from nasapi.loading import load_benchmark, load_strategy
from nasapi.observers import Audience
from nasapi.problem import Problem
from nasapi.strategy import MakesStrategy as MakesStrategy
from nasapi.strategy import Strategy
from nasapi.strategy import spec_of as spec_of
from nasapi.trial import Result, Trial

_REPEATS_A_NETWORK = 50  # trials for each network of a "unique" budget before a run that only repeats is ended


def run(
    benchmark: Benchmark | str,
    strategy: MakesStrategy | str,
    *,
    seed: int,
    batch: int = 1,
    observers: Sequence[object] = (),
    resume: History | None = None,
    isolate: bool | Limits = False,
) -> History:
    """Run a strategy on a benchmark until the budget is spent or the strategy asks for nothing more.

    Both are objects or specs, `run("nb201/cifar10-v1", "evolution[population=50]", seed=0)`. `batch` is the most trials
    asked for at once. `seed` decides everything random: the strategy's generator and the noise. `observers` are objects
    with any of the methods of `nasapi.hooks` that tell of runs; one that raises is dropped with a line on stderr.
    `resume` replays a recorded run of the same benchmark, strategy, seed and batch, then goes on from its end.
    `isolate` keeps the strategy in a process of its own, which is sent the problem and no table, within `Limits` where
    they are given; the history is the same.
    """
    benchmark = load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    strategy = load_strategy(strategy) if isinstance(strategy, str) else strategy
    if batch < 1:
        raise InvalidOption(f"A batch has at least 1 trial, not {batch}.")
    if seed < 0:
        raise InvalidOption(f"A seed is a whole number from 0, not {seed}.")
    problem, name = benchmark.problem, spec_of(strategy)
    strategy_seed, noise_seed = np.random.SeedSequence(seed).spawn(2)
    if isolate:
        strategy = Isolated(strategy, isolate if isinstance(isolate, Limits) else Limits())
    with ExitStack() as closing:
        searcher = strategy(problem, np.random.default_rng(strategy_seed))
        if isinstance(searcher, IsolatedStrategy):
            closing.enter_context(searcher)
        check_support(searcher, benchmark, name)
        return _run(benchmark, searcher, name, seed, noise_seed, batch, observers, resume)


def _run(
    benchmark: Benchmark,
    searcher: Strategy,
    name: str,
    seed: int,
    noise_seed: np.random.SeedSequence,
    batch: int,
    observers: Sequence[object],
    resume: History | None,
) -> History:
    """The loop of `run`, with the strategy made."""
    problem = benchmark.problem
    noise = int(noise_seed.generate_state(1, np.uint64)[0])
    ledger = _Ledger(benchmark)
    audience = Audience(observers)
    audience.tell("nasapi_run_started", benchmark=benchmark, strategy=name, seed=seed)
    ended = "budget"
    while room := ledger.room(batch):
        start = perf_counter()
        trials = searcher.ask(room)
        asked = perf_counter()
        require_trials(trials, room, problem, name)
        if not trials:
            ended = "strategy"
            break
        results = _replayed(resume, trials, len(ledger.results), problem, name) if resume is not None else None
        if results is None:
            results = benchmark.evaluate(trials, noise)
        kept = ledger.record(results)
        told = perf_counter()
        searcher.tell(kept)
        ledger.timed(len(kept), asked - start + perf_counter() - told)
        if audience.hears("nasapi_result"):
            for result in kept:
                audience.tell("nasapi_result", result=result)
    history = ledger.history(name, seed, batch, "repeats" if ledger.stuck else ended)
    audience.tell("nasapi_run_finished", history=history)
    return history


def check_support(strategy: Strategy, benchmark: Benchmark, name: str) -> None:
    """Raise InvalidOption where a benchmark needs what the strategy, recorded as `name`, does not support."""
    supported = strategy.features if isinstance(strategy, IsolatedStrategy) else strategy.supports
    if unsupported := benchmark.problem.features - supported:
        raise InvalidOption(
            f"Strategy {name!r} does not support {' or '.join(sorted(unsupported))}, which {benchmark.id} needs."
        )


@define
class _Ledger:
    """Counts what a run spends and keeps what it heard."""

    benchmark: Benchmark
    results: list[Result] = field(factory=list)
    seconds: list[NDArray[np.float64]] = field(factory=list)
    spent: float = 0.0
    stuck: bool = False
    networks: set[bytes] = field(factory=set)

    def room(self, batch: int) -> int:
        """How many trials may be asked for next; 0 ends the run."""
        budget = self.benchmark.problem.budget
        if self.spent >= budget.limit or self.stuck:
            return 0
        return batch if budget.unit == "seconds" else min(batch, int(np.ceil(budget.limit - self.spent)))

    def record(self, results: list[Result]) -> list[Result]:
        """Charge and keep results; those that a budget of seconds would have cut off are dropped."""
        budget = self.benchmark.problem.budget
        if budget.unit == "trials":
            self.spent += len(results)
        elif budget.unit == "seconds":
            total = self.spent + np.cumsum([result.cost for result in results])
            within = int(np.searchsorted(total, budget.limit, side="right"))
            self.spent = budget.limit if within < len(results) else float(total[-1])
            results = results[:within]
        else:
            space = self.benchmark.problem.space
            canonical = space.canonical(space.codes([result.trial.arch for result in results]))
            self.networks.update(np.ascontiguousarray(row).tobytes() for row in canonical)
            self.spent = len(self.networks)
        self.results.extend(results)
        if budget.unit != "trials":  # free trials or repeats must not go on for ever
            self.stuck = len(self.results) >= _REPEATS_A_NETWORK * max(budget.limit, 1000)
        return results

    def timed(self, n: int, seconds: float) -> None:
        """Spread the strategy's own time over the trials it was spent on."""
        self.seconds.append(np.full(n, seconds / max(n, 1)))

    def history(self, strategy: str, seed: int, batch: int, ended: str) -> History:
        """The run as columns, with the report metrics of what it found."""
        benchmark, problem = self.benchmark, self.benchmark.problem
        codes = problem.codes(self.results)
        fidelity = np.array([_level(problem, result.trial) for result in self.results], np.int64)
        names = dict.fromkeys([*(g.name for g in problem.goals), *(c.metric for c in problem.constraints)])
        history = History(
            benchmark=benchmark.spec,
            strategy=strategy,
            seed=seed,
            batch=batch,
            goals=problem.goals,
            constraints=problem.constraints,
            codes=codes,
            fidelity=fidelity,
            values={name: np.array([r.values.get(name, np.nan) for r in self.results], np.float64) for name in names},
            cost=np.array([result.cost for result in self.results], np.float64),
            repeats={
                "code": _repeated(codes, fidelity),
                "network": _repeated(problem.space.canonical(codes), fidelity),
            },
            report={name: np.full(len(codes), np.nan) for name in benchmark.report},
            errors={row: result.error for row, result in enumerate(self.results) if result.error is not None},
            seconds=np.concatenate(self.seconds) if self.seconds else np.empty(0),
            optima=dict(benchmark.reference.optima),
            ended=ended,
        )
        found = history.front() if len(problem.goals) > 1 else np.unique(history.incumbents())
        found = found[found >= 0]
        for name, column in benchmark.look_up(codes[found], benchmark.report).items():
            history.report[name][found] = column
        return history


def _level(problem: Problem, trial: Trial) -> int:
    """The fidelity as recorded: -1 for the highest, however it was asked for."""
    if trial.fidelity is None or (problem.fidelity and trial.fidelity == problem.fidelity.levels[-1]):
        return -1
    return trial.fidelity


def _repeated(codes: NDArray[Any], fidelity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,): whether an earlier row has the same code and fidelity."""
    repeated = np.ones(len(codes), np.bool_)
    if len(codes):
        repeated[np.unique(np.column_stack([codes, fidelity]), axis=0, return_index=True)[1]] = False
    return repeated


def _replayed(resume: History, trials: list[Trial], start: int, problem: Problem, name: str) -> list[Result] | None:
    """The recorded results of these trials, None once the record has ended."""
    if start + len(trials) > len(resume):
        return None
    results = []
    for row, trial in enumerate(trials, start):
        asked, recorded = (
            (*trial.arch.code, _level(problem, trial)),
            (*resume.codes[row].tolist(), resume.fidelity[row]),
        )
        if asked != recorded:
            raise InterfaceError(
                f"Cannot resume: trial {row} of {name!r} was {list(map(int, recorded))} when recorded and is "
                f"{list(asked)} on replay (the last number is the fidelity, -1 the highest); "
                "the strategy, its options or its seed have changed."
            )
        values = {metric: float(column[row]) for metric, column in resume.values.items()}
        error = resume.errors.get(row)
        results.append(Result(trial, {} if error is not None else values, float(resume.cost[row]), error))
    return results
