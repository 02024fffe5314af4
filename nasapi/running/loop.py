"""The one loop that brings a strategy and a benchmark together, and the one place that counts the budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from time import perf_counter

import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.guard import Guard
from nasapi.history import History
from nasapi.plugins.loading import load_benchmark, load_strategy
from nasapi.plugins.origins import registered
from nasapi.problem import Problem
from nasapi.running.asked import require_trials
from nasapi.running.isolation import IsolatedStrategy, Limits, isolated
from nasapi.running.ledger import Ledger, recorded_level
from nasapi.running.observers import Audience
from nasapi.running.telling import tell
from nasapi.running.workers.phases import Notify, nobody
from nasapi.safety.whole import whole
from nasapi.strategy import MakesStrategy as MakesStrategy
from nasapi.strategy import Strategy
from nasapi.strategy import spec_of as spec_of
from nasapi.trial import Result, Trial


def run(
    benchmark: Benchmark | str,
    strategy: MakesStrategy | str,
    *,
    seed: int,
    batch: int = 1,
    observers: Sequence[object] = (),
    resume: History | None = None,
    isolate: bool | Limits = False,
    notify: Notify = nobody,
) -> History:
    """Run a strategy on a benchmark until the budget is spent or the strategy asks for nothing more.

    Both are objects or specs, `run("nb201/cifar10-v1", "evolution[population=50]", seed=0)`. `batch` is the most trials
    asked for at once. `seed` decides everything random: the strategy's generator and the noise. `observers` are objects
    with any of the methods of `nasapi.plugins.hooks` that tell of runs; one that raises is dropped with a line on
    stderr. `resume` replays a recorded run of the same benchmark, strategy, seed and batch, then goes on from its end.
    `isolate` keeps the strategy in a process of its own, which is sent the problem and no table, within `Limits` where
    they are given; the history is the same. `notify` is told of each phase as the run enters it.
    """
    benchmark, strategy = made_benchmark(benchmark), made_strategy(strategy)
    batch, seed = (
        whole(batch, 1, wanted="A batch has at least 1 trial"),
        whole(seed, wanted="A seed is a whole number from 0"),
    )
    if isinstance(observers, str) or not isinstance(observers, Iterable):
        raise InvalidOption(f"Observers are a list of objects, not {observers!r:.80}.")
    if resume is not None and not isinstance(resume, History):
        raise InvalidOption(f"A run is resumed from a History, not from {resume!r:.80}.")
    problem, name = benchmark.problem, spec_of(strategy)
    strategy_seed, noise_seed = np.random.SeedSequence(seed).spawn(2)
    strategy = isolated(strategy, isolate)
    with ExitStack() as closing:
        guard = Guard(problem, name, benchmark.objective)
        closing.callback(guard.close)
        notify("make")
        guard.enter("its making")
        try:
            searcher = strategy(problem, np.random.default_rng(strategy_seed))
        finally:
            guard.leave()
        if isinstance(searcher, IsolatedStrategy):
            closing.enter_context(searcher)
        check_support(searcher, benchmark, name)
        notify("follow")
        return _run(benchmark, searcher, guard, name, seed, noise_seed, batch, observers, resume, notify)


def _run(
    benchmark: Benchmark,
    searcher: Strategy,
    guard: Guard,
    name: str,
    seed: int,
    noise_seed: np.random.SeedSequence,
    batch: int,
    observers: Sequence[object],
    resume: History | None,
    notify: Notify,
) -> History:
    """The loop of `run`, with the strategy made."""
    problem = benchmark.problem
    noise = int(noise_seed.generate_state(1, np.uint64)[0])
    ledger = Ledger(benchmark)
    audience = Audience(observers)
    audience.notify("nasapi_run_started", benchmark=benchmark, strategy=name, seed=seed)
    ended = "budget"
    while room := ledger.room(batch):
        start = perf_counter()
        notify("ask")
        guard.enter("`ask`")
        try:
            trials = searcher.ask(room)
        finally:
            guard.leave()
        asked = perf_counter()
        notify("evaluate")
        if guard.sightings:
            guard.require_no_sighting()
        require_trials(trials, room, problem, name)
        if not trials:
            ended = "strategy"
            break
        results = _replayed(resume, trials, len(ledger), problem, name) if resume is not None else None
        if results is None:
            results = benchmark.evaluate(trials, noise)
        before = len(ledger)
        kept = ledger.record(results)
        told = perf_counter()
        notify("tell")
        guard.enter("`tell`")
        try:
            tell(searcher, kept, name, ledger.rows[before:], before)
        finally:
            guard.leave()
        ledger.timed(len(kept), asked - start + perf_counter() - told)
        notify("follow")
        if guard.sightings:
            guard.require_no_sighting()
        if audience.has_listener("nasapi_result"):
            for result in kept:
                audience.notify_result(result)
    guard.require_no_sighting()
    history = ledger.history(name, seed, batch, "repeats" if ledger.stuck else ended)
    audience.notify("nasapi_run_finished", history=history)
    return history


def made_benchmark(benchmark: Benchmark | str) -> Benchmark:
    """The benchmark itself or by its spec; raises InvalidOption for anything else."""
    if isinstance(benchmark, str):
        return load_benchmark(benchmark)
    if isinstance(benchmark, Benchmark):
        return benchmark
    raise InvalidOption(f"A benchmark is a spec such as 'toy/formula-v1' or a Benchmark, not {benchmark!r:.80}.")


def made_strategy(strategy: MakesStrategy | str) -> MakesStrategy:
    """What makes the strategy, by its spec too, under the name that runs record.

    Raises InvalidOption for a strategy that is made already.
    """
    if isinstance(strategy, str):
        return load_strategy(strategy)
    if callable(strategy) and not isinstance(strategy, Strategy):
        return registered(strategy)
    raise InvalidOption(
        f"A strategy is a spec such as 'random', or a class that is called with problem and rng, not {strategy!r:.80}."
    )


def check_support(strategy: Strategy, benchmark: Benchmark, name: str) -> None:
    """Raise InvalidOption where a benchmark needs what the strategy, recorded as `name`, does not support."""
    supported = strategy.features if isinstance(strategy, IsolatedStrategy) else strategy.supports
    if unsupported := benchmark.problem.features - supported:
        raise InvalidOption(
            f"Strategy {name!r} does not support {' or '.join(sorted(unsupported))}, which {benchmark.id} needs."
        )


def _replayed(resume: History, trials: list[Trial], start: int, problem: Problem, name: str) -> list[Result] | None:
    """The recorded results of these trials, None once the record has ended."""
    if start + len(trials) > len(resume):
        return None
    results = []
    for row, trial in enumerate(trials, start):
        asked, recorded = (
            (*trial.arch.code, recorded_level(problem, trial)),
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
