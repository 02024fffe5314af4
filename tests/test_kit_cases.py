"""What rules of the kit are tried on and how far: cases, plays, budgets, other processes, and spaces unlike cells."""

from __future__ import annotations

import copy
import functools
import os
import random
import time
from typing import Any

import attrs
import numpy as np
import pytest
from attrs import define, field

import nasapi
from nasapi.errors import InterfaceError, InvalidArchitecture, InvalidOption, NotAvailable, UnknownId
from nasapi.problem import Fidelity
from nasapi.strategy import Strategy
from nasapi.testing import check, check_entry, check_plugin, problems
from nasapi.testing import process_rules as elsewhere
from nasapi.testing.cases import EncoderCase, SpaceCase, stream
from nasapi.testing.chance import chance_of_both, chance_of_counts
from nasapi.testing.evaluation_cases import BenchmarkCase, Counted, ObjectiveCase, Spent
from nasapi.testing.far_spaces import DeepChain, LargeAlphabet
from nasapi.testing.kit import RULES, Subject, once, outcome, require_evaluations, subjects
from nasapi.testing.networks import computed, live_parts, same_network
from nasapi.testing.other_process import first_difference, seen_elsewhere
from nasapi.testing.outcomes import Conformance, Outcome
from nasapi.testing.pair import Pair, PairObjective, pair_v1
from nasapi.testing.play import StrategyCase, answers, demand_same, is_valid, play, shuffled, trace
from nasapi.testing.rules import Broken, Rule, Skipped, close, on_rows
from nasapi.testing.search import ToyEncoder, ToyLatent, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1
from nasapi.trial import Architecture, Trial

# Spaces and encoders


def test_a_space_is_tried_on_at_most_48_distinct_valid_codes_small_ones_first() -> None:
    for space, rows in ((Toy(), 22), (Pair(), 48)):
        case = SpaceCase(space)
        codes = case.codes
        assert len(np.unique(codes, axis=0)) == len(codes) == pytest.approx(rows, abs=3)
        assert len(codes) <= 48
        assert space.valid(codes).all()
        assert (np.diff(codes.sum(axis=1)) >= 0).all()
        codes[:] = 0
        assert case.codes.any()
        assert len(case.few) == 8
        assert case.few[0].tolist() == case.codes[0].tolist()
        assert not space.valid(case.outside()).any()
        assert (case.outside()[0, :-1] == case.codes[0, :-1]).all()


def test_fresh_codes_are_no_rule_s_where_there_are_others() -> None:
    case = SpaceCase(Pair())
    seen = set(map(tuple, case.codes.tolist()))
    assert len(case.fresh) == 4
    assert not seen & set(map(tuple, case.fresh.tolist()))
    assert SpaceCase(Toy()).fresh.tolist() == SpaceCase(Toy()).codes[:4].tolist() or len(SpaceCase(Toy()).codes) < 22


def test_related_codes_are_the_codes_and_neighbours_of_some() -> None:
    case = SpaceCase(Pair())
    related = set(map(tuple, case.related.tolist()))
    assert set(map(tuple, case.codes.tolist())) <= related
    for code in case.few:
        assert set(map(tuple, Pair().neighbors(code).tolist())) <= related
    assert Pair().valid(case.related).all()


class Unsized(Toy):
    """The toy, which nobody counted."""

    size = None


class Huge(Toy):
    """A toy that says it is large."""

    size = 200_001


def test_a_space_is_listed_up_to_so_many_codes() -> None:
    assert SpaceCase(Unsized()).candidates == 27
    assert len(SpaceCase(Unsized()).listed) == 22
    assert SpaceCase(type("Most", (Toy,), {"size": 200_000})()).countable
    assert not SpaceCase(Huge()).countable
    with pytest.raises(Skipped, match="200,001 codes are too many to count"):
        _ = SpaceCase(Huge()).listed


class Slow(ToyLatent):
    """Learns for so many seconds of CPU, by a clock that the tests turn."""


def test_an_encoder_is_fitted_always_from_the_same_state_and_a_slow_one_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = EncoderCase(ToyLatent(Toy()))
    one, other = case.fitted()[0], case.fitted()[0]
    np.testing.assert_array_equal(one.encode(case.codes), other.encode(case.codes))
    with pytest.raises(NotAvailable):
        case.made.encode(case.codes)
    assert case.patient and case.touched is None
    assert case.again[0] is not case.encoder
    encoder, given = EncoderCase(ToyEncoder(Toy())).fitted()
    assert given is encoder
    for seconds, patient in ((4.9, True), (5.1, False)):
        times = iter([0.0, seconds])
        monkeypatch.setattr("time.process_time", lambda times=times: next(times))
        assert EncoderCase(Slow(Toy())).patient is patient


