"""The kit as it is used: entries by their id, whole plugins, and cases of pytest."""

from __future__ import annotations

import os
import subprocess
import sys

import attrs
import broken_objectives
import broken_plugins
import numpy as np
import pytest

from nasapi.errors import InterfaceError, InvalidOption, UnknownId
from nasapi.plugins.manager import manager
from nasapi.testing import check, check_entry, check_plugin, parametrize
from nasapi.testing.toy import ToyObjective, toy_v1


def test_an_entry_is_checked_by_its_id():
    assert check_entry("benchmark", "toy/formula-v1", {"budget": 5}).ok
    assert check_entry("space", "toy").ok
    assert check_entry("objective", "toy/formula").ok
    with pytest.raises(UnknownId, match="No space 'toi'"):
        check_entry("space", "toi")
    with pytest.raises(InvalidOption, match=r"No kind 'spaces' of entry\. Did you mean 'space'"):
        check_entry("spaces", "toy")


def test_an_entry_is_checked_with_the_options_of_its_kit_unless_others_are_named(tmp_path, monkeypatch):
    target = 'Entry("strategy", "broken", "nasapi.testing.search:ToySearch", "as the toy", kit={"explore": 0.25})'
    broken_plugins.write(tmp_path, [target])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nasapi_broken", raising=False)
    manager.cache_clear()
    try:
        found = [
            check_entry("strategy", spec, options, rules=["strategy/ask-begins"])
            for spec, options in (("broken", None), ("broken[explore=0.5]", None), ("broken", {"explore": 0.75}))
        ]
    finally:
        manager.cache_clear()
    assert [report.subject for report in found] == [f"broken[explore={share}]" for share in (0.25, 0.5, 0.75)]
    assert all(report.ok for report in found)


