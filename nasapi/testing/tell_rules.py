"""The rules of what a strategy must bear: orders, parts, failures, batches and problems of every kind."""

from __future__ import annotations

import copy
from heapq import heappop, heappush

from nasapi.benchmark import Benchmark
from nasapi.strategy import Strategy
from nasapi.testing import problems
from nasapi.testing.cases import stream
from nasapi.testing.pair import pair_v1
from nasapi.testing.play import Delivery, StrategyCase, answers, in_order, shuffled
from nasapi.testing.rules import Broken, Skipped, demand, rule
from nasapi.trial import ReadOnlyError, Result

_WORKERS, _TRIALS = 8, 24
TELL = "Take results: any subset of what was asked, in any order, failures included; they are not changed."


@rule("strategy/tell-any-order", TELL)
def tell_any_order(case: StrategyCase) -> None:
    """Results in another order than asked are taken, and the run goes on."""
    for benchmark in case.benchmarks:
        _survive(case, benchmark, "told in another order than asked", batch=6, delivery=shuffled)


@rule("strategy/tell-parts", TELL)
def tell_parts(case: StrategyCase) -> None:
    """A part of the results is told, more is asked for, and the rest is told later or never."""
    benchmark = case.small
    strategy = case.start(benchmark)
    waiting: list[Result] = []
    for number in range(6):
        try:
            asked = strategy.ask(4)
            results = answers(benchmark, asked)
            now = results[:3]
            waiting += results[3:] if number < 4 else []
            if number % 2 and waiting:
                now, waiting = [*now, waiting[0]], waiting[1:]
            strategy.tell(now)
        except Exception as error:
            raise Broken(f"told a part of what was asked, it raised {type(error).__name__}: {error}", number) from error


@rule(
    "strategy/asynchronous",
    "It may be asked whenever a worker is free, with any number of results outstanding, and told of each as it ends.",
)
def asynchronous(case: StrategyCase) -> None:
    """Eight workers that end in any order are given trials, and no run ends before half of what one would ask for."""
    benchmark = case.small
    alone = sum(len(step.asked) for step in case.steps(benchmark))
    strategy, durations = case.start(benchmark), stream(8)
    busy: list[tuple[float, int, Result]] = []
    now, asked = 0.0, 0
    try:
        while asked < _TRIALS:
            while len(busy) < _WORKERS and asked < _TRIALS:
                found = strategy.ask(min(_WORKERS - len(busy), _TRIALS - asked))
                if not found:
                    break
                for result in answers(benchmark, found):
                    heappush(busy, (now + durations.exponential(), asked, result))
                    asked += 1
            if not busy:
                break
            now, _, result = heappop(busy)
            strategy.tell([result])
    except Exception as error:
        what = f"with {len(busy)} results outstanding, it raised {type(error).__name__}: {error}"
        raise Broken(what, len(busy)) from error
    demand(
        2 * asked >= alone, f"with {_WORKERS} workers it ended the run after {asked} trials, alone after {alone}", asked
    )


@rule("strategy/one-result", "One result of many is enough to go on.")
def one_result(case: StrategyCase) -> None:
    """After one result of four, more can be asked for."""
    benchmark = case.small
    strategy = case.start(benchmark)
    strategy.tell(answers(benchmark, strategy.ask(4))[:1])
    try:
        strategy.ask(4)
    except Exception as error:
        raise Broken(f"after one result of four, ask raised {type(error).__name__}: {error}", 1) from error


@rule("strategy/all-fail", TELL)
def all_fail(case: StrategyCase) -> None:
    """A run in which every evaluation fails goes on."""
    _survive(case, problems.spoiled(case.small, "nan"), "with every evaluation failed")


@rule("strategy/some-fail", TELL)
def some_fail(case: StrategyCase) -> None:
    """A run in which half of the architectures fail goes on."""
    _survive(case, problems.spoiled(case.small, "half"), "with half of the evaluations failed")