def test_a_slow_encoder_is_not_made_once_more_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = EncoderCase(ToyEncoder(Toy()))
    slow.makes = (lambda: slow,)
    slow.__dict__["patient"] = False
    with pytest.raises(Skipped, match="fitting the encoder takes too long to be done once more"):
        elsewhere.encoder.test(slow)


# Evaluations


def test_an_objective_is_tried_on_all_codes_or_on_what_its_time_and_budget_allow() -> None:
    case = ObjectiveCase(ToyObjective())
    every = len(case.space_case.codes)
    assert len(case.codes) == every
    assert case.notes == []
    assert case.spare(3) is None
    case.__dict__["seconds"] = 0.2
    assert len(case.codes) == 10
    assert case.notes == [f"{every - 10} of {every} codes"]
    case.__dict__["seconds"] = 9.0
    assert len(case.codes) == 8
    few = ObjectiveCase(ToyObjective(), 400)
    assert len(few.codes) == 10
    assert few.spare(1) == 0
    assert len(ObjectiveCase(ToyObjective(), 7).codes) == 2
    many = ObjectiveCase(ToyObjective(), 40 * every + 100)
    assert (len(many.codes), many.spare(10)) == (every, 10)


def test_levels_between_the_lowest_and_the_highest_are_left_out_of_a_budget() -> None:
    assert ObjectiveCase(ToyObjective()).levels == (1, 4, 16)
    few = ObjectiveCase(ToyObjective(), 400)
    assert few.levels == (1, 16)
    assert few.notes == ["the levels (4,)"]
    assert few.levels == (1, 16) and len(few.notes) == 1
    two = ToyObjective()
    two.fidelity = Fidelity("epochs", (1, 16))
    assert ObjectiveCase(two, 400).levels == (1, 16)
    flat = problems.without_fidelity().objective
    assert ObjectiveCase(flat).levels == (None,)


def test_every_code_is_looked_at_where_that_takes_seconds() -> None:
    case = ObjectiveCase(ToyObjective())
    assert len(case.every) == 22
    np.testing.assert_array_equal(case.column("params", 16), ToyObjective().evaluate(case.every)["params"])
    assert not case.reports_errors(16)
    slow = ObjectiveCase(ToyObjective())
    slow.__dict__["seconds"] = 1.0
    assert len(slow.every) == 8
    slow.column("params", None)
    assert "all but 8 of the space's codes, for evaluating them takes too long" in slow.notes
    assert len(ObjectiveCase(ToyObjective(), 400).every) == 10
    benchmark = BenchmarkCase(toy_v1())
    assert benchmark.lists_all
    assert not BenchmarkCase(toy_v1(), None, 400).lists_all
    assert isinstance(BenchmarkCase(toy_v1(), None, 400).benchmark.objective, Counted)


def test_a_budget_of_evaluations_is_spent_by_rows() -> None:
    counted, codes = Counted(ToyObjective(), 5), SpaceCase(Toy()).codes
    counted.evaluate(codes[:3])
    assert counted.left == 2
    with pytest.raises(Spent, match="left out, for it needs 3 evaluations and 2 of 5 are left"):
        counted.evaluate(codes[:3])
    counted.evaluate(codes[:2])
    assert counted.left == 0
    assert issubclass(Spent, (Skipped, InterfaceError))
    for wrong in (0, True, -3):
        with pytest.raises(InvalidOption, match=f"A check makes 1 evaluation or more, not {wrong!r}"):
            require_evaluations(wrong)
    require_evaluations(1)
    require_evaluations(None)


def test_how_long_an_evaluation_takes_is_the_mean_unless_the_first_was_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(*ticks: float) -> float:
        times = iter(ticks)
        monkeypatch.setattr("time.perf_counter", lambda: next(times))
        return ObjectiveCase(PairObjective()).seconds

    assert seconds(10.0, 11.0, 14.0) == 1.0
    assert seconds(10.0, 12.5) == 2.5
    monkeypatch.undo()

    class Failing(ToyObjective):
        def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
            raise RuntimeError

    assert ObjectiveCase(Failing()).seconds == 0.0


# Strategies


@define(eq=False)
class Counting(Strategy):
    """Asks for as many as it may, until it has asked for so many; remembers what it was told."""

    left: int = field(default=1000, kw_only=True)
    told: list[Any] = field(factory=list, init=False)

    def ask(self, n: int) -> list[Trial]:
        n = min(n, self.left)
        self.left -= n
        return self.problem.trials(self.problem.space.sample(n, self.rng)) if n else []

    def tell(self, results: Any) -> None:
        self.told += results


