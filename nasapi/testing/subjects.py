"""The subjects of a check: what a space, a class, a function or a factory gives to be tested, and makes again."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
from attrs import frozen

from nasapi.benchmark import Benchmark
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption
from nasapi.objective import Objective
from nasapi.plugins.loading import load_strategy
from nasapi.running.portable import portable_strategy
from nasapi.space import SearchSpace
from nasapi.strategy import MakesStrategy, Strategy, StrategyFactory
from nasapi.testing.cases import EncoderCase, SpaceCase
from nasapi.testing.evaluation_cases import BenchmarkCase, ObjectiveCase
from nasapi.testing.pair import pair_v1
from nasapi.testing.play import StrategyCase
from nasapi.testing.toy import Toy


@frozen(eq=False)
class Subject:
    """One object under test: its kind, a readable name, and the case that its rules are called with."""

    kind: str
    name: str
    case: Callable[[], Any]
    """Gives the case; called once, and its errors count as failures of each rule."""


def subjects(
    thing: object,
    *,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
    evaluations: int | None = None,
) -> Iterator[Subject]:
    """The objects under test that `thing` is or makes; an encoder class is one for each space."""
    played = [pair_v1()] if benchmarks is None else list(benchmarks)
    target = getattr(thing, "func", thing)  # a functools.partial of a class
    if isinstance(thing, SearchSpace):
        yield Subject("space", thing.id, remade(SpaceCase, thing))
    elif isinstance(thing, Encoder):
        yield Subject("encoder", f"{type(thing).__name__}({thing.space.id})", remade(EncoderCase, thing))
    elif isinstance(thing, Objective):
        name = f"{type(thing).__name__}({thing.space.id})"
        yield Subject("objective", name, remade(functools.partial(ObjectiveCase, evaluations=evaluations), thing))
    elif isinstance(thing, Benchmark):
        yield Subject("benchmark", thing.spec, remade(functools.partial(BenchmarkCase, evaluations=evaluations), thing))
    elif isinstance(thing, StrategyFactory):
        of_strategy = functools.partial(StrategyCase, benchmarks=played)
        again = functools.partial(_of_spec, of_strategy, portable_strategy(thing))
        yield Subject("strategy", thing.spec, remade(of_strategy, thing, again))
    elif isinstance(target, type) and issubclass(target, Strategy):
        yield Subject("strategy", target.__name__, remade(functools.partial(StrategyCase, benchmarks=played), thing))
    elif callable(thing):
        yield from _made(thing, [Toy()] if spaces is None else spaces, evaluations)
    else:
        raise InvalidOption(
            f"The kit cannot test {thing!r:.80}; "
            "give a space, encoder, objective, strategy or benchmark, or what makes one."
        )


def remade(make: Callable[[Any], Any], thing: object, *others: Callable[[], Any]) -> Callable[[], Any]:
    """Make the case of a thing, which knows how to be made again: of that thing, and of what its class makes alone."""

    def case() -> Any:
        found = make(thing)
        again: list[Callable[[], Any]] = list(others) or [functools.partial(make, thing)]
        if not others and not callable(thing) and not isinstance(thing, Benchmark) and _takes_nothing(type(thing)):
            again.append(functools.partial(_of_class, make, type(thing)))
        found.makes = tuple(again)
        return found

    return case


def _of_class(make: Callable[[Any], Any], kind: type) -> Any:
    return make(kind())


def _takes_nothing(kind: type) -> bool:
    """Whether a class is called without arguments, and can be in no other way."""
    start = kind.__init__  # type: ignore[misc]
    return start is object.__init__ or len(inspect.signature(start).parameters) == 1


def _made(make: Callable[..., Any], spaces: Sequence[SearchSpace], evaluations: int | None) -> Iterator[Subject]:
    """What a function or class makes: of a space where it needs an argument, else of nothing."""
    needed = [
        parameter
        for parameter in inspect.signature(make).parameters.values()
        if parameter.default is parameter.empty and parameter.kind in (0, 1)  # positional
    ]
    if needed:
        for space in spaces:
            thing = make(space)
            if isinstance(thing, Encoder):
                of_space = functools.partial(EncoderCase, make=make)
                again = functools.partial(_of_space, of_space, make, space)
                yield Subject("encoder", f"{type(thing).__name__}({space.id})", remade(of_space, thing, again))
            else:
                yield from subjects(thing, evaluations=evaluations)
        return
    thing = make()
    if isinstance(thing, Benchmark):
        of_made = functools.partial(BenchmarkCase, make=make, evaluations=evaluations)
        yield Subject("benchmark", thing.spec, remade(of_made, thing, functools.partial(_of_function, of_made, make)))
    elif callable(thing):
        raise InvalidOption(f"{make!r:.80} gives another function; wanted an object that the kit can test.")
    else:
        for subject in subjects(thing, evaluations=evaluations):
            kinds: dict[str, Any] = {
                "space": SpaceCase,
                "objective": functools.partial(ObjectiveCase, evaluations=evaluations),
            }
            if (of_kind := kinds.get(subject.kind)) is None:
                yield subject
            else:
                again = functools.partial(_of_function, of_kind, make)
                yield attrs.evolve(subject, case=remade(of_kind, thing, again))


def _of_function(make_case: Callable[[Any], Any], make: Callable[[], Any]) -> Any:
    return make_case(make())


def _of_spec(make_case: Callable[[Any], Any], strategy: str | MakesStrategy) -> Any:
    return make_case(load_strategy(strategy) if isinstance(strategy, str) else strategy)


def _of_space(make_case: Callable[[Any], Any], make: Callable[..., Any], space: SearchSpace) -> Any:
    return make_case(make(space))


def once(make: Callable[[], Any]) -> Callable[[], Any]:
    """Call `make` at the first use, and give its answer or raise its error from then on."""
    made: list[tuple[Any, Exception | None]] = []

    def case() -> Any:
        if not made:
            try:
                made.append((make(), None))
            except Exception as error:
                made.append((None, error))
        if made[0][1] is not None:
            raise made[0][1]
        return made[0][0]

    return case
