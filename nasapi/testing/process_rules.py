"""The rules of another process: an object that is made there, where text has other hashes, gives the same."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from nasapi.encoder import Decoder, LearnedEncoder
from nasapi.testing.cases import EncoderCase, SpaceCase, stream
from nasapi.testing.evaluation_cases import BenchmarkCase, Counted, ObjectiveCase
from nasapi.testing.other_process import Look, first_difference, seen_elsewhere
from nasapi.testing.play import StrategyCase, trace
from nasapi.testing.rules import Skipped, demand, rule

FEW = 6
"""On how many codes an encoder learns."""


@rule("space/process", "Another process gives the same codes, graphs and strings.")
def space(case: SpaceCase) -> None:
    """A space gives there what it gives here."""
    _compare(case, _of_space)


@rule("encoder/process", "Another process gives the same features.")
def encoder(case: EncoderCase) -> None:
    """An encoder gives, and learns, there what it does here."""
    needs_patience(case)
    _compare(case, _of_encoder)


@rule("objective/process", "Another process gives the same values.")
def objective(case: ObjectiveCase) -> None:
    """An objective gives there what it gives here."""
    _needs_determinism(case)
    _compare(case, _of_objective, case)


@rule("benchmark/process", "Another process gives the same results.")
def benchmark(case: BenchmarkCase) -> None:
    """A benchmark gives there what it gives here."""
    _needs_determinism(case.objective_case)
    _compare(case, _of_benchmark, case.objective_case)


@rule("strategy/process", "Another process asks the same trials.")
def strategy(case: StrategyCase) -> None:
    """A strategy asks there what it asks here."""
    _compare(case, _of_strategy)


def _needs_determinism(case: ObjectiveCase) -> None:
    """Raise Skipped for an objective that measures when it is asked."""
    if not case.objective.deterministic:
        raise Skipped("the objective measures when it is asked, and says that it is not deterministic")


def needs_patience(case: EncoderCase) -> None:
    """Raise Skipped for an encoder that learns too slowly to be made a few times more."""
    if not case.patient:
        raise Skipped("fitting the encoder takes too long to be done once more")


def _compare(case: Any, look: Callable[[Any], Look], counted: ObjectiveCase | None = None) -> None:
    if not case.makes:
        raise Skipped("nobody said how to make it in another process")
    before = counted.objective.left if counted and isinstance(counted.objective, Counted) else 0
    here = look(case)
    if counted and isinstance(counted.objective, Counted):  # what is evaluated there is counted here
        counted.objective.take(before - counted.objective.left)
    for number, make in enumerate(case.makes):
        limited = counted is not None and counted.evaluations is not None
        if number and (limited or first_difference(here, look(make()))):
            continue  # what its class alone makes is another object
        name = first_difference(here, seen_elsewhere(make, look))
        demand(name is None, f"in a process with another hash seed, {name} is different", name)


def _of_space(case: SpaceCase) -> Look:
    space, codes = case.space, case.codes
    graphs = space.graphs(codes.copy())
    return {
        "operations": (space.id, tuple(space.cardinalities), tuple(space.operations)),
        "sample": space.sample(32, stream(7)),
        "canonical": space.canonical(codes.copy()),
        "mutate": space.mutate(codes.copy(), stream(8)),
        "crossover": space.crossover(codes.copy(), codes[::-1].copy(), stream(9)),
        "neighbors": np.concatenate([space.neighbors(code.copy()) for code in case.few[:3]]),
        "graphs": np.concatenate([graphs.ops, graphs.adjacency.reshape(len(codes), -1)], axis=1),
        "format": [space.format(code.copy()) for code in case.few],
        "enumerate": next(itertools.chain(space.enumerate(256), [None])) if case.countable else None,
    }


def _of_encoder(case: EncoderCase) -> Look:
    codes = case.codes
    decoder = case.made
    if isinstance(decoder, LearnedEncoder):  # on few codes, for it learns once more here and there
        codes = codes[:FEW]
        decoder = copy.deepcopy(decoder).fit(codes.copy(), stream())
    features = np.asarray(decoder.encode(codes.copy()))
    return {
        "encode": features,
        "decode": decoder.decode(features, stream(7)) if isinstance(decoder, Decoder) else None,
    }


def _of_objective(case: ObjectiveCase) -> Look:
    codes = case.steady
    names = [*(metric.name for metric in case.objective.metrics), "cost"]
    found: dict[str, Any] = {"metrics": case.objective.metrics}
    for level in case.levels:
        columns = case.objective.evaluate(codes.copy(), level)
        found |= {f"{name} at {level}" if level else name: columns[name] for name in names}
    if case.objective.stochastic:
        columns = case.objective.evaluate(codes.copy(), None, case.noise(len(codes)))
        found |= {f"{name} with noise": columns[name] for name in names}
    return found


def _of_benchmark(case: BenchmarkCase) -> Look:
    results = case.benchmark.evaluate(case.benchmark.problem.trials(case.objective_case.steady), 0)
    observed = sorted({name for result in results for name in result.values})
    columns = {name: np.array([result.values.get(name, np.nan) for result in results]) for name in observed}
    return {"optima": dict(case.benchmark.reference.optima), **columns}


def _of_strategy(case: StrategyCase) -> Look:
    return {"ask": trace(case.steps(case.small))}
