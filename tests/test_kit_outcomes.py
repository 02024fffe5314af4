"""What rules come to, how failures are made small, other processes, and what is checked."""

from __future__ import annotations

import copy
import functools
import os
import time
from typing import Any

import numpy as np
import pytest

from nasapi.errors import InvalidOption, NotAvailable, UnknownId
from nasapi.testing import check, check_entry, check_plugin
from nasapi.testing.chance import chance_of_both, chance_of_counts
from nasapi.testing.kit import RULES, Subject, once, outcome, subjects
from nasapi.testing.other_process import first_difference, seen_elsewhere
from nasapi.testing.outcomes import Conformance, Outcome
from nasapi.testing.pair import Pair, pair_v1
from nasapi.testing.rules import Broken, Rule, Skipped, close, on_rows
from nasapi.testing.search import ToyEncoder, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1
from nasapi.trial import Trial


def test_outcomes_are_counted_and_quoted() -> None:
    rules = [Rule(f"space/{name}", f"Sentence {name}.", lambda case: None) for name in "abcde"]
    conformance = Conformance(
        "toy",
        (
            Outcome(rules[0], "passed"),
            Outcome(rules[1], "passed", "some codes"),
            Outcome(rules[2], "failed", "it is wrong", "[0]"),
            Outcome(rules[3], "skipped", "no data"),
            Outcome(rules[4], "expected", "known", "[1]"),
        ),
    )
    assert dict(conformance.counts) == {"passed": 2, "failed": 1, "skipped": 1, "expected": 1}
    assert (conformance.ok, conformance.failed) == (False, ("space/c",))
    assert str(conformance).splitlines() == [
        "toy: 5 rules, 2 passed, 1 failed, 1 skipped, 1 expected",
        "failed   space/c",
        "         rule: Sentence c.",
        "         found: it is wrong",
        "         smallest example: [0]",
        "expected space/e",
        "         since: known",
        "left out some codes",
        "         by: space/b",
        "skipped  space/d",
        "         since: no data",
    ]
    alone = Conformance("toy", (Outcome(rules[3], "skipped", "no data"), Outcome(rules[4], "skipped", "no data")))
    assert "skipped  all rules\n         since: no data" in str(alone)
    assert alone.ok


def test_a_rule_comes_to_what_its_test_raises_and_a_case_is_made_once() -> None:
    def of(raised: Exception | None, expected: str | None = None) -> Outcome:
        def test(case: Any) -> None:
            if raised is not None:
                raise raised

        return outcome(Rule("space/x", "X.", test), lambda: None, expected)

    assert (of(None).status, of(None).reason) == ("passed", "")
    assert (of(Skipped("no data")).status, of(NotAvailable("no data.")).status) == ("skipped", "skipped")
    broken = of(Broken("wrong", [1]))
    assert (broken.status, broken.reason, broken.example) == ("failed", "wrong", "[1]")
    assert of(KeyError("x")).reason == "KeyError: 'x'"
    assert (of(Broken("wrong", [1]), "known").status, of(None, "known").status) == ("expected", "failed")
    calls: list[int] = []

    def make() -> Any:
        calls.append(1)
        raise RuntimeError("no case")

    case = once(make)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no case"):
            case()
    assert calls == [1]


def test_a_failure_is_made_small_to_a_row_or_a_pair() -> None:
    def test(case: Any, codes: Any) -> None:
        if (codes == 7).any():
            raise Broken("seven")
        if len(codes) > 1 and (codes == 3).any() and (codes == 4).any():
            raise ValueError("three and four")

    class Case:
        def __init__(self, *rows: int) -> None:
            self.codes = np.array(rows)[:, None]

    on_rows(test)(Case(1, 2))
    with pytest.raises(Broken, match="seven") as caught:
        on_rows(test)(Case(1, 7, 2))
    assert caught.value.example == [7]
    with pytest.raises(Broken, match="ValueError: three and four") as caught:
        on_rows(test)(Case(1, 3, 4, 5))
    assert caught.value.example == [[3], [4]]
    with pytest.raises(ValueError, match="three and four"):
        on_rows(test)(Case(3, 1, 4))


def test_numbers_are_close_up_to_the_rounding_of_a_float32() -> None:
    one = np.array([1.0, np.nan, 0.0])
    assert close(one, one * (1 + 5e-6)) and close(one, one + np.array([0, 0, 5e-7]))
    assert not close(one, one * (1 + 5e-5))
    assert not close(one, one + np.array([0, 0, 5e-6]))
    assert not close(one, one[:2])
    assert not close(one, np.nan_to_num(one))


def test_what_differs_first_is_named() -> None:
    one = {"a": np.array([1.0, np.nan]), "b": "text", "c": None}
    assert first_difference(one, copy.deepcopy(one)) is None
    assert first_difference(one, one | {"b": "other", "c": 1}) == "b"
    assert first_difference(one, one | {"a": np.array([1.0, 2.0])}) == "a"
    assert first_difference(one, one | {"a": [1.0]}) == "a"
    assert first_difference(one, {"a": one["a"]}) == "b"


def looked(thing: Any) -> dict[str, Any]:
    return {"seed": os.environ.get("PYTHONHASHSEED"), "own": os.environ.get("NASAPI_KIT_TEST"), "cwd": os.getcwd()}


