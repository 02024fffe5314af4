"""The kit in pytest: a decorator that makes one test of each rule of each object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nasapi.benchmark import Benchmark
from nasapi.space import SearchSpace
from nasapi.testing.kit import outcome, require_evaluations, require_rules, rules_of
from nasapi.testing.rules import Rule
from nasapi.testing.subjects import Subject, once, subjects

if TYPE_CHECKING:
    import pytest


def parametrize(
    *things: object,
    rules: Collection[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
    evaluations: int | None = None,
) -> pytest.MarkDecorator:
    """Decorate a test that takes `rule` and calls it: one case for each rule of each object.

        @parametrize(MySpace(), MyObjective(), load_strategy("mine"))
        def test_conformance(rule):
            rule()

    The arguments are those of `nasapi.testing.check`. A rule in `expected_failures` is reported as xfailed with its
    reason, and fails where it passes.
    """
    import pytest

    expected = dict(expected_failures or {})
    require_rules([*expected, *(rules or ())])
    require_evaluations(evaluations)
    cases: list[Any] = []
    for thing in things:
        for subject in subjects(thing, benchmarks=benchmarks, spaces=spaces, evaluations=evaluations):
            case = once(subject.case)
            cases += [
                pytest.param(Case(rule, subject, case, expected.get(rule.id)), id=f"{subject.name}-{rule.id}")
                for rule in rules_of(subject, rules)
            ]
    return pytest.mark.parametrize("rule", cases)


class Case:
    """One rule for one object: call it, and it passes, fails with the rule and the smallest example, or skips."""

    def __init__(self, rule: Rule, subject: Subject, case: Callable[[], Any], expected: str | None):
        self._rule, self._subject, self._case, self._expected = rule, subject, case, expected

    def __call__(self) -> None:
        """Test the rule."""
        __tracebackhide__ = True
        import pytest

        found = outcome(self._rule, self._case, self._expected)
        if found.status == "skipped":
            pytest.skip(found.reason)
        if found.status == "expected":
            pytest.xfail(found.reason)
        if found.status == "failed":
            pytest.fail(f"{self._subject.name} breaks {found.rule.id}\n{found}", pytrace=False)

    def __repr__(self) -> str:
        return f"<rule {self._rule.id} for {self._subject.name}>"
