"""The one loop that brings a strategy and a benchmark together, and how one seed becomes the generators of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Protocol

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.guard import Guard
from nasapi.history import History
from nasapi.plugins.loading import load_benchmark, load_strategy
from nasapi.plugins.origins import registered
from nasapi.running.conversation import Conversation
from nasapi.running.isolation import IsolatedStrategy, Limits, isolated
from nasapi.running.ledger import Ledger
from nasapi.running.observers import Audience
from nasapi.running.phases import Notify, nobody
from nasapi.running.resuming import resumed
from nasapi.running.simulated_clock import by_clock, in_turn
from nasapi.safety.whole_numbers import whole
from nasapi.space import Codes
from nasapi.specs import Spec
from nasapi.strategy import MakesStrategy as MakesStrategy
from nasapi.strategy import Strategy
from nasapi.strategy import spec_of as spec_of
from nasapi.trial import Result, Trial


class Evaluator(Protocol):
    """What evaluates trials: a benchmark, or processes that do as it does."""

    def evaluate(self, trials: Sequence[Trial], seed: int | None = None) -> list[Result]:
        """A result for each trial, in order."""

    def look_up(self, codes: Codes, metrics: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """The expected values of any metrics at the highest fidelity, for reports."""


def run(
    benchmark: Benchmark | str,
    strategy: MakesStrategy | str,
    *,
    seed: int,
    batch: int = 1,
    workers: int | None = None,
    observers: Sequence[object] = (),
    resume: History | None = None,
    isolate: bool | Limits = False,
    notify: Notify = nobody,
    evaluator: Evaluator | None = None,
) -> History:
    """Run a strategy on a benchmark until the budget is spent or the strategy asks for nothing more.

    Both are objects or specs, `run("nb201/cifar10-v1", "evolution[population=50]", seed=0)`. `batch` is the most trials
    asked for at once. `workers` evaluate at a time on a simulated clock, by default the benchmark's, which are 1: the
    strategy is asked whenever one is free and told results in the order in which they are complete. `seed` decides
    everything random: the strategy's generator and the noise. `observers` are objects with any of the methods of
    `nasapi.plugins.hooks` that tell of runs; one that raises is dropped with a line on stderr. `resume` replays a
    recorded run of the same benchmark, strategy, seed and batch, then goes on from its end. `isolate` keeps the
    strategy in a process of its own, which is sent the problem and no table, within `Limits` where they are given; the
    history is the same. `notify` is told of each phase as the run enters it. `evaluator` evaluates in place of the
    benchmark, in other processes.
    """
    benchmark, strategy = made_benchmark(benchmark), made_strategy(strategy)
    if workers is not None:
        benchmark = with_workers(benchmark, workers)
    batch, seed = (
        whole(batch, 1, wanted="A batch has at least 1 trial"),
        whole(seed, wanted="A seed is a whole number from 0"),
    )
    if isinstance(observers, str) or not isinstance(observers, Iterable):
        raise InvalidOption(f"Observers are a list of objects, not {observers!r:.80}.")
    if resume is not None and not isinstance(resume, History):
        raise InvalidOption(f"A run is resumed from a History, not from {resume!r:.80}.")
    if not callable(notify):
        raise InvalidOption(f"Phases are told to a function of their name, not to {notify!r:.80}.")
    if evaluator is not None and not hasattr(evaluator, "evaluate"):
        raise InvalidOption(f"An evaluator is a benchmark or stands in its place, not {evaluator!r:.80}.")
    problem, name = benchmark.problem, spec_of(strategy)
    handed = problem.copy()  # for the strategy alone: what it makes of it is nobody else's
    strategy_seed, noise_seed = np.random.SeedSequence(seed).spawn(2)
    strategy = isolated(strategy, isolate)
    with ExitStack() as closing:
        guard = closing.enter_context(Guard(problem, name, benchmark.objective))
        notify("make")
        guard.enter("its making")
        try:
            searcher = strategy(handed, np.random.default_rng(strategy_seed))
        finally:
            guard.leave()
        if isinstance(searcher, IsolatedStrategy):
            closing.enter_context(searcher)
        check_support(searcher, benchmark, name)
        notify("follow")
        history = _run(
            benchmark, searcher, guard, name, seed, noise_seed, batch, observers, resume, notify, evaluator or benchmark
        )
    if not handed.same_as(problem):
        raise InterfaceError(
            f"Strategy {name!r} changed its problem, which was {problem.statement}; a strategy reads its problem and "
            "leaves it as it is."
        )
    return history


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
    evaluator: Evaluator,
) -> History:
    """The loop of `run`, with the strategy made."""
    noise = int(noise_seed.generate_state(1, np.uint64)[0])
    ledger, audience = Ledger(benchmark), Audience(observers)

    def evaluate(trials: list[Trial], first: int) -> list[Result]:
        return evaluator.evaluate(trials, noise)

    evaluates = evaluate if resume is None else resumed(resume, benchmark.problem, name, evaluate)
    talk = Conversation(searcher, name, benchmark.problem, ledger, guard, audience, notify)
    audience.notify("nasapi_run_started", benchmark=benchmark, strategy=name, seed=seed)
    if benchmark.workers == 1:
        ended = in_turn(talk, evaluates, batch)
    else:
        ended = by_clock(talk, evaluates, batch, benchmark.workers)
    guard.require_no_sighting()
    history = ledger.history(name, seed, batch, "repeats" if ledger.stuck else ended, evaluator.look_up)
    audience.notify("nasapi_run_finished", history=history)
    return history


def made_benchmark(benchmark: Benchmark | str) -> Benchmark:
    """The benchmark itself or by its spec; raises InvalidOption for anything else."""
    if isinstance(benchmark, str):
        return load_benchmark(benchmark)
    if isinstance(benchmark, Benchmark):
        return benchmark
    raise InvalidOption(f"A benchmark is a spec such as 'toy/formula-v1' or a Benchmark, not {benchmark!r:.80}.")


def with_workers(benchmark: Benchmark, workers: int) -> Benchmark:
    """The benchmark with so many workers on its clock, under the spec that says so."""
    if workers == benchmark.workers and not isinstance(workers, bool):
        return benchmark
    read = Spec.parse(benchmark.spec)
    options = {**read.options, "workers": workers}
    if workers == 1:
        del options["workers"]
    spec = Spec(read.id, options)
    clocked = evolve(benchmark, workers=workers, spec=str(spec))
    object.__setattr__(clocked, "loaded", benchmark.loaded)
    return clocked


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
