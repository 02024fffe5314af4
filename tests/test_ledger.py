"""The ledger: what is recorded whatever a strategy or an observer does, and what no objective may give."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import attrs
import numpy as np
import pytest
from attrs import define, field

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.constraint import Constraint
from nasapi.errors import InterfaceError, NotAvailable
from nasapi.reference import Reference
from nasapi.running.ledger import _repeated
from nasapi.testing import problems
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import ToyObjective, toy_v1
from nasapi.trial import Architecture, Result, Trial, Values, all_measured, measured

GOAL = "valid_accuracy"


@define(eq=False)
class Tampering(ToySearch):
    """Does something to what it is told from the third round on."""

    change: Any = field(kw_only=True)
    rounds: int = field(default=0, init=False)

    def tell(self, results):
        super().tell(results)
        self.rounds += 1
        if self.rounds > 2:
            self.change(results)


def tampering(change):
    def made(problem, rng):
        return Tampering(problem, rng, change=change)

    return made


WRITES = {
    "item": lambda r: r[0].values.__setitem__(GOAL, 100.0),
    "update": lambda r: r[0].values.update({GOAL: 100.0}),
    "or": lambda r: r[0].values.__ior__({GOAL: 100.0}),
    "setdefault": lambda r: r[0].values.setdefault("rank", 0.0),
    "delete": lambda r: r[0].values.__delitem__(GOAL),
    "pop": lambda r: r[0].values.pop(GOAL),
    "popitem": lambda r: r[0].values.popitem(),
    "clear": lambda r: r[0].values.clear(),
    "around dict": lambda r: dict.__setitem__(r[0].values, GOAL, 100.0),
    "another key": lambda r: dict.__setitem__(r[0].values, "rank", 0.0),
    "other values": lambda r: object.__setattr__(r[0], "values", {GOAL: 100.0}),
    "cost": lambda r: object.__setattr__(r[0], "cost", 0.0),
    "error": lambda r: object.__setattr__(r[0], "error", "no"),
    "architecture": lambda r: object.__setattr__(r[0].trial, "arch", Architecture("toy", (2, 2, 2))),
    "code": lambda r: object.__setattr__(r[0].trial.arch, "code", (2, 2, 9)),
}


@pytest.mark.parametrize("isolate", [False, True])
def test_a_strategy_that_writes_100_into_a_result_is_named_with_metric_and_trial(isolate):
    with pytest.raises(InterfaceError, match=r"'made' tried to change 'valid_accuracy' of trial 2 in `tell`"):
        nasapi.run(toy_v1(), tampering(WRITES["item"]), seed=0, isolate=isolate)


@pytest.mark.parametrize("how", WRITES)
def test_whatever_a_strategy_changes_of_a_result_ends_its_run(how):
    with pytest.raises(InterfaceError, match=r"'made' (tried to change|changed) .+ of trial 2 in `tell`; results are"):
        nasapi.run(toy_v1(), tampering(WRITES[how]), seed=0)


def test_a_refused_write_that_is_swallowed_changes_nothing():
    def quietly(results):
        with pytest.raises(TypeError, match="cannot be changed"):
            results[0].values[GOAL] = 100.0

    plain = nasapi.run(toy_v1(), tampering(lambda results: None), seed=0)
    tried = nasapi.run(toy_v1(), tampering(quietly), seed=0)
    np.testing.assert_array_equal(plain.values[GOAL], tried.values[GOAL])


def test_a_change_of_older_results_does_not_reach_the_ledger():
    kept: list[Result] = []

    def late(results):
        if kept:
            object.__setattr__(kept[-1], "values", {GOAL: 100.0})
        kept.extend(results)

    plain = nasapi.run(toy_v1(), tampering(lambda results: None), seed=0)
    late_run = nasapi.run(toy_v1(), tampering(late), seed=0)
    np.testing.assert_array_equal(plain.values[GOAL], late_run.values[GOAL])


@pytest.mark.parametrize(
    ("what", "message"), [("cost", "the cost"), ("error", "the error"), ("values", repr(GOAL)), ("trial", "the arch")]
)
def test_a_change_within_a_batch_is_named_with_its_trial(what, message):
    made = {"cost": 1e9, "error": "none", "values": {GOAL: 1.0}, "trial": Trial(Architecture("toy", (9, 9, 9)))}

    def change(results):
        object.__setattr__(results[1], what, made[what])

    with pytest.raises(InterfaceError, match=rf"changed {message}.* of trial 7 in `tell`"):
        nasapi.run(toy_v1(), tampering(change), seed=0, batch=3)


def test_whether_codes_repeat_is_reported_of_numbers_of_any_size():
    rng = np.random.default_rng(0)
    near = rng.integers(-1, 3, (200, 4))
    fidelity = rng.choice([-1, 4], 200)
    seen = [
        (*code, level) in map(tuple, np.column_stack([near, fidelity])[:row].tolist())
        for row, (code, level) in enumerate(zip(near.tolist(), fidelity.tolist(), strict=True))
    ]
    assert _repeated(near, fidelity).tolist() == seen
    assert _repeated(near * 2**60, fidelity).tolist() == seen  # more rows than an integer can count
    assert 0 < sum(seen) < 200
    assert _repeated(near[:0], fidelity[:0]).tolist() == []


def test_emptying_the_list_of_results_leaves_the_ledger_whole():
    history = nasapi.run(toy_v1(), tampering(lambda results: results.clear()), seed=0, batch=2)
    assert np.isfinite(history.values[GOAL]).all()


class Writer:
    name = "writer"

    def __init__(self, change):
        self.change = change
        self.calls = 0

    def nasapi_result(self, result):
        self.calls += 1
        self.change([result])


class Reader:
    def __init__(self):
        self.received = []

    def nasapi_result(self, result):
        self.received.append(result.values[GOAL])


@pytest.mark.parametrize("how", ["item", "around dict", "other values", "cost"])
def test_an_observer_that_changes_a_result_is_dropped_and_named_and_nobody_else_is_affected(how, capsys):
    writer, reader = Writer(WRITES[how]), Reader()
    delivered: list[float] = []
    listening = tampering(lambda results: delivered.extend(r.values[GOAL] for r in results))
    history = nasapi.run(toy_v1(), listening, seed=0, observers=[writer, reader])
    assert writer.calls == 1
    assert "observer writer is dropped" in capsys.readouterr().err
    assert reader.received == history.values[GOAL].tolist()
    assert delivered == reader.received[2:]


def test_results_of_several_trials_are_those_of_each():
    trials = [Trial(Architecture("toy", (0, 1, gene))) for gene in range(2)]
    values = [Values(rank=1.0), Values(rank=2.0)]
    results = all_measured(trials, values, [3.0, 4.0])
    assert results == [measured(*row) for row in zip(trials, values, [3.0, 4.0], strict=True)]
    assert results[1] == Result(trials[1], {"rank": 2.0}, 4.0)
    assert Result(trials[0], {}, error="it broke").cost == 0
    for wrong in ((trials[:1], values, [3.0, 4.0]), (trials, values[:1], [3.0, 4.0]), (trials, values, [3.0])):
        with pytest.raises(InterfaceError, match=r"\d trials have \d values and \d costs"):
            all_measured(*wrong)


def test_values_are_a_mapping_that_copies_compares_and_pickles():
    given = {GOAL: 1.5}
    result = Result(Trial(Architecture("toy", (0, 1, 0))), given)
    given[GOAL] = 2.0
    assert result.values == {GOAL: 1.5}
    assert pickle.loads(pickle.dumps(result)) == copy.deepcopy(result) == copy.copy(result) == result
    assert json.loads(json.dumps(result.values)) == {GOAL: 1.5}
    with pytest.raises(TypeError, match="cannot be changed"):
        pickle.loads(pickle.dumps(result)).values[GOAL] = 3.0


def test_a_metric_that_a_result_has_not_is_named_with_those_that_it_has():
    trial = Trial(Architecture("toy", (0, 1, 0)))
    with pytest.raises(KeyError, match=rf"^A result has .* here {GOAL}, and not of 'test_accuracy'\.$"):
        Result(trial, {GOAL: 1.5}).values["test_accuracy"]
    with pytest.raises(NotAvailable, match=f"evaluation failed has no values, and none of '{GOAL}'"):
        Result(trial, {}, error="out of memory").values[GOAL]
    assert Result(trial, {GOAL: 1.5}).values.get("test_accuracy") is None


class Giving(ToyObjective):
    """The toy objective with one thing changed in what it gives."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def evaluate(self, codes, fidelity=None, noise=None):
        found = {name: column.copy() for name, column in super().evaluate(codes, fidelity, noise).items()}
        changed = self.change(found)
        return found if changed is None else changed