def made(**options: Any) -> Counting:
    return Counting(toy_v1().problem, stream(1), **options)


def test_a_play_has_just_so_many_trials_in_batches_and_ends_with_the_strategy() -> None:
    steps = play(made(), toy_v1(), trials=10, batch=4)
    assert [(step.n, len(step.asked)) for step in steps] == [(4, 4), (4, 4), (2, 2)]
    assert [(step.n, len(step.asked)) for step in play(made(left=6), toy_v1())] == [(4, 4), (4, 2)]
    strategy = made()
    steps = play(strategy, toy_v1(), trials=8)
    assert strategy.told == [result for step in steps for result in step.results]
    assert trace(steps) == [(result.trial.arch.code, None) for result in strategy.told]

    class Ones(Counting):
        def ask(self, n: int) -> list[Trial]:
            return super().ask(1)

    assert len(play(Ones(toy_v1().problem, stream(1)), toy_v1(), trials=7)) == 7

    class Greedy(Counting):
        def ask(self, n: int) -> list[Trial]:
            return super().ask(50)

    assert len(play(Greedy(toy_v1().problem, stream(1)), toy_v1(), trials=7)) == 1


def test_results_are_told_in_another_order() -> None:
    strategy = made()
    results = answers(toy_v1(), strategy.ask(6))
    shuffled(strategy, results)
    assert strategy.told != results
    assert sorted(strategy.told, key=id) == sorted(results, key=id)


def test_what_cannot_be_evaluated_fails_alone() -> None:
    trials = [Trial(Architecture("toy", (2, 2, 2))), Trial(Architecture("toy", (9, 9, 9)))]
    good, bad = answers(toy_v1(), trials)
    assert (good.error, good.values["valid_accuracy"] > 0) == (None, True)
    assert bad.error is not None and bad.error.startswith("InvalidArchitecture: ")
    problem = toy_v1().problem
    assert [is_valid(problem, trial) for trial in trials] == [True, False]
    for code in ((2, 2), (2.0, 2.0, 2.0), (0, 0, 0)):
        assert not is_valid(problem, Trial(Architecture("toy", code)))
    assert not is_valid(problem, Trial(Architecture("nb201", (2, 2, 2))))


def test_two_traces_are_the_same_to_their_ends() -> None:
    demand_same([1, 2], [1, 2], "runs")
    with pytest.raises(Broken, match="runs: trial 1 is 2 in one and 3 in the other"):
        demand_same([1, 2, 4], [1, 3, 5], "runs")
    with pytest.raises(Broken, match="runs: one asks 2 trials, the other 1"):
        demand_same([1, 2], [1], "runs")


def test_a_strategy_is_played_where_it_can_be_and_its_longest_play_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = StrategyCase(Counting, [problems.two_goals(), toy_v1()])
    assert case.benchmarks == [case.given[1]]
    assert case.strategy_class is Counting
    assert StrategyCase(lambda problem, rng: Counting(problem, rng), [toy_v1()]).strategy_class is Counting
    assert StrategyCase(nasapi.load_strategy("nasapi.testing.search:ToySearch"), []).strategy_class is ToySearch
    assert case.steps(case.small) is case.steps(case.small)
    with pytest.raises(Skipped, match="supports none of the benchmarks"):
        _ = StrategyCase(Counting, [problems.two_goals()]).small
    times = iter([0.0, 2.0, 10.0, 11.0, 20.0, 23.5])
    monkeypatch.setattr("time.process_time", lambda: next(times))
    timed = StrategyCase(Counting, [toy_v1()])
    timed.play(timed.small)
    timed.play(timed.small)
    assert timed.longest == 2.0
    timed.require_patience()
    timed.play(timed.small)
    with pytest.raises(Skipped, match="a play on small cells took more than 3 s"):
        timed.require_patience()


def test_the_toy_search_keeps_the_best_it_was_told() -> None:
    strategy = ToySearch(problems.constrained().problem, stream(), explore=0.0)
    benchmark = problems.constrained()
    codes = np.array([[2, 2, 2], [0, 1, 0], [1, 2, 1], [2, 1, 0]])
    results = benchmark.evaluate(benchmark.problem.trials(codes))
    strategy.tell(results)
    feasible = [result for result in results if result.values["params"] <= 150]
    best = max(feasible, key=lambda result: result.values["valid_accuracy"])
    assert strategy._best is not None and strategy._best[1] == best.trial.arch.code
    parent = np.array(best.trial.arch.code)
    around = {tuple(row) for row in Toy().neighbors(parent).tolist()}
    assert {trial.arch.code for trial in strategy.ask(30)} <= around
    failed = attrs.evolve(results[0], values={}, error="no")
    strategy.tell([failed])
    assert strategy._best[1] == best.trial.arch.code


