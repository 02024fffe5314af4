"""How the kit plays strategies, what its templates do, and the spaces that are unlike cells."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from counting_strategies import Counting

import nasapi
from nasapi.errors import InvalidArchitecture
from nasapi.testing import problems
from nasapi.testing.cases import SpaceCase, stream
from nasapi.testing.far_spaces import DeepChain, LargeAlphabet
from nasapi.testing.networks import computed, live_parts, same_network
from nasapi.testing.play import StrategyCase, answers, demand_same, is_valid, play, shuffled, trace
from nasapi.testing.rules import Broken, Skipped
from nasapi.testing.search import ToyEncoder, ToyLatent, ToySearch
from nasapi.testing.toy import Toy, toy_v1
from nasapi.trial import Architecture, Trial


def made(**options: Any) -> Counting:
    return Counting(toy_v1().problem, stream(1), **options)


def test_a_play_has_just_so_many_trials_in_batches_and_ends_with_the_strategy() -> None:
    steps = play(made(), toy_v1(), trials=10, batch=4)
    assert [(step.n, len(step.asked)) for step in steps] == [(4, 4), (4, 4), (2, 2)]
    assert [(step.n, len(step.asked)) for step in play(made(left=6), toy_v1())] == [(4, 4), (4, 2)]
    strategy = made()
    steps = play(strategy, toy_v1(), trials=8)
    assert strategy.received == [result for step in steps for result in step.results]
    assert trace(steps) == [(result.trial.arch.code, None) for result in strategy.received]

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
    assert strategy.received != results
    assert sorted(strategy.received, key=id) == sorted(results, key=id)


def test_what_cannot_be_evaluated_fails_alone() -> None:
    trials = [Trial(Architecture("toy", (2, 2, 2))), Trial(Architecture("toy", (9, 9, 9)))]
    good, bad = answers(toy_v1(), trials)
    assert (good.error, good.values["valid_accuracy"] > 0) == (None, True)
    assert bad.error is not None and bad.error.startswith("InvalidArchitecture: ")
    assert (dict(bad.values), bad.cost) == ({}, 0.0)
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


def test_what_a_network_computes_is_distinguished_from_its_dead_parts_and_skips() -> None:
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
