"""What surrogate search does round by round, where a space ends, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasapi_surrogate.strategy import SurrogateSearch, _largest
from scipy.stats import norm

import nasapi
from nasapi import Budget, Constraint, Problem, Result
from nasapi.errors import InvalidOption
from nasapi.testing.toy import toy_v1


def made(seed=0, problem=None, **options):
    options = {"encoder": "genes", "model": "grid-gp", "initial": 4, "round": 2} | options
    return SurrogateSearch(problem or toy_v1().problem, np.random.default_rng(seed), **options)


def codes_of(trials):
    return [trial.arch.code for trial in trials]


def tell(strategy, trials, value):
    strategy.tell([Result(trial, {"valid_accuracy": value(trial.arch.code)}, 1.0) for trial in trials])


@pytest.mark.parametrize("pool", ["whole", "relatives[size=9]", "mutate[size=4]", "random[size=2]"])
@pytest.mark.parametrize("batch", [1, 5, 100])
def test_every_network_is_asked_for_once_and_then_the_run_ends(pool, batch):
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=60)
    strategy = nasapi.load_strategy("surrogate", encoder="genes", model="grid-gp", pool=pool, initial=4, round=3)
    history = nasapi.run(benchmark, strategy, seed=3, batch=batch)
    assert len(history) == 14
    assert not history.repeats["network"].any()
    assert history.ended == "strategy"
    assert history.regret()[-1] == 0


def test_nothing_is_asked_for_twice_while_results_are_awaited():
    strategy = made(initial=3, round=2)
    first = strategy.ask(3)
    tell(strategy, first[:1], sum)
    asked = codes_of(first)
    while trials := strategy.ask(5):
        asked += codes_of(trials)
    assert len(asked) == len(set(asked)) == 14


def test_rounds_are_drawn_uniformly_until_something_succeeds():
    strategy = made(initial=2, round=3)
    trials = strategy.ask(2)
    strategy.tell([Result(trial, {}, 1.0, "it failed") for trial in trials])
    assert len(strategy.ask(10)) == 3
    assert strategy._encoded is None


def test_the_model_learns_that_failures_are_the_worst():
    strategy = made(encoder="genes", acquisition="mean", initial=8, round=1)
    trials = strategy.ask(8)
    bad = [trial for trial in trials if trial.arch.code[1] != 2]
    good = [trial for trial in trials if trial.arch.code[1] == 2]
    assert bad
    assert good
    strategy.tell([Result(trial, {}, 1.0, "it failed") for trial in bad])
    tell(strategy, good, lambda code: 50.0)
    assert strategy.ask(1)[0].arch.code[1] == 2


def test_a_round_is_what_one_fit_chooses():
    strategy = made(initial=4, round=3)
    tell(strategy, strategy.ask(4), sum)
    first = strategy.ask(1)
    rest = strategy.ask(10)
    assert len(first + rest) == 3


def test_the_most_wanted_of_a_learned_function_is_asked_for_next():
    strategy = made(encoder="genes", acquisition="mean", initial=10, round=1)
    tell(strategy, strategy.ask(10), lambda code: 10 * code[1])
    assert strategy.ask(1)[0].arch.code[1] == 2


def test_of_a_listed_space_exactly_what_was_asked_for_is_not_free():
    strategy = made(pool="whole", initial=3, round=2)
    asked = strategy.ask(3)
    for _ in range(3):
        tell(strategy, asked[-3:], sum)
        listed = strategy._listed
        asked += strategy.ask(2)
    networks = strategy.problem.space.canonical(listed.codes[~listed.free]).tolist()
    before = strategy.problem.space.canonical(np.array(codes_of(asked[:-2]))).tolist()
    assert sorted(networks) == sorted(before)
    assert strategy._listed is listed


@given(st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), min_size=1, max_size=12), st.data())
def test_the_largest_come_in_order_and_equals_by_row(values, data):
    n = data.draw(st.integers(1, len(values)))
    wanted = sorted(range(len(values)), key=lambda row: (-values[row], row))[:n]
    assert _largest(np.array(values), n).tolist() == wanted


@pytest.mark.parametrize("acquisition", ["ei", "pi"])
def test_an_improvement_is_one_on_the_best_result(acquisition):
    strategy = made(pool="whole", acquisition=acquisition, targets="values", initial=5, round=1)
    tell(strategy, strategy.ask(5), lambda code: 10.0 * code[0] - 3.0 * code[1] + code[2])
    (asked,) = codes_of(strategy.ask(1))
    listed, targets = strategy._listed, strategy._observations.scores("values")
    mean, spread = strategy._model.predict(listed.features)
    gain = (targets.min() - mean) / spread
    value = norm.cdf(gain) if acquisition == "pi" else spread * (gain * norm.cdf(gain) + norm.pdf(gain))
    known = {tuple(code) for code in strategy._observations.codes.tolist()}
    networks = strategy.problem.space.canonical(strategy._observations.codes).tolist()
    free = [code not in networks for code in strategy.problem.space.canonical(listed.codes).tolist()]
    assert asked == tuple(listed.codes[np.where(free, value, -1).argmax()].tolist())
    assert asked not in known


def test_without_spreads_the_bound_is_the_mean():
    found = []
    for options in ({"acquisition": "mean"}, {"acquisition": "ucb", "kappa": 0}, {"acquisition": "ucb", "kappa": 9}):
        strategy = made(initial=6, round=3, **options)
        tell(strategy, strategy.ask(6), lambda code: code[0] + 2 * code[1] + 0.1 * code[2])
        found.append(codes_of(strategy.ask(3)))
    assert found[0] == found[1] != found[2]


def test_a_shortlist_as_long_as_a_round_is_the_round_in_another_order():
    problem, found = nasapi.load_benchmark("nb201/cifar10-v1").problem, []
    for shortlist in (None, 10):
        strategy = made(problem=problem, acquisition="mean", initial=10, round=10, shortlist=shortlist)
        tell(strategy, strategy.ask(10), sum)
        found.append(codes_of(strategy.ask(10)))
    assert found[0] != found[1]
    assert sorted(found[0]) == sorted(found[1])


def test_a_shortlist_is_drawn_from():
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1")
    rounds = []
    for shortlist in (None, 500):
        strategy = made(problem=benchmark.problem, acquisition="mean", initial=20, round=10, shortlist=shortlist)
        strategy.tell(benchmark.evaluate(strategy.ask(20)))
        rounds.append(set(codes_of(strategy.ask(10))))
    assert len(rounds[0]) == len(rounds[1]) == 10
    assert len(rounds[0] & rounds[1]) < 5


def test_constraints_are_learned_from():
    problem = toy_v1().problem
    constrained = Problem(problem.space, problem.goals, Budget(20), constraints=(Constraint("params", upper=100.0),))
    strategy = made(problem=constrained, encoder="genes", acquisition="mean", initial=9, round=1)
    trials = strategy.ask(9)
    strategy.tell(
        [Result(trial, {"valid_accuracy": 50.0, "params": 100.0 * trial.arch.code.count(2)}, 1.0) for trial in trials]
    )
    assert strategy.ask(1)[0].arch.code.count(2) <= 1


def test_while_nothing_is_feasible_values_lead_to_what_breaks_less():
    problem = toy_v1().problem
    constrained = Problem(problem.space, problem.goals, Budget(20), constraints=(Constraint("params", upper=-1.0),))
    strategy = made(problem=constrained, acquisition="mean", targets="values", initial=9, round=1)
    strategy.tell(
        [
            Result(trial, {"valid_accuracy": 50.0 + trial.arch.code[1], "params": 10.0 * trial.arch.code[1]}, 1.0)
            for trial in strategy.ask(9)
        ]
    )
    assert strategy.ask(1)[0].arch.code[1] == 0


def test_results_in_another_order_change_nothing_that_is_asked():
    strategies = [made(initial=6, round=3) for _ in range(2)]
    for strategy, order in zip(strategies, (1, -1), strict=True):
        tell(strategy, strategy.ask(6)[::order], lambda code: code[0] + 2 * code[1] + 0.1 * code[2])
    first, second = (codes_of(strategy.ask(3)) for strategy in strategies)
    assert first == second


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"acquisition": "best"}, "`acquisition` is 'ei', 'ucb', 'pi', 'its', 'ts' or 'mean', not 'best'"),
        ({"acquisition": "ts"}, "Model 'grid-gp' cannot draw whole functions, which 'ts' needs; use 'its'"),
        ({"targets": "raw"}, "`targets` is 'ranks' or 'values', not 'raw'"),
        ({"kappa": -1.0}, r"`kappa` is a number from 0, not -1\.0"),
        ({"kappa": True}, "`kappa` is a number from 0, not True"),
        ({"initial": 0}, "`initial` is a whole number from 1, not 0"),
        ({"round": 1.5}, r"`round` is a whole number from 1, not 1\.5"),
        ({"shortlist": 0}, "`shortlist` is a whole number from 1, or none, not 0"),
        ({"shortlist": 3, "round": 4}, "`shortlist` is at least `round`, 4, not 3"),
        ({"encoder": "+genes"}, "`encoder` is an encoder, or several"),
        ({"encoder": None}, "`encoder` is a name, with options in brackets, not None"),
        ({"model": 5}, "`model` is a name, with options in brackets, not 5"),
        ({"pool": True}, "`pool` is a name, with options in brackets, not True"),
        ({"pool": "generator[encoder=genes]"}, "Encoder 'genes' cannot decode"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(options, message):
    with pytest.raises(InvalidOption, match=message):
        made(**options)


@pytest.mark.parametrize("acquisition", ["ei", "pi"])
def test_an_order_is_not_compared_with_the_best_result(acquisition):
    pytest.importorskip("xgboost", reason="the model xgb needs xgboost-cpu")
    with pytest.raises(InvalidOption, match=f"predicts an order without unit, which '{acquisition}' cannot compare"):
        made(model="xgb[objective=order]", acquisition=acquisition)


@pytest.mark.parametrize("acquisition", ["mean", "ucb", "its"])
def test_an_order_is_followed_by_what_compares_candidates_alone(acquisition):
    pytest.importorskip("xgboost", reason="the model xgb needs xgboost-cpu")
    strategy = made(model="xgb[objective=order,trees=5]", acquisition=acquisition)
    tell(strategy, strategy.ask(4), sum)
    assert len(strategy.ask(2)) == 2


def test_an_option_of_a_preset_can_be_changed():
    factory = nasapi.load_strategy("ranked-gp[kappa=2.0]")
    strategy = factory(toy_v1().problem, np.random.default_rng(0))
    assert (strategy.kappa, strategy.model, strategy.initial) == (2.0, "grid-gp", 6)


def test_the_factorial_is_one_spec():
    pytest.importorskip("xgboost", reason="the model xgb needs xgboost-cpu")
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1", budget=40)
    strategy = nasapi.load_strategy("surrogate[encoder=path,model=xgb[trees=10],acquisition=ucb,pool=mutate]")
    assert len(nasapi.run(benchmark, strategy, seed=0)) == 40


def test_ranked_gp_finds_the_best_cell_of_nb201_in_96_trials():
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1", budget=96)
    history = nasapi.run(benchmark, nasapi.load_strategy("ranked-gp"), seed=0)
    assert history.regret()[-1] == pytest.approx(0, abs=1e-9)