def giving(change, **more) -> Benchmark:
    return attrs.evolve(toy_v1(), objective=Giving(change), **more)


def put(name, value):
    def change(found):
        found[name][-1] = value

    return change


def replace(name, make):
    return lambda found: {**found, name: make(found[name])}


WRONG = {
    "above bounds": (put(GOAL, 100.5), r"valid_accuracy 100\.5 for row 1, code \[.+\]; wanted between 0 and 100"),
    "below bounds": (put(GOAL, -0.5), r"valid_accuracy -0\.5 for row 1"),
    "infinite": (put(GOAL, np.inf), r"valid_accuracy inf for row 1"),
    "better than the best": (put(GOAL, 99.5), r"valid_accuracy 99\.5 for row 1.+ known optimum"),
    "negative cost": (put("cost", -1.0), r"cost -1\.0 for row 1.+ finite seconds, 0 or more"),
    "infinite cost": (put("cost", np.inf), r"cost inf for row 1"),
    "no cost": (put("cost", np.nan), r"cost nan for row 1"),
    "None": (lambda found: 7, r"answered `evaluate` with int; wanted a mapping"),
    "column None": (replace(GOAL, lambda c: None), r"gave no column for 'valid_accuracy'"),
    "column missing": (lambda found: {"cost": found["cost"]}, r"gave no column for 'valid_accuracy'"),
    "list": (replace(GOAL, lambda c: c.tolist()), r"gave a list for 'valid_accuracy'"),
    "scalar": (replace(GOAL, lambda c: 90.0), r"gave a float for 'valid_accuracy'"),
    "objects": (replace(GOAL, lambda c: c.astype(object)), r"gave an array of object for 'valid_accuracy'"),
    "strings": (replace(GOAL, lambda c: c.astype(str)), r"gave an array of <U32 for 'valid_accuracy'"),
    "complex": (replace(GOAL, lambda c: c + 0j), r"gave an array of complex128 for 'valid_accuracy'"),
    "flags": (replace(GOAL, lambda c: c > 0), r"gave an array of bool for 'valid_accuracy'"),
    "masked": (replace(GOAL, np.ma.masked_array), r"gave a MaskedArray for 'valid_accuracy'"),
    "too short": (replace(GOAL, lambda c: c[:1]), r"gave shape \(1,\) for 'valid_accuracy'; wanted .+ \(2,\)"),
    "a matrix": (replace(GOAL, lambda c: c[:, None]), r"gave shape \(2, 1\) for 'valid_accuracy'"),
    "cost a list": (replace("cost", lambda c: c.tolist()), r"gave a list for 'cost'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_no_objective_may_give_ends_the_run_in_a_sentence_that_names_it(what):
    change, message = WRONG[what]
    with pytest.raises(InterfaceError, match=rf"Objective .*test_ledger\.Giving of toy/formula-v1 .*{message}"):
        nasapi.run(giving(change), ToySearch, seed=0, batch=2)


def test_none_for_columns_is_refused_too():
    class Forgets(ToyObjective):
        def evaluate(self, codes, fidelity=None, noise=None):
            super().evaluate(codes, fidelity, noise)

    with pytest.raises(InterfaceError, match="answered `evaluate` with NoneType"):
        nasapi.run(attrs.evolve(toy_v1(), objective=Forgets()), ToySearch, seed=0)


def test_a_report_metric_out_of_its_bounds_is_no_report():
    with pytest.raises(InterfaceError, match=r"gave test_accuracy 100\.5"):
        nasapi.run(giving(put("test_accuracy", 100.5)), ToySearch, seed=0)


def test_floats_of_any_width_and_whole_numbers_are_columns():
    for kind in (np.float32, np.int64, np.uint8):
        history = nasapi.run(giving(replace(GOAL, lambda c, kind=kind: c.astype(kind))), ToySearch, seed=0)
        assert history.values[GOAL].dtype == np.float64


def test_one_draw_may_be_above_the_best_expected_value():
    noisy = attrs.evolve(toy_v1(), noise=True)
    best = toy_v1().reference.optima[GOAL]
    values = np.concatenate([nasapi.run(noisy, ToySearch, seed=seed).values[GOAL] for seed in range(8)])
    assert values.max() > best


def test_a_lower_level_and_an_infeasible_row_may_be_above_the_optimum():
    objective = Giving(lambda found: None)
    low = attrs.evolve(toy_v1(), objective=objective, reference=Reference({GOAL: 40.0}))
    code = np.array([[0, 1, 0]])
    assert low.evaluate(low.problem.trials(code, 4))[0].values[GOAL] > 40.0
    with pytest.raises(InterfaceError, match="known optimum"):
        low.evaluate(low.problem.trials(code))
    constrained = attrs.evolve(problems.constrained(toy_v1()), reference=Reference({GOAL: 80.0}))
    full = constrained.evaluate(constrained.problem.trials(np.array([[2, 2, 2]])))[0]
    assert full.values[GOAL] > 80.0 and full.values["params"] > 150.0


@pytest.mark.parametrize(
    ("bound", "kept"), [({"lower": 400.0}, False), ({"lower": 300.0}, True), ({"upper": 299.0}, False)]
)
def test_only_a_row_within_both_bounds_is_held_to_the_optimum(bound, kept):
    made = problems.constrained(toy_v1())
    problem = attrs.evolve(made.problem, constraints=(Constraint("params", **bound),))
    limited = attrs.evolve(made, problem=problem, reference=Reference({GOAL: 80.0}))
    trials = problem.trials(np.array([[2, 2, 2]]))  # 300 parameters
    if kept:
        with pytest.raises(InterfaceError, match="no better than the known optimum 80"):
            limited.evaluate(trials)
    else:
        assert limited.evaluate(trials)[0].values == {GOAL: 99.0, "params": 300.0}


def test_the_kit_says_of_a_plain_write_that_it_tries_to_change_results():
    from nasapi.testing.play import StrategyCase
    from nasapi.testing.rules import Broken
    from nasapi.testing.tell_rules import results_unchanged

    with pytest.raises(Broken, match="tell tried to change the results it was given"):
        results_unchanged.test(StrategyCase(tampering(WRITES["item"]), [toy_v1()]))


def test_a_failed_result_that_is_written_to_is_no_other_result():
    failing = problems.spoiled(toy_v1(), "nan")
    one, other = failing.evaluate(failing.problem.trials(np.array([[0, 1, 0], [2, 2, 2]])))
    dict.__setitem__(one.values, GOAL, 100.0)
    assert other.values == {} == failing.evaluate([one.trial])[0].values
