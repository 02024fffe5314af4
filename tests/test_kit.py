"""The kit: the honest toy keeps every rule, and each rule is proved by a broken plugin that only it catches."""

from __future__ import annotations

import ast
import functools
import importlib
import random
import sys
from pathlib import Path

import attrs
import broken_notations
import numpy as np
import planted_mistakes
import pytest
from broken_encoders import DecodesWithTheWorld, FitsWithTheWorld
from broken_plugins import write

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InvalidOption
from nasapi.plugins.manager import Plugin, manager
from nasapi.testing import RULES, check, check_plugin, problems
from nasapi.testing.entries import plugin_checks
from nasapi.testing.rules import Rule, rule
from nasapi.testing.search import ToyEncoder, ToyLatent, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

HERE = Path(__file__).parent
ROOT = HERE.parent
INTERFACE = {
    "space": ("space", "space_notations", "graphs"),
    "encoder": ("encoder",),
    "objective": ("objective", "metric", "problem"),
    "strategy": ("strategy",),
    "benchmark": ("benchmark", "reference"),
    "plugin": ("plugins/hooks",),
}


def broken(kind: str) -> dict[str, object]:
    module = importlib.import_module(f"broken_{kind}")
    return dict(module.BROKEN)


BROKEN = {
    name: thing
    for kind in ("spaces", "encoders", "objectives", "benchmarks", "strategies")
    for name, thing in broken(kind).items()
}
PLUGINS = broken("plugins")
PLANTED = {rule for module in (planted_mistakes, broken_notations) for rule, _ in module.PLANTED}
ALSO = {
    "space/sample-valid": {"space/sample-uniform"},
    "space/rng-alone": {"space/results-own", "space/process"},
    "space/rng-moves": {"space/sample-independent"},
    "space/arguments-unchanged": {"space/results-own"},
    "space/crossover-valid": {"space/crossover-parents"},
    "space/neighbors-distinct": {"space/mutate-uniform"},  # which draws from them
    "space/canonical-projection": {"space/canonical-network"},
    "space/parse-undoes-format": {"space/parse-everything", "space/notations-official", "space/notations-read"},
    "space/parse-refuses": {"space/parse-unknown", "space/notations-read"},
    "space/graphs-order": {"space/canonical-network", "space/canonical-merges"},
    "encoder/codes-unchanged": {"encoder/results-own"},
    "encoder/fit-rng": {"encoder/process"},
    "encoder/decode-rng": {"encoder/process"},
    "objective/noise-repeats": {"objective/process"},
    "benchmark/goals": {"benchmark/anchors-given"},
    "benchmark/no-test-goal": {"benchmark/anchors-given"},
    "benchmark/optima": {"benchmark/anchors-given"},
    "strategy/ask-valid": {"strategy/deep-chain", "strategy/large-alphabet"},
    "strategy/one-result": {"strategy/asynchronous"},
    "strategy/some-fail": {"strategy/deep-chain", "strategy/large-alphabet"},
    "strategy/no-fidelity": {"strategy/deep-chain", "strategy/large-alphabet"},
}
"""Rules that nothing can keep which breaks the first one in the way that is planted."""