def test_the_toy_encoders_are_one_hot_genes_and_three_projections() -> None:
    codes = SpaceCase(Toy()).codes
    found = ToyEncoder(Toy()).encode(codes)
    assert found.shape == (len(codes), 9) and found.dtype == np.float64
    np.testing.assert_array_equal(found.reshape(-1, 3, 3).argmax(axis=2), codes)
    assert (found.sum(axis=1) == 3).all()
    latent = ToyLatent(Toy()).fit(codes, stream(3))
    features = latent.encode(codes)
    assert features.shape == (len(codes), 3)
    np.testing.assert_allclose(features, found @ stream(3).normal(size=(9, 3)))
    np.testing.assert_array_equal(latent.decode(features, stream(4)), codes)


# Spaces unlike cells


@pytest.mark.parametrize(
    ("space", "genes", "values", "size"), [(DeepChain(), 32, 3, 3**32), (LargeAlphabet(), 3, 64, 64**3)]
)
def test_a_chain_is_a_row_of_operations(space: DeepChain, genes: int, values: int, size: int) -> None:
    assert (space.cardinalities, space.size) == ((values,) * genes, size)
    codes = space.sample(5, stream(2))
    graphs = space.graphs(codes)
    assert graphs.ops.shape == (5, genes + 2)
    np.testing.assert_array_equal(graphs.ops[:, 1:-1], codes + 2)
    assert (graphs.ops[:, [0, -1]] == [0, 1]).all()
    for links in graphs.adjacency:
        assert [tuple(edge) for edge in np.argwhere(links).tolist()] == [(at, at + 1) for at in range(genes + 1)]
    text = space.format(codes[0])
    assert text.split("-") == [f"op{gene}" for gene in codes[0]]
    np.testing.assert_array_equal(space.parse(text), codes[0])
    with pytest.raises(InvalidArchitecture, match=f"has {genes - 1} operations, not {genes}"):
        space.parse(text.rpartition("-")[0])
    with pytest.raises(InvalidArchitecture, match=rf"'input' at position {genes - 1} is none of \('op0'"):
        space.parse(text.rpartition("-")[0] + "-input")


def test_what_a_network_computes_is_told_apart_from_its_dead_parts_and_skips() -> None:
    space = Toy()

    def part(*code: int) -> Any:
        [found] = live_parts(space, space.graphs(np.array([code])))
        return found

    assert computed(space, part(2, 1, 0)) == computed(space, part(0, 1, 2)) == computed(space, part(0, 1, 0))
    assert same_network(part(2, 1, 0), part(0, 1, 2))
    assert computed(space, part(2, 2, 1)) == computed(space, part(1, 2, 2))
    assert not same_network(part(2, 2, 1), part(1, 2, 2))
    assert computed(space, part(2, 2, 2)) != computed(space, part(2, 2, 1))
    assert computed(space, part(2, 2, 2)) != computed(space, part(2, 1, 2))


# Outcomes, examples, and other processes


