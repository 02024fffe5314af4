"""The kit's rules of builders: a sound one keeps them, and where there is none they say why they are skipped."""

import sys

import pytest

from nasapi.testing import check
from nasapi.testing.toy import Toy

RULES = ["space/builder-output", "space/builder-seed", "space/builder-random", "space/builder-networks"]


class Builds(Toy):
    builder = "broken_builders:sound"


class BuildsLarge(Toy):
    builder = "broken_builders:only_large"


class BuildsNone(Toy):
    builder = "broken_builders:none_as_given"


@pytest.mark.parametrize("space", [Builds, BuildsLarge, BuildsNone])
def test_a_sound_builder_keeps_every_rule(space):
    pytest.importorskip("torch", reason="torch is not installed: pip install torch")
    report = check(space, rules=RULES)
    assert [outcome.status for outcome in report.outcomes] == ["passed"] * 4, str(report)


def test_without_a_builder_the_rules_are_skipped():
    report = check(Toy, rules=RULES)
    assert {(outcome.status, outcome.reason) for outcome in report.outcomes} == {
        ("skipped", "the space builds no networks")
    }


def test_without_torch_the_rules_are_skipped(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "broken_builders", raising=False)
    report = check(Builds, rules=RULES)
    assert {(outcome.status, outcome.reason) for outcome in report.outcomes} == {
        ("skipped", "toy builds its networks with torch, which is not installed; `pip install torch`.")
    }
