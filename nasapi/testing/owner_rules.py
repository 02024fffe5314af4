"""The rules of whose a result is: its caller may write into it, and nothing else changes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import numpy as np

from nasapi.space import Codes
from nasapi.testing.cases import EncoderCase, SpaceCase, stream
from nasapi.testing.evaluation_cases import ObjectiveCase
from nasapi.testing.play import StrategyCase, answers, demand_same, trace
from nasapi.testing.rules import close, demand, on_rows, rule


@rule("space/results-own", "What a method gives is the caller's own: writing into it changes nothing else.")
def space_results(case: SpaceCase) -> None:
    """Writing into what a method gave changes neither the codes it was given nor what it gives next."""
    space = case.space
    uses: dict[str, Callable[[Codes], Iterable[Any]]] = {
        "valid": lambda codes: [space.valid(codes)],
        "canonical": lambda codes: [space.canonical(codes)],
        "sample": lambda codes: [space.sample(len(codes), stream())],
        "mutate": lambda codes: [space.mutate(codes, stream())],
        "crossover": lambda codes: [space.crossover(codes, codes, stream())],
        "neighbors": lambda codes: [space.neighbors(codes[0])],
        "graphs": lambda codes: [space.graphs(codes).ops, space.graphs(codes).adjacency],
        "parse": lambda codes: [space.parse(space.format(codes[0]))],
    }
    for (name, use), codes in product(uses.items(), (case.codes, np.array(space.canonical(case.codes)))):
        given = codes.copy()
        before = [np.array(part) for part in use(codes.copy())]
        _scribble(use(given))
        demand(np.array_equal(given, codes), f"what {name} gives is a view of the codes it was given")
        same = all(np.array_equal(one, other) for one, other in zip(before, use(codes.copy()), strict=True))
        demand(same, f"what {name} gives is a view of what it keeps")


@rule(
    "space/arrays-kept",
    "An array that is an attribute of a space cannot be written to: whoever has the space shares it.",
)
def space_arrays(case: SpaceCase) -> None:
    """Public attributes that are arrays are read-only."""
    space = case.space
    for name in dir(space):
        if not name.startswith("_") and not isinstance(inspect.getattr_static(space, name), property):
            kept = getattr(space, name)
            writable = isinstance(kept, np.ndarray) and kept.flags.writeable
            demand(not writable, f"{name} can be written to; set its `flags.writeable` to False")


@rule("encoder/results-own", "What `encode` gives is the caller's own: writing into it changes nothing else.")
def encoder_results(case: EncoderCase) -> None:
    """Writing into features changes neither the codes nor what the encoder gives next."""
    given = case.codes
    before = np.array(case.encoder.encode(given.copy()))
    _scribble([np.asarray(case.encoder.encode(given))])
    demand(np.array_equal(given, case.codes), "the features are a view of the codes")
    demand(close(before, case.encoder.encode(given)), "the features are a view of what the encoder keeps")


@rule("encoder/repeats", "The same codes always have the same features, whatever was encoded in between.")
@on_rows
def encoder_repeats(case: EncoderCase, codes: Codes) -> None:
    """Codes have their features after others of the same number were encoded, and in another order."""
    before = np.array(case.encoder.encode(codes.copy()))
    others = codes[::-1]
    demand(close(np.asarray(case.encoder.encode(others.copy()))[::-1], before), "features depend on the order of codes")
    rolled = np.roll(codes, 1, axis=0)
    given = codes.copy()
    case.encoder.encode(given)
    given[:] = rolled  # the same array with other codes in it
    expected = np.roll(before, 1, axis=0)
    demand(close(case.encoder.encode(given), expected), "features are those of what the array held before")
    demand(close(case.encoder.encode(codes.copy()), before), "features change once others were encoded")


@rule("objective/results-own", "Columns are the caller's own: writing into them changes nothing else.")
def objective_results(case: ObjectiveCase) -> None:
    """Writing into columns does not change what is given next."""
    codes = case.codes
    before = {name: np.array(column) for name, column in case.objective.evaluate(codes.copy()).items()}
    _scribble(case.objective.evaluate(codes.copy()).values())
    after = case.objective.evaluate(codes.copy())
    for name in before.keys() - {"error"}:
        demand(close(before[name], after[name]), f"column {name!r} is a view of what the objective keeps")


@rule("strategy/list-own", "The list is the caller's own.")
def list_own(case: StrategyCase) -> None:
    """A strategy whose lists are emptied after `ask` asks what it asks otherwise."""
    benchmark = case.small
    steps = case.steps(benchmark)
    strategy = case.start(benchmark)
    asked = []
    for step in steps:
        trials = strategy.ask(step.n)
        asked += [(trial.arch.code, trial.fidelity) for trial in trials]
        results = answers(benchmark, list(trials))
        if isinstance(trials, list):
            trials.clear()
        strategy.tell(results)
    demand_same(trace(steps), asked, "a run whose lists are emptied after `ask` parts from one whose are not")


@rule("strategy/alone", "Strategies know nothing of each other.")
def alone(case: StrategyCase) -> None:
    """A strategy that takes turns with another asks what it asks alone."""
    benchmark = case.small
    steps = case.steps(benchmark)
    strategy, other = (case.start(benchmark, seed) for seed in (0, 4))
    asked = []
    for step in steps:
        for each in (other, strategy):
            trials = each.ask(step.n)
            each.tell(answers(benchmark, trials))
        asked += [(trial.arch.code, trial.fidelity) for trial in trials]
    demand_same(trace(steps), asked, "a run beside another parts from the same run alone")


def _scribble(parts: Iterable[Any]) -> None:
    """Change every number of arrays that can be written to."""
    for part in parts:
        if isinstance(part, np.ndarray) and part.flags.writeable and part.dtype != np.object_:
            part[...] = ~part if part.dtype == np.bool_ else part + 1
