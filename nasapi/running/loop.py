"""The one loop that brings a strategy and a benchmark together, and how one seed becomes the generators of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.guard import Guard
from nasapi.history import History
from nasapi.running.conversation import Conversation
from nasapi.running.isolation import IsolatedStrategy, Limits, isolated
from nasapi.running.ledger import Ledger
from nasapi.running.observers import Audience
from nasapi.running.participants import check_support, made_benchmark, made_strategy, with_workers
from nasapi.running.phases import Notify, without_notice
from nasapi.running.resuming import EvaluateTrials, resumed
from nasapi.running.simulated_clock import by_clock
from nasapi.safety.whole_numbers import whole
from nasapi.space import Codes
from nasapi.strategy import MakesStrategy, spec_of
from nasapi.trial import Result, Trial


class TrialEvaluator(Protocol):
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
    notify: Notify = without_notice,
    evaluator: TrialEvaluator | None = None,
) -> History:
    """Run a strategy on a benchmark until the budget is spent or the strategy asks for no more trials.

    Both are objects or specs, `run("nb201/cifar10-v1", "evolution[population=50]", seed=0)`. `batch` is the most trials
    asked for at once. `workers` evaluate at a time on a simulated clock, by default the benchmark's, which are 1: the
    strategy is asked whenever one is free and told results in the order in which they are complete. `seed` decides
    everything random: the strategy's generator and the noise. `observers` are objects with any of the methods of
    `nasapi.plugins.hooks` that tell of runs; one that raises is dropped with a line on stderr. `resume` replays a
    recorded run of the same benchmark, strategy, seed and batch, then goes on from its end. `isolate` keeps the
    strategy in a process of its own, which is sent the problem and no table, within `Limits` where they are given; the
    history is the same. `notify` is called with each phase as the run enters it. `evaluator` evaluates in place of the
    benchmark, in other processes.
    """
    benchmark, make_strategy = made_benchmark(benchmark), made_strategy(strategy)
    if workers is not None:
        benchmark = with_workers(benchmark, workers)
    batch = whole(batch, 1, wanted="A batch has at least 1 trial")
    seed = whole(seed, wanted="A seed is a whole number from 0")
    _check_extras(observers, resume, notify, evaluator)
    problem, name = benchmark.problem, spec_of(make_strategy)
    handed = problem.copy()  # for the strategy alone: what it makes of it is nobody else's
    make_strategy = isolated(make_strategy, isolate)
    strategy_seed, noise_seed = np.random.SeedSequence(seed).spawn(2)
    with ExitStack() as closing:
        guard = closing.enter_context(Guard(problem, name, benchmark.objective))
        notify("make")
        guard.enter("its making")
        try:
            made = make_strategy(handed, np.random.default_rng(strategy_seed))
        finally:
            guard.leave()
        if isinstance(made, IsolatedStrategy):
            closing.enter_context(made)
        check_support(made, benchmark, name)
        notify("follow")
        ledger, audience = Ledger(benchmark), Audience(observers)
        conversation = Conversation(made, name, problem, ledger, guard, audience, notify)
        audience.notify("nasapi_run_started", benchmark=benchmark, strategy=name, seed=seed)
        evaluator = benchmark if evaluator is None else evaluator
        ended = _converse(conversation, _with_noise(evaluator, noise_seed), batch, resume)
        guard.require_no_sighting()
        history = ledger.history(name, seed, batch, ended, evaluator.look_up)
        audience.notify("nasapi_run_finished", history=history)
    if not handed.same_as(problem):
        raise InterfaceError(
            f"Strategy {name!r} changed its problem, which was {problem.statement}; a strategy reads its problem and "
            "leaves it as it is."
        )
    return history


def _check_extras(observers: object, resume: object, notify: object, evaluator: object) -> None:
    """Raise InvalidOption for what a run can do without, if it is there and of the wrong kind."""
    if isinstance(observers, str) or not isinstance(observers, Iterable):
        raise InvalidOption(f"Observers are a list of objects, not {observers!r:.80}.")
    if resume is not None and not isinstance(resume, History):
        raise InvalidOption(f"A run is resumed from a History, not from {resume!r:.80}.")
    if not callable(notify):
        raise InvalidOption(f"`notify` is a function that is called with each phase, not {notify!r:.80}.")
    if evaluator is not None and not hasattr(evaluator, "evaluate"):
        raise InvalidOption(f"An evaluator is a benchmark or stands in its place, not {evaluator!r:.80}.")


def _with_noise(evaluator: TrialEvaluator, seed: np.random.SeedSequence) -> EvaluateTrials:
    """What evaluates trials with the noise of a run."""
    noise = int(seed.generate_state(1, np.uint64)[0])

    def evaluate(trials: list[Trial], first: int) -> list[Result]:
        return evaluator.evaluate(trials, noise)

    return evaluate


def _converse(conversation: Conversation, evaluate: EvaluateTrials, batch: int, resume: History | None) -> str:
    """Ask, evaluate and tell to the end of the run, after what was recorded of it; gives why it ended."""
    ledger = conversation.ledger
    if resume is not None:
        evaluate = resumed(resume, conversation.problem, conversation.name, evaluate)
    if ledger.benchmark.workers == 1:
        ended = _in_turn(conversation, evaluate, batch)
    else:
        ended = by_clock(conversation, evaluate, batch, ledger.benchmark.workers)
    return "repeats" if ledger.stuck else ended


def _in_turn(conversation: Conversation, evaluate: EvaluateTrials, batch: int) -> str:
    """Ask for batches, evaluate each one trial after the other, tell all of it; gives why the run ended."""
    ledger = conversation.ledger
    while room := ledger.room(batch):
        trials = conversation.ask(room)
        if not trials:
            return "strategy"
        conversation.tell(ledger.record(evaluate(trials, len(ledger))))
    return "budget"
