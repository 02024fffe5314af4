"""The kit: all rules, which of them are for what, and what they come to for an object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from attrs import frozen

from nasapi.benchmark import Benchmark
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.objective import Objective
from nasapi.space import SearchSpace
from nasapi.strategy import MakesStrategy, Strategy, StrategyFactory
from nasapi.testing import (
    benchmark_rules,
    encoder_rules,
    graph_rules,
    membership_rules,
    objective_rules,
    plugin_rules,
    space_rules,
    strategy_rules,
    tell_rules,
)
from nasapi.testing.cases import BenchmarkCase, EncoderCase, ObjectiveCase, SpaceCase
from nasapi.testing.pair import pair_v1
from nasapi.testing.play import StrategyCase
from nasapi.testing.report import Outcome, Report
from nasapi.testing.rules import Rule, Skipped, rules_in
from nasapi.testing.toy import Toy

RULES: tuple[Rule, ...] = rules_in(
    space_rules,
    membership_rules,
    graph_rules,
    encoder_rules,
    objective_rules,
    strategy_rules,
    tell_rules,
    benchmark_rules,
    plugin_rules,
)
"""All rules, by kind."""


@frozen(eq=False)
class Subject:
    """One object under test: its kind, a readable name, and the case that its rules are called with."""

    kind: str
    name: str
    case: Callable[[], Any]
    """Gives the case; called once, and its errors count as failures of each rule."""

    def rules(self, rules: Collection[str] | None = None) -> tuple[Rule, ...]:
        """The rules of its kind, or those of them that are named."""
        own = tuple(rule for rule in RULES if rule.kind == self.kind)
        return own if rules is None else tuple(rule for rule in own if rule.id in rules)


def check(
    thing: object,
    *,
    rules: Collection[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
) -> Report:
    """What the rules come to for a space, encoder, objective, strategy or benchmark.

    `thing` is an object, or what makes one: a class, a strategy factory, a function that gives a benchmark, an encoder
    class that takes a space. Strategies are played on `benchmarks`, by default pairs of toy cells; encoder classes are
    tried on `spaces`, by default the toy space. `rules` limits the rules to those ids. `expected_failures` gives the
    reason for each rule that is known to fail; a rule named there that passes has failed. Raises InvalidOption where an
    id is no rule or `thing` is nothing that the kit knows.
    """
    expected = dict(expected_failures or {})
    known_rules([*expected, *(rules or ())])
    return report_on(list(subjects(thing, benchmarks=benchmarks, spaces=spaces)), rules, expected)


def report_on(found: Sequence[Subject], rules: Collection[str] | None, expected: Mapping[str, str]) -> Report:
    """What the rules come to for subjects, one after the other."""
    outcomes = [
        outcome(rule, case, expected.get(rule.id))
        for subject in found
        for case in [once(subject.case)]
        for rule in subject.rules(rules)
    ]
    return Report(", ".join(subject.name for subject in found), tuple(outcomes))


def outcome(rule: Rule, case: Callable[[], Any], expected: str | None = None) -> Outcome:
    """Run one rule; an expected failure has a reason, and is a failure where the rule passes."""
    try:
        rule.test(case())
    except (Skipped, NotAvailable) as reason:
        return Outcome(rule, "skipped", str(reason))
    except Exception as error:
        what = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        example = getattr(error, "example", None)
        if expected is not None:
            return Outcome(rule, "expected", expected, "" if example is None else repr(example))
        return Outcome(rule, "failed", what, "" if example is None else repr(example))
    if expected is not None:
        return Outcome(
            rule, "failed", f"it passes, but was expected to fail because {expected!r}; take it off the list"
        )
    return Outcome(rule, "passed")


def subjects(
    thing: object, *, benchmarks: Sequence[Benchmark] | None = None, spaces: Sequence[SearchSpace] | None = None
) -> Iterator[Subject]:
    """The objects under test that `thing` is or makes; an encoder class is one for each space."""
    played = [pair_v1()] if benchmarks is None else list(benchmarks)
    target = getattr(thing, "func", thing)  # a functools.partial of a class
    if isinstance(thing, SearchSpace):
        yield Subject("space", thing.id, lambda: SpaceCase(thing))
    elif isinstance(thing, Encoder):
        yield Subject("encoder", f"{type(thing).__name__}({thing.space.id})", lambda: EncoderCase(thing))
    elif isinstance(thing, Objective):
        yield Subject("objective", f"{type(thing).__name__}({thing.space.id})", lambda: ObjectiveCase(thing))
    elif isinstance(thing, Benchmark):
        yield Subject("benchmark", thing.spec, lambda: BenchmarkCase(thing))
    elif isinstance(thing, StrategyFactory):
        yield Subject("strategy", thing.spec, lambda: StrategyCase(thing, played))
    elif isinstance(target, type) and issubclass(target, Strategy):
        made = cast(MakesStrategy, thing)
        yield Subject("strategy", target.__name__, lambda: StrategyCase(made, played))
    elif callable(thing):
        yield from _made(thing, [Toy()] if spaces is None else spaces)
    else:
        raise InvalidOption(
            f"The kit cannot test {thing!r:.80}; "
            "give a space, encoder, objective, strategy or benchmark, or what makes one."
        )


def known_rules(ids: Collection[str]) -> None:
    """Raise InvalidOption with near matches where an id is no rule."""
    known = [rule.id for rule in RULES]
    for name in ids:
        if name not in known:
            raise InvalidOption(f"No rule {name!r}. {near(name, known)}")


def _made(make: Callable[..., Any], spaces: Sequence[SearchSpace]) -> Iterator[Subject]:
    """What a function or class makes: of a space where it needs an argument, else of nothing."""
    needed = [
        parameter
        for parameter in inspect.signature(make).parameters.values()
        if parameter.default is parameter.empty and parameter.kind in (0, 1)  # positional
    ]
    if needed:
        for space in spaces:
            yield from subjects(make(space))
        return
    thing = make()
    if isinstance(thing, Benchmark):
        yield Subject("benchmark", thing.spec, lambda: BenchmarkCase(thing, make))
    elif callable(thing):
        raise InvalidOption(f"{make!r:.80} gives another function; wanted an object that the kit can test.")
    else:
        yield from subjects(thing)


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
