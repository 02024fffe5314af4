"""Recall: what a benchmark answers without evaluating is what its objective says, and hides nothing from anybody."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from nasapi.answer_cache import AnswerCache
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InterfaceError, InvalidArchitecture, InvalidOption
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.tables.objective import TableObjective
from nasapi.testing.toy import Toy, ToyObjective, toy_v1
from nasapi.trial import Architecture, Result, Trial

PERCENT = Metric("valid_accuracy", "max", "%", "valid", (0.0, 100.0))
CODES = np.array([[2, 2, 2], [0, 1, 0], [1, 2, 1]])


def first_gene(codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return codes[:, 0] - 1


def three_rows(values: list[float], cost: float = 1.0, **options: Any) -> Benchmark:
    objective = TableObjective(Toy(), first_gene, {PERCENT: np.array(values)}, np.full(len(values), cost))
    return Benchmark("toy/three", Problem(objective.space, (PERCENT,), Budget(10), **options), objective)


def the_long_way(benchmark: Benchmark, trials: list[Trial], monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    with monkeypatch.context() as patch:
        patch.setattr(AnswerCache, "answer", lambda self, trials: None)
        return attrs.evolve(benchmark).evaluate(trials)


@pytest.mark.parametrize("level", [None, 1, 16])
def test_what_is_recalled_is_what_is_evaluated(level: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark = toy_v1()
    trials = benchmark.problem.trials(np.concatenate(list(Toy().enumerate())), level)
    expected = the_long_way(benchmark, trials, monkeypatch)
    assert benchmark.evaluate(trials) == expected
    assert [benchmark.evaluate([trial])[0] for trial in trials] == expected
    assert [benchmark.evaluate([trial])[0] for trial in trials] == expected  # remembered


def test_a_table_is_asked_for_by_its_columns_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark, others = toy_v1(), [toy_v1() for _ in CODES]
    monkeypatch.setattr(ToyObjective, "evaluate", None)
    trials = benchmark.problem.trials(CODES)
    together = benchmark.evaluate(trials)
    assert together[0].values == {"valid_accuracy": 99.0}
    assert [other.evaluate([trial])[0] for other, trial in zip(others, trials, strict=True)] == together


def test_an_objective_with_an_evaluate_of_its_own_is_evaluated() -> None:
    class Higher(ToyObjective):
        def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
            return {name: column + 1 for name, column in super().evaluate(codes, fidelity, noise).items()}

    benchmark, higher = toy_v1(), Higher()
    raised = Benchmark("toy/higher", benchmark.problem, higher)
    [low], [high] = (each.evaluate(each.problem.trials(CODES[:1])) for each in (benchmark, raised))
    assert high.values["valid_accuracy"] == low.values["valid_accuracy"] + 1


@pytest.mark.parametrize("code", [(2.0, 2, 2), (2, 2), (2, 2, 3), (0, 0, 0), (-1, 2, 2)])
def test_a_code_that_is_none_is_refused_though_its_like_is_remembered(code: tuple[Any, ...]) -> None:
    benchmark = toy_v1()
    benchmark.evaluate(benchmark.problem.trials(CODES[:1]))
    with pytest.raises(InvalidArchitecture):
        benchmark.evaluate([Trial(Architecture("toy", code))])
    with pytest.raises(InvalidArchitecture):
        benchmark.evaluate([*benchmark.problem.trials(CODES), Trial(Architecture("toy", code))])


def test_whoever_changes_a_result_by_force_changes_no_other() -> None:
    benchmark = toy_v1()
    [trial] = benchmark.problem.trials(CODES[:1])
    [first] = benchmark.evaluate([trial])
    dict.__setitem__(first.values, "valid_accuracy", 0.0)  # type: ignore[arg-type]
    assert benchmark.evaluate([trial])[0].values == {"valid_accuracy": 99.0}


@pytest.mark.parametrize("several", [False, True])
def test_a_row_that_breaks_a_promise_is_named(several: bool) -> None:
    benchmark = three_rows([50.0, 101.0])
    trials = benchmark.problem.trials(CODES[[2, 0]] if several else CODES[:1])
    with pytest.raises(InterfaceError, match=r"gave valid_accuracy 101\.0 for row \d, code \[2, 2, 2\]"):
        benchmark.evaluate(trials)


def test_a_table_with_a_cost_that_is_none_is_refused() -> None:
    benchmark = three_rows([50.0, 60.0], cost=-1.0)
    with pytest.raises(InterfaceError, match=r"gave cost -1\.0"):
        benchmark.evaluate(benchmark.problem.trials(CODES[:1]))


def test_a_value_above_the_optimum_is_named_unless_it_breaks_a_constraint() -> None:
    optimum = attrs.evolve(three_rows([50.0]).reference, optima={"valid_accuracy": 50.0})
    for benchmark, refused in (
        (three_rows([50.0, 60.0]), True),
        (three_rows([50.0, 60.0], constraints=(Constraint("valid_accuracy", upper=55.0),)), False),
    ):
        known = attrs.evolve(benchmark, reference=optimum)
        trials = known.problem.trials(CODES[:1])
        if refused:
            with pytest.raises(InterfaceError, match="no better than the known optimum"):
                known.evaluate(trials)
        else:
            assert known.evaluate(trials)[0].values == {"valid_accuracy": 60.0}


@pytest.mark.parametrize("rows", [[0], [0, 1]])
def test_failures_say_why_as_they_do_when_evaluated(rows: list[int]) -> None:
    benchmark = three_rows([50.0, np.nan])
    results = benchmark.evaluate(benchmark.problem.trials(CODES[rows]))
    assert results[0].error == "valid_accuracy is NaN"
    assert results[0].values == {}
    assert all(result.error for result in benchmark.evaluate(benchmark.problem.trials(CODES[:1])))


def test_a_code_that_is_not_in_the_table_takes_no_value_of_another() -> None:
    trials = three_rows([50.0, 60.0]).problem.trials(CODES)
    for some in ([0, 1], [1, 2], [0, 1, 2], [1]):
        found = three_rows([50.0, 60.0]).evaluate([trials[row] for row in some])
        assert [result.values.get("valid_accuracy") for result in found] == [(60.0, None, 50.0)[row] for row in some]


def test_trials_of_several_levels_are_answered_each_at_its_own() -> None:
    trials = [*toy_v1().problem.trials(CODES, 1), *toy_v1().problem.trials(CODES), *toy_v1().problem.trials(CODES, 4)]
    benchmark = toy_v1()
    for some in (trials, trials[:6], trials[3:]):
        assert benchmark.evaluate(some) == [benchmark.evaluate([trial])[0] for trial in some]
    assert benchmark.evaluate([]) == []


@pytest.mark.parametrize("level", [4.0, True, "4"])
def test_a_level_that_is_no_whole_number_is_refused_though_its_like_is_known(level: Any) -> None:
    benchmark = toy_v1()
    for trials in ([Trial(Architecture("toy", (2, 2, 2)), level)], benchmark.problem.trials(CODES)):
        some = [attrs.evolve(trial, fidelity=level) for trial in trials]
        with pytest.raises(InvalidOption):
            benchmark.evaluate(some)


def test_answers_with_noise_are_not_remembered_as_expected_ones() -> None:
    benchmark = attrs.evolve(toy_v1(), noise=True)
    trials = benchmark.problem.trials(CODES[2:])  # one alone is what is remembered
    noisy, expected = benchmark.evaluate(trials, 5), benchmark.evaluate(trials)
    assert noisy == benchmark.evaluate(trials, 5) != expected
    assert expected == attrs.evolve(toy_v1(), noise=True).evaluate(trials)


def test_an_architecture_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark, asked = three_rows([50.0, 60.0]), []
    inner = benchmark.objective._rows  # type: ignore[attr-defined]
    benchmark.objective._rows = lambda codes: asked.append(len(codes)) or inner(codes)  # type: ignore[attr-defined]
    monkeypatch.setattr(TableObjective, "evaluate", None)
    for rows in ([2], [2], [0], [2, 0], [0, 2]):
        found = benchmark.evaluate([benchmark.problem.trials(CODES)[row] for row in rows])
        assert [result.values["valid_accuracy"] for result in found] == [(60.0, None, 50.0)[row] for row in rows]
    assert asked == [1, 1]


@pytest.mark.parametrize(("deterministic", "asked"), [(False, 6), (True, 2)])
def test_an_objective_that_measures_when_it_is_asked_is_asked_each_time(deterministic: bool, asked: int) -> None:
    class Clock(ToyObjective):
        asked = 0

        def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
            self.asked += len(codes)
            return super().evaluate(codes, fidelity, noise)

    Clock.deterministic = deterministic
    benchmark = Benchmark("toy/clock", toy_v1().problem, clock := Clock())
    for seed in (None, 5, None):  # without noise a seed makes no difference
        for level in (None, 4):
            benchmark.evaluate(benchmark.problem.trials(CODES[:1], level), seed)
    assert clock.asked == asked


def test_what_several_were_asked_for_is_not_remembered_of_one() -> None:
    class Slow(ToyObjective):
        def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
            return super().evaluate(codes, fidelity, noise)

    benchmark = Benchmark("toy/slow", toy_v1().problem, Slow())
    together = benchmark.evaluate(benchmark.problem.trials(CODES))
    assert [benchmark.evaluate([trial])[0] for trial in benchmark.problem.trials(CODES)] == together


def test_the_columns_of_a_level_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[int | None] = []
    inner = TableObjective._lookup

    def counting(self: TableObjective, names: Any, level: int | None) -> Any:
        levels.append(level)
        return inner(self, names, level)

    monkeypatch.setattr(TableObjective, "_lookup", counting)
    benchmark = toy_v1()
    for code in CODES:
        for level in (None, 4):
            benchmark.evaluate(benchmark.problem.trials(code[None], level))
            benchmark.evaluate(benchmark.problem.trials(CODES, level))
    assert len(levels) == 2


def test_the_memory_of_trials_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasapi.answer_cache._MOST", 2)
    benchmark = toy_v1()
    for trial in benchmark.problem.trials(np.concatenate(list(Toy().enumerate()))):
        benchmark.evaluate([trial])
        assert sum(map(len, benchmark.answer_cache._known.values())) <= 2
    every = benchmark.problem.trials(np.concatenate(list(Toy().enumerate())))[:20]
    assert benchmark.evaluate(every) == toy_v1().evaluate(every)


def test_a_value_that_is_missing_beside_others_is_a_failure() -> None:
    size = Metric("params", "min", "count", bounds=(0.0, 100.0))
    columns = {PERCENT: np.array([50.0, 60.0]), size: np.array([10.0, np.nan])}
    objective = TableObjective(Toy(), first_gene, columns, np.ones(2))
    benchmark = Benchmark("toy/two", Problem(objective.space, (PERCENT, size), Budget(10)), objective)
    trials = benchmark.problem.trials(CODES[[2, 0]])
    assert [result.values["params"] for result in benchmark.evaluate([trials[0]] * 2)] == [10.0, 10.0]
    for found in (benchmark.evaluate(trials), [benchmark.evaluate([trial])[0] for trial in trials]):
        assert [result.values for result in found] == [{"valid_accuracy": 50.0, "params": 10.0}, {}]
        assert [result.error for result in found] == [None, "params is NaN"]