def docstrings(*modules: str) -> str:
    nodes = [node for name in modules for node in ast.walk(ast.parse((ROOT / f"nasapi/{name}.py").read_text()))]
    texts = [node.value.value for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return " ".join(" ".join(text.split()) for text in texts if isinstance(text, str))


@pytest.mark.parametrize("name", BROKEN)
def test_only_its_rule_catches_a_broken_object(name):
    if name.startswith("space/builder-"):
        pytest.importorskip("torch", reason="the rules of builders build networks")
    report = check(BROKEN[name])
    assert set(report.failed) == {name} | ALSO.get(name, set()), str(report)


@pytest.mark.parametrize("name", PLUGINS)
def test_only_its_rule_catches_a_broken_plugin(name, tmp_path, monkeypatch):
    PLUGINS[name](tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nasapi_broken", raising=False)
    assert check_plugin("nasapi-broken")[0].failed == (name,)


def test_an_entry_that_cannot_be_made_is_a_failure_and_the_others_are_checked(tmp_path, monkeypatch):
    installed = manager().plugins  # without the folder
    ends = 'Entry("space", "unmade", "sys:exit", "ends the program")'
    write(tmp_path, [ends, 'Entry("encoder", "made", "nasapi.encodings.adjacency:Genes", "the genes")'])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nasapi_broken", raising=False)
    entries = tuple(importlib.import_module("nasapi_broken").nasapi_entries())
    monkeypatch.setattr(manager(), "plugins", [*installed, Plugin("nasapi-broken", "0.1", entries)])
    own, unmade, _ = plugin_checks("nasapi-broken", {})  # the third is that of the genes
    assert own().ok
    failed = unmade()
    assert failed.failed == ("plugin/targets",)
    assert "space 'unmade' cannot be checked: Space 'unmade' cannot be made: SystemExit" in str(failed)


def test_every_rule_has_a_broken_plugin():
    assert {rule.id for rule in RULES} == BROKEN.keys() | PLUGINS.keys() | PLANTED


def test_ids_of_rules_are_distinct_and_name_their_kind():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert {rule.kind for rule in RULES} == INTERFACE.keys()


@pytest.mark.parametrize("kept", RULES, ids=lambda kept: kept.id)
def test_a_rule_is_a_sentence_of_the_interface(kept):
    assert kept.sentence in docstrings(*INTERFACE[kept.kind])
    assert kept.sentence.endswith(".")


def test_a_failure_quotes_its_rule_and_the_smallest_example():
    report = check(BROKEN["space/parse-undoes-format"], rules=["space/parse-undoes-format"])
    assert "`parse` undoes `format`." in str(report)
    assert "smallest example: [0, 1, 1]" in str(report)


@pytest.mark.parametrize("broken", [FitsWithTheWorld, DecodesWithTheWorld])
def test_fitting_and_decoding_with_the_world_break_its_rule_alone(broken):
    failed = [outcome.rule.id for outcome in check(broken(Toy())).outcomes if outcome.status == "failed"]
    assert failed == ["encoder/global-random"]


def test_an_encoder_is_fitted_twice_for_all_rules(monkeypatch):
    fits = []
    fit = ToyLatent.fit
    monkeypatch.setattr(ToyLatent, "fit", lambda *given: fits.append(given) or fit(*given))
    assert check(ToyLatent(Toy())).ok
    assert len(fits) == 3  # the last one for the other process, on few codes


def test_a_failure_of_a_batch_is_shown_by_a_pair():
    (outcome,) = check(BROKEN["encoder/singles"], rules=["encoder/singles"]).outcomes
    assert len(ast.literal_eval(outcome.example)) == 2


def test_the_report_counts_what_ran():
    report = check(ToyEncoder(Toy()))
    assert dict(report.counts) == {"passed": 11, "failed": 0, "skipped": 7, "expected": 0}
    assert report.ok
    assert "since: the encoder does not learn" in str(report)


def test_a_notation_whose_data_are_not_here_is_passed_over_and_honest_numbers_pass():
    for honest in (broken_notations.LacksData, broken_notations.Spelled, broken_notations.Numbered):
        assert check(honest(), rules=[rule.id for rule in RULES if rule.id.startswith("space/")]).ok


def test_an_expected_failure_is_no_failure_and_keeps_its_reason():
    report = check(BROKEN["space/size"], expected_failures={"space/size": "counted by hand"})
    assert report.ok
    assert "since: counted by hand" in str(report)


def test_an_expected_failure_that_passes_is_a_failure():
    report = check(Toy(), expected_failures={"space/size": "counted by hand"})
    assert report.failed == ("space/size",)
    assert "it passes, but was expected to fail because 'counted by hand'" in str(report)


def test_an_unknown_rule_is_refused_with_a_near_match():
    with pytest.raises(InvalidOption, match=r"No rule 'space/sizes'\. Did you mean 'space/size'"):
        check(Toy(), rules=["space/sizes"])


def test_what_the_kit_cannot_test_is_refused():
    with pytest.raises(InvalidOption, match="The kit cannot test 3; give a space"):
        check(3)
    with pytest.raises(InvalidOption, match="gives another function; wanted an object"):
        check(lambda: print)


def test_a_rule_whose_plugin_raises_fails_with_the_error():
    class Raises(Toy):
        def format(self, code):
            raise RuntimeError("out of names")

    report = check(Raises(), rules=["space/parse-undoes-format"])
    assert "RuntimeError: out of names" in str(report)


def test_strategies_are_played_on_the_benchmarks_given():
    report = check(ToySearch, benchmarks=[problems.two_goals(), problems.constrained(), toy_v1()])
    assert report.ok, str(report)


def test_a_strategy_that_supports_no_benchmark_is_skipped():
    class OneGoal(ToySearch):
        supports = frozenset()

    report = check(OneGoal, benchmarks=[problems.two_goals()], rules=["strategy/ask-valid"])
    assert "the strategy supports none of the benchmarks" in str(report)


def test_a_torch_seed_is_noticed_and_the_state_is_put_back():
    torch = pytest.importorskip("torch")

    class Seeds(Toy):
        def sample(self, n, rng):
            torch.manual_seed(0)
            return super().sample(n, rng)

    torch.manual_seed(5)
    report = check(Seeds(), rules=["space/global-random"])
    assert "the global state of torch changed" in str(report)


def test_the_kit_leaves_the_global_state_as_it_was():
    before = random.getstate()
    check(Toy(), rules=["space/global-random"])
    assert random.getstate() == before


def test_a_space_without_valid_codes_is_reported_to_have_none():
    class Hopeless(Toy):
        def valid(self, codes):
            return np.zeros(len(codes), np.bool_)

        def sample(self, n, rng):
            return np.zeros((n, 3), np.int64)

    report = check(Hopeless(), rules=["space/valid-rows"])
    assert "too few valid codes" in str(report)


def test_a_large_space_is_not_counted():
    class Large(Toy):
        size = 10**9

    report = check(Large(), rules=["space/size"])
    assert "1,000,000,000 codes are too many to count" in str(report)


def test_a_strategy_can_be_a_partial_of_its_class():
    assert check(functools.partial(ToySearch, explore=0.1)).ok


def test_a_strategy_that_refuses_the_toy_is_tested_on_the_benchmarks_given():
    class NotToy(ToySearch):
        def __attrs_post_init__(self):
            if self.problem.space.id.startswith("toy"):
                raise InvalidOption("it has no model of 'toy'")

    class Other(Toy):
        id = "other"

    class OtherObjective(ToyObjective):
        def __init__(self):
            super().__init__()
            self.space = Other()

    refusing = attrs.define(eq=False)(NotToy)
    problem = attrs.evolve(toy_v1().problem, space=Other(), budget=Budget(100))
    report = check(refusing, benchmarks=[Benchmark("other/formula-v1", problem, OtherObjective())])
    assert report.ok, str(report)
    assert report.counts["passed"] > 15
    assert "the strategy refuses the toy space: it has no model of 'toy'" in str(report)
    assert not check(refusing).ok


def test_notes_need_not_be_hashable():
    class Notes(ToySearch):
        def ask(self, n):
            return [attrs.evolve(trial, note=[n, {}]) for trial in super().ask(n)]

    assert check(Notes).ok


def test_the_decorator_makes_a_rule():
    made = rule("space/mine", "A sentence.")(lambda case: None)
    assert made == Rule("space/mine", "A sentence.", print)
    assert made.kind == "space"


def test_the_page_lists_every_rule():
    page = (ROOT / "docs/conformance.md").read_text()
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    assert listed == [f"| `{kept.id}` | {kept.sentence.replace('|', '&#124;')} |" for kept in RULES]