def test_a_strategy_in_a_file_is_checked(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from nasapi.testing.search import ToySearch\nclass Mine(ToySearch):\n    pass\n")
    assert check_entry("strategy", f"{file}:Mine", {"explore": 0.2}).ok


def test_an_encoder_that_refuses_a_space_is_skipped(tmp_path):
    file = tmp_path / "picky.py"
    lines = [
        "from nasapi.errors import InvalidOption",
        "def make(space) -> 'nasapi.Encoder':",
        "    raise InvalidOption('only for nb201')",
    ]
    file.write_text("\n".join(lines))
    report = check_entry("encoder", f"{file}:make")
    assert report.counts["skipped"] == len(report.outcomes) > 0
    assert "it refuses toy: only for nb201 (--on SPACE tries it on one that it takes)" in str(report)


def test_a_strategy_that_takes_long_is_not_played_on_large_spaces(monkeypatch):
    monkeypatch.setattr("nasapi.testing.play.PLAY_TIME", 0.0)
    report = check_entry("strategy", "random", rules=["strategy/ask-at-most-n", "strategy/deep-chain"])
    assert [outcome.status for outcome in report.outcomes] == ["passed", "skipped"]
    assert "a play on small cells took more than 0 s" in str(report)


def test_an_entry_without_its_data_is_skipped(tmp_path):
    file = tmp_path / "absent.py"
    lines = [
        "from nasapi.errors import NotAvailable",
        "def make() -> 'nasapi.Objective':",
        "    raise NotAvailable('fetch it first')",
    ]
    file.write_text("\n".join(lines))
    report = check_entry("objective", f"{file}:make")
    assert report.counts["skipped"] == len(report.outcomes) > 0
    assert "fetch it first" in str(report)


def test_the_core_keeps_its_rules_as_a_plugin():
    reports = check_plugin("nasapi")
    assert len(reports) > 3
    assert all(report.ok for report in reports), "\n".join(map(str, reports))


def test_an_unknown_plugin_is_refused():
    with pytest.raises(UnknownId, match="No installed distribution 'nasapi-nothing' offers a plugin"):
        check_plugin("nasapi-nothing")


def test_the_kit_needs_neither_pytest_nor_hypothesis():
    script = (
        "import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None\n"
        "from nasapi.testing import check\nfrom nasapi.testing.toy import Toy\nassert check(Toy()).ok"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_in_pytest_an_expected_failure_is_strict(pytester_file):
    outcome = pytester_file(
        "RULES, KNOWN = ['space/genes', 'space/size'], {'space/size': 'counted by hand'}\n\n"
        "@parametrize(Toy(), rules=RULES, expected_failures=KNOWN)\ndef test_kit(rule):\n    rule()\n"
    )
    assert "toy breaks space/size" in outcome
    assert "1 failed, 1 passed" in outcome


def test_in_pytest_rules_may_be_named():
    cases = parametrize(ToyObjective(), rules=["objective/errors", "space/size"]).args[1]
    assert [case.id for case in cases] == ["ToyObjective(toy)-objective/errors"]
    with pytest.raises(InvalidOption, match="No rule 'objective/error'"):
        parametrize(ToyObjective(), rules=["objective/error"])


def test_in_pytest_a_failure_names_object_rule_and_example(pytester_file):
    outcome = pytester_file(
        "class Small(Toy):\n    size = 3\n\n@parametrize(Small())\ndef test_kit(rule):\n    rule()\n"
        "\n@parametrize(Small(), expected_failures={'space/size': 'wrong on purpose'})\n"
        "def test_known(rule):\n    rule()\n"
    )
    assert "FAILED test_plugin.py::test_kit[toy-space/size]" in outcome
    assert "rule: How many valid codes there are" in outcome
    assert "1 failed, 108 passed, 12 skipped, 1 xfailed" in outcome


class Trains(ToyObjective):
    """Counts the architectures that it is asked for."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def evaluate(self, codes, fidelity=None, noise=None):
        self.asked += len(codes)
        return super().evaluate(codes, fidelity, noise)


def test_a_budget_of_evaluations_is_kept_and_what_it_costs_is_reported():
    objective = Trains()
    report = check(objective, evaluations=200)
    assert report.ok, str(report)
    assert 100 < objective.asked <= 200
    assert "left out, for it needs" in str(report)
    assert "of 22 codes" in str(report)
    assert report.counts["passed"] > 15


def test_a_larger_budget_tries_no_fewer_rules():
    passed = [check(ToyObjective(), evaluations=budget).counts["passed"] for budget in (50, 100, 500, 800, 1200, 2000)]
    assert passed == sorted(passed)
    assert passed[1] == passed[3] == passed[-1] - 1
    left_out = check(ToyObjective(), evaluations=800, rules=["objective/expected"])
    assert "left out, for it needs 257 evaluations beside those of the other rules" in str(left_out)


def test_a_small_budget_still_finds_what_is_wrong():
    assert "objective/columns" in check(broken_objectives.SingleColumn(), evaluations=50).failed


def test_a_budget_is_a_number_from_1():
    with pytest.raises(InvalidOption, match="A check makes 1 evaluation or more, not 0"):
        check(Trains(), evaluations=0)


class Fails(ToyObjective):
    """Fails on every row that has a skip, and says so of each."""

    calls = 0

    def evaluate(self, codes, fidelity=None, noise=None):
        self.calls += 1
        found = super().evaluate(codes, fidelity, noise)
        bad = (codes == 1).any(axis=1)
        values = {metric.name: np.where(bad, np.nan, found[metric.name]) for metric in self.metrics}
        errors = np.where(bad, "the device was lost", None)
        return values | {"cost": found["cost"], "error": errors}


def test_a_row_that_failed_is_answered_for_once_and_costs_what_was_spent():
    objective = Fails()
    benchmark = attrs.evolve(toy_v1(), objective=objective)
    codes = np.concatenate(list(objective.space.enumerate()))
    results = benchmark.evaluate(benchmark.problem.trials(codes))
    assert objective.calls == 1
    failed = [result for result in results if result.error]
    assert len(failed) == int((codes == 1).any(axis=1).sum())
    assert {result.error for result in failed} == {"the device was lost"}
    assert all(result.cost >= 16 and not result.values for result in failed)
    assert check(objective, rules=["objective/errors", "objective/failures"]).ok


def test_errors_that_are_no_sentences_are_refused():
    class Numbers(Fails):
        def evaluate(self, codes, fidelity=None, noise=None):
            return super().evaluate(codes, fidelity, noise) | {"error": np.zeros(len(codes))}

    benchmark = attrs.evolve(toy_v1(), objective=Numbers())
    with pytest.raises(InterfaceError, match="wanted None or a sentence for each of 1 rows"):
        benchmark.evaluate(benchmark.problem.trials(np.array([[2, 2, 2]])))


@pytest.fixture
def pytester_file(tmp_path):
    def run(body: str) -> str:
        head = "from nasapi.testing import parametrize\nfrom nasapi.testing.toy import Toy\n\n"
        (tmp_path / "test_plugin.py").write_text(head + body)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_plugin.py"]
        env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=env).stdout

    return run