def test_the_other_process_has_another_hash_seed_and_the_rest_of_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("NASAPI_KIT_TEST", "here")
    monkeypatch.chdir(tmp_path)
    elsewhere = seen_elsewhere(functools.partial(Toy), looked)
    assert elsewhere["seed"] in ("1", "2") and elsewhere["seed"] != os.environ.get("PYTHONHASHSEED")
    assert (elsewhere["own"], elsewhere["cwd"]) == ("here", str(tmp_path))
    monkeypatch.delenv("NASAPI_KIT_TEST")
    assert seen_elsewhere(functools.partial(Toy), looked)["own"] is None
    with pytest.raises(Broken, match="in another process it raises ZeroDivisionError"):
        seen_elsewhere(lambda: 1 // 0, looked)
    with pytest.raises(Skipped, match="it cannot be sent to another process"):
        seen_elsewhere(functools.partial(Toy), lambda thing: {})


def test_what_makes_a_thing_is_made_for_its_rules() -> None:
    kinds = {
        Toy: "space",
        ToyObjective: "objective",
        toy_v1: "benchmark",
        ToyEncoder: "encoder",
        ToySearch: "strategy",
    }
    for thing, kind in kinds.items():
        [subject] = subjects(thing)
        assert isinstance(subject, Subject)
        assert subject.kind == kind
        assert len(subject.case().makes) >= 1
    assert [subject.name for subject in subjects(ToyEncoder, spaces=[Toy(), Pair()])] == [
        "ToyEncoder(toy)",
        "ToyEncoder(toy-pair)",
    ]
    [one] = subjects(ToyObjective, evaluations=7)
    assert one.case().evaluations == 7
    [chosen] = subjects(ToySearch, benchmarks=[toy_v1()])
    assert [benchmark.id for benchmark in chosen.case().benchmarks] == ["toy/formula-v1"]
    assert len(RULES) == len({rule.id for rule in RULES})


def test_a_program_that_ends_itself_breaks_a_rule_and_not_the_check() -> None:
    class Ends(ToySearch):
        def ask(self, n: int) -> list[Trial]:
            raise SystemExit(3)

    found = check(Ends, rules=["strategy/ask-begins", "strategy/list-own"])
    assert [(one.status, one.reason) for one in found.outcomes] == [("failed", "SystemExit: 3")] * 2


def test_entries_are_checked_by_their_ids_and_plugins_with_all_of_theirs() -> None:
    rule = ["space/genes"]
    assert check_entry("space", "toy", rules=rule).counts["passed"] == 1
    found = check_entry("encoder", "genes", rules=["encoder/shape"], spaces=[Toy(), Pair()])
    assert (found.subject, found.counts["passed"]) == ("genes(toy), genes(toy-pair)", 2)
    with pytest.raises(InvalidOption, match=r"No kind 'spaec' of entry\. Did you mean 'space'"):
        check_entry("spaec", "toy")  # type: ignore[arg-type]
    with pytest.raises(UnknownId, match=r"No installed distribution 'nasapy' offers a plugin\. Did you mean 'nasapi'"):
        check_plugin("nasapy")
    refused = check_entry("encoder", "path", {"limit": 0}, rules=["encoder/shape"])
    assert [(one.status, one.reason.startswith("it refuses toy: ")) for one in refused.outcomes] == [("skipped", True)]
    assert check(Toy(), rules=rule).subject == "toy"


def test_chance_is_of_the_counts_alone() -> None:
    assert chance_of_counts(np.array([0, 10]), np.array([0.5, 0.5])) < 0.01
    assert chance_of_both(np.array([0, 10]), np.array([10, 0])) < 0.001
    assert time.process_time() > 0
    assert pair_v1().problem.budget.limit == 100


@pytest.mark.parametrize(
    ("kind", "spec", "rule"),
    [
        ("space", "toy", "space/size"),
        ("objective", "toy/formula", "objective/metrics"),
        ("benchmark", "toy/formula-v1", "benchmark/goals"),
        ("strategy", "nasapi.testing.search:ToySearch", "strategy/options"),
        ("encoder", "genes", "encoder/shape"),
    ],
)
def test_an_entry_of_each_kind_is_loaded_as_what_it_is(kind: Any, spec: str, rule: str) -> None:
    [found] = check_entry(kind, spec, rules=[rule]).outcomes
    assert (found.rule.id, found.status) == (rule, "passed")


def test_a_budget_reaches_what_a_function_makes_of_a_space() -> None:
    def made(space: Any) -> ToyObjective:
        return ToyObjective()

    [subject] = subjects(made, spaces=[Toy()], evaluations=7)
    assert (subject.kind, subject.case().evaluations) == ("objective", 7)


class Erring(ToyObjective):
    """Says of rows without a convolution that they failed, in all metrics or in some."""

    def __init__(self, message: Any) -> None:
        super().__init__()
        self.message = message

    def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
        found = {name: column.copy() for name, column in super().evaluate(codes, fidelity, noise).items()}
        failed = found["params"] == 0
        found["test_accuracy"][failed] = np.nan
        return found | {"error": [self.message if fails else None for fails in failed]}


@pytest.mark.parametrize(("message", "status"), [("no memory", "passed"), ("", "failed"), (3, "failed")])
def test_rows_that_failed_in_one_metric_say_why(message: Any, status: str) -> None:
    [found] = check(Erring(message), rules=["objective/errors"]).outcomes
    assert found.status == status


class Timed(ToyObjective):
    """Costs as a clock gives them: another number each time."""

    def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
        self.ticks = getattr(self, "ticks", 0) + 1
        found = dict(super().evaluate(codes, fidelity, noise))
        return found | {"cost": found["cost"] + 0.01 * self.ticks}


def test_who_times_costs_is_told_to_count_them() -> None:
    report = check(Timed(), evaluations=100)
    timed = {outcome.rule.id for outcome in report.outcomes if "; count it, or give again" in outcome.reason}
    assert timed >= {"objective/singles", "objective/noise-singles", "objective/expected-repeats", "objective/highest"}