def test_outcomes_are_counted_and_quoted() -> None:
    rules = [Rule(f"space/{name}", f"Sentence {name}.", lambda case: None) for name in "abcde"]
    told = Conformance(
        "toy",
        (
            Outcome(rules[0], "passed"),
            Outcome(rules[1], "passed", "some codes"),
            Outcome(rules[2], "failed", "it is wrong", "[0]"),
            Outcome(rules[3], "skipped", "no data"),
            Outcome(rules[4], "expected", "known", "[1]"),
        ),
    )
    assert dict(told.counts) == {"passed": 2, "failed": 1, "skipped": 1, "expected": 1}
    assert (told.ok, told.failed) == (False, ("space/c",))
    assert str(told).splitlines() == [
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
    told = seen_elsewhere(functools.partial(Toy), looked)
    assert told["seed"] in ("1", "2") and told["seed"] != os.environ.get("PYTHONHASHSEED")
    assert (told["own"], told["cwd"]) == ("here", str(tmp_path))
    monkeypatch.delenv("NASAPI_KIT_TEST")
    assert seen_elsewhere(functools.partial(Toy), looked)["own"] is None
    with pytest.raises(Broken, match="in another process it raises ZeroDivisionError"):
        seen_elsewhere(lambda: 1 // 0, looked)
    with pytest.raises(Skipped, match="it cannot be sent to another process"):
        seen_elsewhere(functools.partial(Toy), lambda thing: {})


# What single rules look at

METHODS = ("valid", "canonical", "mutate", "crossover", "neighbors", "graphs", "format")


def doing(name: str, act: Any) -> Any:
    """The toy, one method of which first does something with its arguments."""

    def method(self: Toy, *given: Any) -> Any:
        act(*given)
        return getattr(Toy, name)(self, *given)

    return type("Doing", (Toy,), {name: method, "_checks": {}})()


@pytest.mark.parametrize("name", ["sample", "mutate", "crossover", "canonical", "neighbors", "graphs"])
def test_whichever_method_seeds_the_world_is_noticed(name: str) -> None:
    report = check(doing(name, lambda *_: random.seed(0)), rules=["space/global-random"])
    assert report.failed == ("space/global-random",)
    assert "the global state of random changed" in str(report)


@pytest.mark.parametrize("name", METHODS)
def test_whichever_method_changes_its_codes_is_named(name: str) -> None:
    def change(codes: Any, *_: Any) -> None:
        if isinstance(codes, np.ndarray) and codes.flags.writeable:
            codes[..., -1] = (codes[..., -1] + 1) % 3

    [found] = check(doing(name, change), rules=["space/arguments-unchanged"]).outcomes
    assert (found.status, "changed the codes it was given" in found.reason) == ("failed", True)


@pytest.mark.parametrize("name", ["sample", "mutate", "crossover"])
def test_whichever_method_draws_by_itself_is_named(name: str) -> None:
    calls: list[int] = []

    def draw(*given: Any) -> None:
        calls.append(1)
        given[-1].random(len(calls))

    [found] = check(doing(name, draw), rules=["space/rng-alone"]).outcomes
    assert (found.status, found.reason.startswith(f"{name} differs for two generators")) == ("failed", True)


def status(thing: Any, rule: str, **options: Any) -> tuple[str, str]:
    [found] = check(thing, rules=[rule], **options).outcomes
    return found.status, found.reason


class Levels(ToyObjective):
    """The toy with so many levels, at the last of which rows cost less where it is cheap."""

    def __init__(self, levels: tuple[int, ...], cheap: bool = False) -> None:
        super().__init__()
        self.fidelity, self.cheap = Fidelity("epochs", levels), cheap

    def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
        level = self.fidelity.levels[-1] if fidelity is None else fidelity
        found = dict(ToyObjective().evaluate(codes, level, noise))
        if self.cheap and level == self.fidelity.levels[-1]:
            found["cost"] = found["cost"] / 100
        return found


def test_what_there_is_nothing_to_test_of_is_skipped_with_its_reason() -> None:
    flat = problems.without_fidelity().objective
    assert status(Pair(), "space/from-graphs") == ("skipped", "toy-pair does not read graphs back into codes")
    assert status(flat, "objective/highest")[0] == "skipped"
    assert status(flat, "objective/cost-grows")[0] == "skipped"
    assert status(Levels((16,)), "objective/cost-grows")[0] == "skipped"
    assert status(Levels((1, 16)), "objective/cost-grows")[0] == "passed"
    assert status(Levels((1, 16), cheap=True), "objective/cost-grows")[0] == "failed"
    assert status(ToySearch, "strategy/fidelity-said")[0] == "skipped"
    assert status(Counting, "strategy/fidelity-highest")[0] == "skipped"
    assert status(ToyEncoder(Toy()), "encoder/decode-valid") == ("skipped", "the encoder does not decode")


def test_rows_that_failed_have_no_expected_value() -> None:
    for how in ("half", "nan"):
        assert status(problems.spoiled(toy_v1(), how).objective, "objective/expected")[0] == "passed"


def test_a_part_of_results_is_told_and_the_rest_later_once_or_never() -> None:
    made_here: list[Counting] = []

    @define(eq=False)
    class Listening(Counting):
        parts: list[int] = field(factory=list, init=False)

        def __attrs_post_init__(self) -> None:
            made_here.append(self)

        def tell(self, results: Any) -> None:
            self.parts.append(len(results))
            super().tell(results)

    assert status(Listening, "strategy/tell-parts")[0] == "passed"
    heard = next(each for each in made_here if each.parts)
    assert heard.parts == [3, 4, 3, 4, 3, 4]
    assert len({id(result.trial) for result in heard.told}) == len(heard.told) == 21


def test_a_pair_is_read_from_two_cells_alone() -> None:
    for text in ("conv|skip|none", "conv|skip|none+conv|skip|none+conv|skip|none", ""):
        with pytest.raises(InvalidArchitecture, match="is not two toy cells with a plus sign between"):
            Pair().parse(text)


# What is checked


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
        assert {rule.kind for rule in subject.rules()} == {kind}
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