@rule("strategy/results-unchanged", TELL)
def results_unchanged(case: StrategyCase) -> None:
    """Results are the same after `tell` as before."""
    strategy = case.start(case.small)
    for _ in range(5):
        results = answers(case.small, strategy.ask(4))
        before = copy.deepcopy([(result.values, result.cost, result.error, result.trial.arch) for result in results])
        order = list(results)
        try:
            strategy.tell(results)
        except ReadOnlyError as error:
            raise Broken(f"tell tried to change the results it was given: {error}") from error
        after = [(result.values, result.cost, result.error, result.trial.arch) for result in results]
        demand(results == order and before == after, "tell changed the results it was given")


@rule("strategy/constant", "Equal values everywhere are no error.")
def constant(case: StrategyCase) -> None:
    """A run on an objective of one value goes on."""
    _survive(case, problems.spoiled(case.small, "constant"), "with the same value everywhere")


@rule("strategy/batch-sizes", "`n` is any whole number from 1 and may differ from call to call.")
def batch_sizes(case: StrategyCase) -> None:
    """Batches of 1 and of 16 are asked for."""
    for batch in (1, 16):
        _survive(case, case.small, f"asked for {batch} at a time", batch=batch, trials=24)


@rule("strategy/batch-beyond-space", "`n` may be more than there are architectures.")
def batch_beyond_space(case: StrategyCase) -> None:
    """On a space of 22 architectures, 64 may be asked for."""
    _survive(case, case.on_toy(problems.plain()), "asked for 64 of 22 architectures", batch=64, trials=64)


@rule("strategy/space-exhausted", "When every architecture was asked, it repeats some or ends the run.")
def space_exhausted(case: StrategyCase) -> None:
    """After results of all 22 architectures of the toy space, the run goes on for three more batches or ends."""
    benchmark = case.on_toy(problems.plain())
    strategy = case.start(benchmark)
    evaluated: set[object] = set()
    beyond = 0
    for _ in range(30):
        beyond += len(evaluated) == 22
        if beyond > 3:
            return
        try:
            asked = strategy.ask(4)
            if not asked:
                return
            strategy.tell(answers(benchmark, asked))
        except Exception as error:
            what = f"after {len(evaluated)} of 22 architectures it raised {type(error).__name__}: {error}"
            raise Broken(what, len(evaluated)) from error
        evaluated |= {trial.arch for trial in asked}


@rule("strategy/no-fidelity", "It works on a problem without fidelities.")
def no_fidelity(case: StrategyCase) -> None:
    """A problem without fidelities is searched."""
    _survive(case, case.on_toy(problems.without_fidelity(pair_v1())), "on a problem without fidelities")


@rule("strategy/multi-objective", "What it says it supports, it can be run with.")
def multi_objective(case: StrategyCase) -> None:
    """A strategy that supports several goals searches for two."""
    _needs(case, "multi-objective")
    _survive(case, case.on_toy(problems.two_goals(pair_v1())), "with two goals")


@rule("strategy/constraints", "What it says it supports, it can be run with.")
def constraints(case: StrategyCase) -> None:
    """A strategy that supports constraints searches under one."""
    _needs(case, "constraints")
    _survive(case, case.on_toy(problems.constrained(pair_v1())), "under a constraint")


def _needs(case: StrategyCase, feature: str) -> None:
    if feature not in case.strategy_class.supports:
        raise Skipped(f"the strategy does not support {feature!r}")


def _survive(
    case: StrategyCase,
    benchmark: Benchmark,
    when: str,
    *,
    trials: int = 20,
    batch: int = 4,
    delivery: Delivery = in_order,
) -> None:
    """Play; a strategy that raises, in `ask` or in `tell`, has not survived."""
    strategy: Strategy = case.start(benchmark)
    try:
        case.play(benchmark, strategy, trials=trials, batch=batch, delivery=delivery)
    except Exception as error:
        raise Broken(f"{when}, it raised {type(error).__name__}: {error}") from error
