"""The kit: all rules, and what they come to for an object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.safety.fences import Fence
from nasapi.space import SearchSpace
from nasapi.testing import (
    anchor_rules,
    benchmark_rules,
    builder_rules,
    encoder_rules,
    graph_rules,
    membership_rules,
    network_rules,
    notation_rules,
    objective_rules,
    owner_rules,
    plugin_rules,
    process_rules,
    reach_rules,
    sampling_rules,
    space_rules,
    strategy_rules,
    table_rules,
    tell_rules,
)
from nasapi.testing.outcomes import Conformance, Outcome
from nasapi.testing.rules import Rule, Skipped, rules_in
from nasapi.testing.subjects import Subject, once, subjects

RULES: tuple[Rule, ...] = rules_in(
    space_rules,
    sampling_rules,
    membership_rules,
    graph_rules,
    notation_rules,
    network_rules,
    builder_rules,
    encoder_rules,
    objective_rules,
    table_rules,
    strategy_rules,
    tell_rules,
    reach_rules,
    benchmark_rules,
    anchor_rules,
    owner_rules,
    process_rules,
    plugin_rules,
)
"""All rules, by kind."""


def rules_of(subject: Subject, rules: Collection[str] | None = None) -> tuple[Rule, ...]:
    """The rules of a subject's kind, or those of them that are named."""
    own = tuple(rule for rule in RULES if rule.kind == subject.kind)
    return own if rules is None else tuple(rule for rule in own if rule.id in rules)


def check(
    thing: object,
    *,
    rules: Collection[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
    evaluations: int | None = None,
) -> Conformance:
    """What the rules come to for a space, encoder, objective, strategy or benchmark.

    `thing` is an object, or what makes one: a class, a strategy factory, a function that gives a benchmark, an encoder
    class that takes a space. Strategies are played on `benchmarks`, by default pairs of toy cells; encoder classes are
    tried on `spaces`, by default the toy space. `evaluations` limits how many architectures an objective or benchmark
    evaluates, for those that train; rules then say what they left out. `rules` limits the rules to those ids.
    `expected_failures` gives the reason for each rule that is known to fail; a rule named there that passes has failed.
    Raises InvalidOption where an id is no rule or `thing` is nothing that the kit knows.
    """
    expected = dict(expected_failures or {})
    require_rules([*expected, *(rules or ())])
    require_evaluations(evaluations)
    return conformance_of(
        list(subjects(thing, benchmarks=benchmarks, spaces=spaces, evaluations=evaluations)), rules, expected
    )


def conformance_of(found: Sequence[Subject], rules: Collection[str] | None, expected: Mapping[str, str]) -> Conformance:
    """What the rules come to for subjects, one after the other."""
    outcomes = [
        outcome(rule, case, expected.get(rule.id))
        for subject in found
        for case in [once(subject.case)]
        for rule in rules_of(subject, rules)
    ]
    return Conformance(", ".join(subject.name for subject in found), tuple(outcomes))


def outcome(rule: Rule, case: Callable[[], Any], expected: str | None = None) -> Outcome:
    """Run one rule; an expected failure has a reason, and is a failure where the rule passes."""
    notes: list[str] = []
    try:
        with Fence(Skipped, NotAvailable) as fence:
            notes = getattr(case(), "notes", notes)
            notes.clear()
            rule.test(case())
    except (Skipped, NotAvailable) as reason:
        return Outcome(rule, "skipped", str(reason))
    if (error := fence.error) is not None:
        what = str(error) if isinstance(error, AssertionError) else fence.reason
        example = getattr(error, "example", None)
        if expected is not None:
            return Outcome(rule, "expected", expected, "" if example is None else repr(example))
        return Outcome(rule, "failed", what, "" if example is None else repr(example))
    if expected is not None:
        return Outcome(
            rule, "failed", f"it passes, but was expected to fail because {expected!r}; take it off the list"
        )
    return Outcome(rule, "passed", "; ".join(notes))


def require_rules(ids: Collection[str]) -> None:
    """Raise InvalidOption with near matches where an id is no rule."""
    known = [rule.id for rule in RULES]
    for name in ids:
        if name not in known:
            raise InvalidOption(f"No rule {name!r}. {near(name, known)}")


def require_evaluations(evaluations: int | None) -> None:
    """Raise InvalidOption for a budget of evaluations that is no number from 1."""
    if evaluations is not None and (isinstance(evaluations, bool) or evaluations < 1):
        raise InvalidOption(f"A check makes 1 evaluation or more, not {evaluations!r}; leave it out for all rules.")
