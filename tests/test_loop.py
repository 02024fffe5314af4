"""The one loop: what it counts, what it refuses, what it survives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from attrs import define, evolve, field
from loop_strategies import Uniform, fixed

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.metric import Metric
from nasapi.noise import row_noise
from nasapi.objective import Columns, Objective
from nasapi.problem import Problem
from nasapi.strategy import Strategy
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import Toy, ToyObjective
from nasapi.trial import Result, Trial


class Silent(Uniform):
    """Never asks."""

    def ask(self, n: int) -> list[Trial]:
        return []


@pytest.mark.parametrize("batch", [1, 3, 7, 100])
def test_a_budget_of_trials_is_spent_exactly(toy: Benchmark, batch: int) -> None:
    history = nasapi.run(toy, Uniform, seed=0, batch=batch)
    assert len(history) == 10
    assert history.ended == "budget"


def test_a_budget_of_unique_networks_charges_each_once() -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=5, unit="unique")
    history = nasapi.run(benchmark, Uniform, seed=1)
    space = benchmark.problem.space
    assert len(np.unique(space.canonical(history.codes), axis=0)) == 5
    assert not history.repeats["network"][-1]


def test_a_unique_budget_beyond_the_space_ends_all_the_same() -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=100, unit="unique")
    history = nasapi.run(benchmark, Uniform, seed=1, batch=1000)
    assert history.ended == "repeats"


def test_a_budget_of_seconds_drops_the_trial_that_would_exceed_it() -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=100, unit="seconds")
    history = nasapi.run(benchmark, Uniform, seed=2)
    assert history.cost.sum() <= 100
    assert history.cost.sum() + 64 > 100
    assert history.ended == "budget"


def test_a_budget_of_seconds_is_the_same_for_any_batch() -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=500, unit="seconds")
    one, many = (nasapi.run(benchmark, fixed(*[(2, 2, 2)] * 100), seed=0, batch=batch) for batch in (1, 64))
    assert len(one) == len(many)


def test_a_strategy_is_made_for_a_problem_and_a_generator(toy: Benchmark) -> None:
    rng = np.random.default_rng(0)
    for problem in (toy, "toy/formula-v1", None):
        with pytest.raises(InvalidOption, match=r"A strategy is made for a Problem, .* not "):
            ToySearch(problem, rng)  # type: ignore[arg-type]
    for generator in (0, np.random, None):
        with pytest.raises(InvalidOption, match=r"[Gg]enerator"):
            ToySearch(toy.problem, generator)  # type: ignore[arg-type]


def test_a_class_beside_strategy_knows_its_subclasses() -> None:
    class Beside:
        below: ClassVar[list[type]] = []

        def __init_subclass__(cls) -> None:
            Beside.below.append(cls)

    class Both(ToySearch, Beside):
        pass

    assert Beside.below == [Both]


def test_a_strategy_that_asks_for_nothing_ends_the_run(toy: Benchmark) -> None:
    history = nasapi.run(toy, fixed((2, 2, 2), (0, 1, 0)), seed=0, batch=5)
    assert (len(history), history.ended) == (2, "strategy")


def test_repeats_are_counted_by_code_and_by_network(toy: Benchmark) -> None:
    history = nasapi.run(toy, fixed((0, 1, 0), (0, 1, 2), (0, 1, 0)), seed=0)
    assert history.repeats["code"].tolist() == [False, False, True]
    assert history.repeats["network"].tolist() == [False, True, True]


def test_the_same_seed_gives_the_same_run_and_another_seed_another(toy: Benchmark) -> None:
    first, again, other = (nasapi.run(toy, Uniform, seed=seed) for seed in (3, 3, 4))
    assert (first.codes == again.codes).all()
    assert (first.codes != other.codes).any()


def test_a_run_is_asked_for_by_specs_as_well() -> None:
    pytest.importorskip("nasapi_nb201", reason="the benchmark is one of nasapi-nb201's")
    pytest.importorskip("nasapi_baselines", reason="the strategy is one of nasapi-baselines'")
    named = nasapi.run("nb201/cifar10-v1[budget=20]", "local-search[initial=4]", seed=3)
    made = nasapi.run(
        nasapi.load_benchmark("nb201/cifar10-v1", budget=20), nasapi.load_strategy("local-search", initial=4), seed=3
    )
    np.testing.assert_array_equal(named.codes, made.codes)
    assert (named.benchmark, named.strategy) == ("nb201/cifar10-v1[budget=20]", "local-search[initial=4]")


def test_a_strategy_receives_goals_and_nothing_else(toy: Benchmark) -> None:
    made: list[Uniform] = []

    def make(problem: Problem, rng: np.random.Generator) -> Uniform:
        made.append(Uniform(problem, rng))
        return made[0]

    nasapi.run(toy, make, seed=0)
    assert {tuple(result.values) for result in made[0].received} == {("valid_accuracy",)}


def test_report_metrics_are_looked_up_for_incumbents_alone(toy: Benchmark) -> None:
    history = nasapi.run(toy, Uniform, seed=0)
    was_incumbent = np.isin(np.arange(len(history)), history.incumbents())
    assert (np.isfinite(history.report_metrics["test_accuracy"]) == was_incumbent).all()
    assert np.allclose(history.curve("test_accuracy"), history.curve() - 0.5)


def test_noise_is_shared_by_strategies_under_one_seed_in_any_order_and_batch() -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", noise=True)
    codes = [(2, 2, 2), (1, 2, 1), (2, 1, 2), (0, 1, 0)]
    forward = nasapi.run(benchmark, fixed(*codes), seed=5)
    backward = nasapi.run(benchmark, fixed(*codes[::-1]), seed=5, batch=4)
    assert (forward.values["valid_accuracy"] == backward.values["valid_accuracy"][::-1]).all()
    other = [nasapi.run(benchmark, fixed(*codes), seed=seed).values["valid_accuracy"].tolist() for seed in range(8)]
    assert len(set(map(tuple, other))) > 1


def test_row_noise_depends_on_seed_and_code() -> None:
    codes = np.array([[0, 1, 0], [0, 1, 1]])
    assert len({int(v) for seed in (0, 1) for v in row_noise(seed, codes)}) == 4


class Flaky(Objective):
    """Raises for one code, gives NaN for another."""

    def __init__(self) -> None:
        self.space = Toy()
        self.metrics = (Metric("loss", "min"),)

    def evaluate(self, codes: np.ndarray[Any, Any], fidelity: int | None = None, noise: Any = None) -> Columns:
        if (codes == 2).all(axis=1).any():
            raise RuntimeError("out of memory")
        return {"loss": np.where((codes == 1).all(axis=1), np.nan, codes.sum(axis=1)), "cost": np.ones(len(codes))}


def flaky() -> Benchmark:
    objective = Flaky()
    return Benchmark("toy/flaky-v1", Problem(objective.space, objective.metrics, Budget(10)), objective)


@pytest.mark.parametrize("batch", [1, 4])
def test_an_evaluation_that_raises_fails_alone(batch: int) -> None:
    history = nasapi.run(flaky(), fixed((0, 1, 0), (2, 2, 2), (1, 1, 1), (0, 2, 0)), seed=0, batch=batch)
    assert history.errors == {1: "RuntimeError: out of memory", 2: "loss is NaN"}
    assert history.incumbent() == 0


def test_a_failed_trial_says_why_a_metric_can_be_nan() -> None:
    benchmark = flaky()
    benchmark.objective.failures = {"loss": "The device cannot run this cell."}
    history = nasapi.run(benchmark, fixed((0, 1, 0), (1, 1, 1)), seed=0)
    assert history.errors == {1: "The device cannot run this cell."}


def test_a_run_whose_evaluations_all_failed_has_no_incumbent() -> None:
    history = nasapi.run(flaky(), fixed((2, 2, 2)), seed=0)
    with pytest.raises(LookupError, match="No evaluation of this run"):
        history.incumbent()


def test_an_objective_that_gives_rubbish_is_named(toy: Benchmark) -> None:
    class Rubbish(Flaky):
        def evaluate(self, codes: np.ndarray[Any, Any], fidelity: int | None = None, noise: Any = None) -> Columns:
            return {"loss": np.ones(len(codes) + 1), "cost": np.ones(len(codes))}

    objective = Rubbish()
    benchmark = Benchmark("toy/rubbish-v1", Problem(objective.space, objective.metrics, Budget(3)), objective)
    with pytest.raises(InterfaceError, match=r"Rubbish of toy/rubbish-v1 gave shape \(2,\) for 'loss'"):
        nasapi.run(benchmark, Uniform, seed=0)


def test_a_strategy_that_does_not_support_the_problem_is_refused() -> None:
    toy = nasapi.load_benchmark("toy/formula-v1", budget=7)
    two = (toy.objective.metric("valid_accuracy"), toy.objective.metric("params"))
    benchmark = evolve(toy, problem=evolve(toy.problem, goals=two))
    message = r"'Uniform' does not support multi-objective, which toy/formula-v1\[budget=7\] needs"
    with pytest.raises(InvalidOption, match=message):
        nasapi.run(benchmark, Uniform, seed=0)


@pytest.mark.parametrize(("seed", "batch", "message"), [(-1, 1, "whole number from 0"), (0, 0, "at least 1 trial")])
def test_bad_seeds_and_batches_are_refused(toy: Benchmark, seed: int, batch: int, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        nasapi.run(toy, Uniform, seed=seed, batch=batch)


def test_feasible_incumbents_beat_better_infeasible_ones(toy: Benchmark) -> None:
    class Careful(Uniform):
        supports = frozenset({"constraints"})

    problem = evolve(toy.problem, constraints=(Constraint("params", upper=0.0),))
    history = nasapi.run(evolve(toy, problem=problem), Careful, seed=0)
    assert history.values["params"][history.incumbent()] == 0.0


def test_observers_are_notified_of_the_run(toy: Benchmark) -> None:
    class Observer:
        def __init__(self) -> None:
            self.events: list[str] = []

        def nasapi_run_started(self, benchmark: Benchmark, strategy: str, seed: int) -> None:
            self.events.append(f"started {benchmark.id} {strategy} {seed}")

        def nasapi_result(self, result: Result) -> None:
            self.events.append("result")

        def nasapi_run_finished(self, history: nasapi.History) -> None:
            self.events.append(f"finished {len(history)}")

    observer = Observer()
    nasapi.run(toy, Uniform, seed=1, observers=[observer])
    assert observer.events == ["started toy/formula-v1 Uniform 1", *["result"] * 10, "finished 10"]


def test_lower_fidelities_are_evaluated_but_are_no_incumbents(toy: Benchmark) -> None:
    class Cheap(Uniform):
        def ask(self, n: int) -> list[Trial]:
            return self.problem.trials(self.problem.space.sample(n, self.rng), fidelity=1)

    history = nasapi.run(toy, Cheap, seed=0)
    assert (history.incumbents() == -1).all()
    assert (history.cost < 16).all()


def test_a_constraint_on_test_data_cannot_be_built(toy: Benchmark) -> None:
    problem = evolve(toy.problem, constraints=(Constraint("test_accuracy"),))
    with pytest.raises(InvalidOption, match="'test_accuracy' is measured on test data and cannot be a constraint"):
        evolve(toy, problem=problem)


def test_noise_where_there_is_none_is_refused() -> None:
    objective = Flaky()
    with pytest.raises(InvalidOption, match="has no noise to draw"):
        Benchmark("toy/x-v1", Problem(objective.space, objective.metrics, Budget(3)), objective, noise=True)


def test_looking_up_gives_nan_for_metrics_that_are_not_here(toy: Benchmark) -> None:
    found = toy.look_up(np.array([[2, 2, 2]]), ["test_accuracy", "latency"])
    assert np.isfinite(found["test_accuracy"]).all()
    assert np.isnan(found["latency"]).all()


def test_the_toy_objective_is_a_table_of_the_network() -> None:
    space, objective = Toy(), ToyObjective()
    codes = np.concatenate(list(space.enumerate()))
    values = objective.evaluate(codes)["valid_accuracy"]
    assert (values == objective.evaluate(space.canonical(codes))["valid_accuracy"]).all()


@define(eq=False)
class Noting(Strategy):
    """Puts a note on each trial, and keeps those that come back."""

    received: list[Any] = field(factory=list, init=False)

    def ask(self, n: int) -> list[Trial]:
        trials = self.problem.trials(self.problem.space.sample(n, self.rng))
        return [evolve(trial, note={"place": [at]}) for at, trial in enumerate(trials)]

    def tell(self, results: Sequence[Result]) -> None:
        self.received += [result.trial.note for result in results]


def test_a_note_comes_back_as_it_was_given(toy: Benchmark) -> None:
    made: list[Noting] = []

    def make(problem: Problem, rng: np.random.Generator) -> Noting:
        made.append(Noting(problem, rng))
        return made[0]

    nasapi.run(toy, make, seed=0, batch=5)
    assert made[0].received == [{"place": [at]} for at in [0, 1, 2, 3, 4] * 2]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("isolate", [False, True])
def test_a_strategy_that_asks_for_nothing_first_broke_the_interface(workers: int, isolate: bool) -> None:
    with pytest.raises(InterfaceError, match=r"'.+' asked for nothing in its first answer; .* Return a list of Trial"):
        nasapi.run("toy/formula-v1", Silent, seed=0, workers=workers, isolate=isolate)
