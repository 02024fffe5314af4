"""The kit against mistakes that authors plausibly make: each is caught, and no demand of a rule is there in vain."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import broken_benchmarks
import broken_encoders
import broken_notations
import broken_objectives
import broken_spaces
import broken_strategies
import planted_mistakes
import pytest

import nasapi.testing
from nasapi.testing import check
from nasapi.testing.rules import Broken

FOLDER = Path(nasapi.testing.__file__).parent
PLANTED = [*planted_mistakes.PLANTED, *broken_notations.PLANTED]
ONE_EACH = [
    (rule, thing)
    for module in (broken_spaces, broken_encoders, broken_objectives, broken_benchmarks, broken_strategies)
    for rule, thing in module.BROKEN.items()
]
DEMANDS = ("demand", "demand_", "_demand", "_survive", "_refusal")
OTHERWISE = {"plugin_rules.py"}
"""Files whose demands are met by distributions, which tests/test_kit.py plants."""
UNMET = {
    ("cases.py", "gave no valid code to test with"),
    ("other_process.py", "the other process ended"),
    ("strategy_rules.py", "is no attrs class"),
}
"""Demands that other tests of the kit meet."""


@pytest.mark.parametrize(
    ("rule", "thing"), PLANTED, ids=[f"{number}-{rule}" for number, (rule, _) in enumerate(PLANTED)]
)
def test_a_planted_mistake_is_caught_by_its_rule(rule, thing):
    if rule.startswith("space/builder-"):
        pytest.importorskip("torch", reason="the rules of builders build networks")
    assert check(thing, rules=[rule]).failed == (rule,)


@pytest.mark.parametrize(("rule", "thing"), ONE_EACH, ids=[rule for rule, _ in ONE_EACH])
def test_each_rule_alone_is_broken_by_what_breaks_it(rule, thing):
    if rule.startswith("space/builder-"):
        pytest.importorskip("torch", reason="the rules of builders build networks")
    assert check(thing, rules=[rule]).failed == (rule,)


def test_there_are_many_mistakes_of_every_kind():
    kinds = [rule.partition("/")[0] for rule, _ in PLANTED]
    assert {kind: kinds.count(kind) >= 8 for kind in kinds} == dict.fromkeys(
        ["space", "encoder", "objective", "benchmark", "strategy"], True
    )


def sites() -> dict[tuple[str, int], tuple[int, str]]:
    """The first line of every demand, with its last line and its text."""
    found = {}
    for file in sorted(FOLDER.glob("*.py")):
        text = file.read_text()
        for node in ast.walk(ast.parse(text)):
            call = node.exc if isinstance(node, ast.Raise) else node
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                named = call.func.id.startswith(DEMANDS) or (isinstance(node, ast.Raise) and call.func.id == "Broken")
                if named and file.name not in OTHERWISE:
                    found[file.name, node.lineno] = (node.end_lineno, ast.get_source_segment(text, node))
    return found


def test_every_demand_of_every_rule_is_met_by_a_broken_object(monkeypatch):
    pytest.importorskip("torch", reason="the rules of builders build networks")
    fired = set()

    def record(self, *given, **named):
        frame = sys._getframe(1)
        while frame is not None:
            file = Path(frame.f_code.co_filename)
            if file.parent == FOLDER:
                fired.add((file.name, frame.f_lineno))
            frame = frame.f_back
        start(self, *given, **named)

    start = Broken.__init__
    monkeypatch.setattr(Broken, "__init__", record)
    for rule, thing in [*ONE_EACH, *PLANTED]:
        check(thing, rules=[rule])
    silent = {
        (name, text)
        for (name, first), (last, text) in sites().items()
        if not any(file == name and first <= line <= last for file, line in fired)
        and not any(name == file and part in text for file, part in UNMET)
    }
    assert not silent, "\n".join(f"{name}: {' '.join(text.split())[:150]}" for name, text in sorted(silent))
