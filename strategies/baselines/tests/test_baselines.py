"""What each baseline does: its rules of moving, ageing and weighing, and what it does where a space ends."""

from pkgutil import resolve_name

import attrs
import nasapi_baselines
import numpy as np
import pytest
from nasapi_baselines.evolution import Evolution
from nasapi_baselines.local_search import LocalSearch
from nasapi_baselines.marginals import Marginals
from nasapi_baselines.random import RandomSearch
from nasapi_toolkit.unseen import Unseen
from toy_steps import codes_of, made, tell

import nasapi
from nasapi import Budget, Constraint, Result
from nasapi.errors import InvalidOption
from nasapi.testing.toy import Toy, toy_v1

EXHAUSTIVE = ["random", "local-search", "local-search[initial=2,move=best]", "evolution[distinct=code]", "marginals"]


@pytest.fixture
def benchmark_():
    return nasapi.load_benchmark("toy/formula-v1", budget=60)


def distance(a, b):
    return sum(x != y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("batch", [1, 7, 100])
@pytest.mark.parametrize("spec", EXHAUSTIVE)
def test_every_code_is_asked_once_and_then_the_run_ends(spec, batch, benchmark_):
    history = nasapi.run(benchmark_, nasapi.load_strategy(spec), seed=3, batch=batch)
    assert len(history) == len(np.unique(history.codes, axis=0)) == 22
    assert history.ended == "strategy"
    assert history.regret()[-1] == 0


@pytest.mark.parametrize("spec", ["random[distinct=network]", "evolution[distinct=network,population=5,sample=5]"])
def test_every_network_is_asked_once_where_networks_are_distinct(spec, benchmark_):
    history = nasapi.run(benchmark_, nasapi.load_strategy(spec), seed=4)
    assert len(history) == 14
    assert not history.repeats["network"].any()


@pytest.mark.parametrize("spec", ["random[distinct=none]", "evolution"])
def test_repeats_are_asked_for_where_nothing_is_distinct(spec, benchmark_):
    history = nasapi.run(benchmark_, nasapi.load_strategy(spec), seed=5)
    assert len(history) == 60
    assert history.repeats["code"].any()


def test_random_search_draws_every_code_equally_often_first():
    first = [codes_of(made(RandomSearch, seed).ask(1))[0] for seed in range(2200)]
    counts = np.unique(first, axis=0, return_counts=True)[1]
    assert len(counts) == 22
    assert ((counts - 100) ** 2 / 100).sum() < 46.8  # chi-squared with 21 degrees of freedom, p = 0.001


def test_unseen_codes_are_found_in_a_space_whose_size_nobody_knows():
    class Uncounted(Toy):
        size = None

    unseen = Unseen(Uncounted())
    drawn = unseen.draw(40, np.random.default_rng(0))
    assert len(drawn) == len(np.unique(drawn, axis=0)) == 22
    assert len(unseen.draw(1, np.random.default_rng(0))) == 0


def test_the_rest_of_a_space_is_listed_where_draws_do_not_find_it():
    class Stubborn(Toy):
        def sample(self, n, rng):
            return np.repeat([[2, 2, 2]], n, axis=0)

    drawn = Unseen(Stubborn()).draw(22, np.random.default_rng(0))
    assert len(np.unique(drawn, axis=0)) == 22


def test_local_search_moves_to_the_first_better_neighbour():
    search = made(LocalSearch, initial=2)
    start = search.ask(9)
    assert len(start) == 2
    tell(search, start, [50.0, 60.0])
    neighbor = search.ask(1)
    assert distance(codes_of(neighbor)[0], codes_of(start)[1]) == 1
    tell(search, neighbor, [70.0])
    here = codes_of(neighbor)[0]
    assert all(distance(code, here) == 1 for code in codes_of(search.ask(100)))


def test_local_search_moves_to_the_best_of_a_neighbourhood():
    search = made(LocalSearch, initial=1, move="best")
    tell(search, search.ask(1), [50.0])
    around = search.ask(100)
    tell(search, around[:-1], [60.0 + row for row in range(len(around) - 1)])
    assert search.ask(100) == []  # one answer is missing
    tell(search, around[-1:], [40.0])
    assert all(distance(code, codes_of(around)[-2]) == 1 for code in codes_of(search.ask(100)))


def test_local_search_starts_anew_at_a_local_optimum():
    search = made(LocalSearch, initial=1)
    start = search.ask(1)
    tell(search, start, [90.0])
    around = search.ask(100)
    tell(search, around, [10.0] * len(around))
    anew = search.ask(100)
    assert len(anew) == 1
    assert distance(codes_of(anew)[0], codes_of(start)[0]) > 1


def test_local_search_waits_for_its_start():
    search = made(LocalSearch, initial=3)
    start = search.ask(3)
    tell(search, start[1:], [50.0, 60.0])
    assert search.ask(5) == []
    tell(search, start[:1], [40.0])
    assert all(distance(code, codes_of(start)[2]) == 1 for code in codes_of(search.ask(5)))


def test_local_search_leaves_a_start_that_failed():
    search = made(LocalSearch, initial=1)
    start = search.ask(1)
    tell(search, start, [None])
    neighbor = search.ask(1)
    tell(search, neighbor, [1.0])
    assert all(distance(code, codes_of(neighbor)[0]) == 1 for code in codes_of(search.ask(100)))


def test_evolution_starts_with_a_random_population_and_waits_for_it():
    search = made(Evolution, population=6, sample=3)
    start = search.ask(100)
    assert len(start) == 6
    assert search.ask(1) == []
    tell(search, start[:1], [50.0])
    assert all(distance(code, codes_of(start)[0]) == 1 for code in codes_of(search.ask(4)))


def test_evolution_breeds_from_the_best_of_a_tournament():
    search = made(Evolution, population=4, sample=4)
    search.sample = 200  # so many draws that the best is among them
    start = search.ask(4)
    tell(search, start, [50.0, 80.0, 60.0, None])
    assert all(distance(code, codes_of(start)[1]) == 1 for code in codes_of(search.ask(20)))


def test_in_evolution_the_oldest_dies_however_good():
    search = made(Evolution, population=2, sample=2, initial=1)
    search.sample = 200
    first = search.ask(2)
    assert len(first) == 1
    tell(search, first, [99.0])
    children = search.ask(2)
    tell(search, children, [1.0, 2.0])
    assert all(distance(code, codes_of(children)[1]) == 1 for code in codes_of(search.ask(20)))


def test_a_tournament_of_one_is_a_uniform_draw():
    search = made(Evolution, population=2, sample=1)
    start = search.ask(2)
    tell(search, start, [99.0, 1.0])
    children = np.array(codes_of(search.ask(400)))
    of_the_worse = (children != codes_of(start)[1]).sum(axis=1) == 1
    assert of_the_worse.mean() > 0.35


def test_the_defaults_are_those_of_the_comparisons_on_tables():
    problem = nasapi.load_benchmark("nb201/cifar10-v1").problem
    first = {}
    for strategy in (Evolution, LocalSearch, Marginals):
        search = strategy(problem, np.random.default_rng(0))
        trials = search.ask(10) + search.ask(90)
        first[strategy] = len(trials)
        tell(search, trials, [50.0 + row for row in range(len(trials))])
        if strategy is Marginals:
            assert len(search.ask(100)) == 16
            best = np.array(codes_of(trials))[::-1]
            weight = (1 / (0.01 * 16 + np.arange(16))) ** 2  # squared, with k = 0.01
            share = weight[best[:, 0] == best[0, 0]].sum() / weight.sum()
            assert search._shares()[0, best[0, 0]] == pytest.approx(0.98 * share + 0.02 / 5)
    assert first == {Evolution: 30, LocalSearch: 10, Marginals: 16}


def test_ten_of_thirty_compete_to_be_the_parent():
    problem = nasapi.load_benchmark("nb201/cifar10-v1").problem
    search = Evolution(problem, np.random.default_rng(0))
    start = search.ask(100)
    tell(search, start, [50.0 + row for row in range(30)])
    children = np.array(codes_of(search.ask(4000)))
    share = ((children != codes_of(start)[-1]).sum(axis=1) == 1).mean()
    assert share == pytest.approx(1 - (29 / 30) ** 10, abs=0.025)


def test_of_members_that_did_equally_well_the_oldest_is_the_parent():
    search = made(Evolution, population=6, sample=6)
    start = search.ask(6)
    tell(search, start, [50.0] * 6)
    codes = codes_of(start)
    assert codes != sorted(codes) and [code for *_, code in search._ranked] == codes


def test_children_that_are_wanted_distinct_are_mutants_as_long_as_there_are_some():
    search = made(Evolution, population=1, sample=1, distinct="code")
    start = search.ask(1)
    tell(search, start, [50.0])
    around = {tuple(code) for code in Toy().neighbors(np.array(codes_of(start)[0])).tolist()}
    assert set(codes_of(search.ask(len(around)))) == around
    assert codes_of(search.ask(1))[0] not in around


def test_where_mutants_run_out_random_architectures_make_up_the_number():
    search = made(Evolution, population=1, sample=1, distinct="code")
    start = search.ask(1)
    tell(search, start, [50.0])
    around = {tuple(code) for code in Toy().neighbors(np.array(codes_of(start)[0])).tolist()}
    asked = codes_of(search.ask(len(around) + 2))
    assert set(asked[:-2]) == around
    assert len(set(asked)) == len(around) + 2


def test_what_is_published_says_how_it_departs():
    for name in ("random", "local-search", "evolution"):
        entry = next(entry for entry in nasapi_baselines.nasapi_entries() if entry.id == name)
        assert resolve_name(entry.paper).departures


@pytest.mark.parametrize("spec", ["local-search", "evolution", "marginals"])
def test_the_feasible_is_preferred(spec):
    benchmark = toy_v1()
    problem = attrs.evolve(benchmark.problem, constraints=(Constraint("params", upper=100.0),), budget=Budget(22))
    history = nasapi.run(attrs.evolve(benchmark, problem=problem), nasapi.load_strategy(spec), seed=0)
    assert history.violation[history.incumbent()] == 0


def test_local_search_climbs_towards_feasibility():
    benchmark = toy_v1()
    problem = attrs.evolve(benchmark.problem, constraints=(Constraint("params", upper=100.0),))
    search = LocalSearch(problem, np.random.default_rng(0), initial=2)
    start = search.ask(2)
    search.tell(
        [
            Result(start[0], {"valid_accuracy": 99.0, "params": 300.0}),
            Result(start[1], {"valid_accuracy": 50.0, "params": 100.0}),
        ]
    )
    assert all(distance(code, codes_of(start)[1]) == 1 for code in codes_of(search.ask(3)))


@pytest.mark.parametrize("strategy", [LocalSearch, Evolution, Marginals])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "ten"])
def test_a_count_that_is_no_count_is_refused(strategy, value):
    with pytest.raises(InvalidOption, match=r"`initial` is a whole number from 1(, or none)?, not"):
        made(strategy, initial=value)


def test_none_is_no_count_where_it_is_not_the_default():
    with pytest.raises(InvalidOption, match="`population` is a whole number from 1, not None"):
        made(Evolution, population=None, initial=None)


def test_a_tournament_larger_than_the_population_is_refused():
    with pytest.raises(InvalidOption, match="`sample` is at most the population, which is 2, not 10; give both"):
        made(Evolution, population=2)


def test_an_unknown_identity_is_refused():
    with pytest.raises(InvalidOption, match="`distinct` is 'code', 'network' or none, not 'codes'"):
        nasapi.load_strategy("random", distinct="codes")(toy_v1().problem, np.random.default_rng(0))


def test_an_unknown_move_is_refused():
    with pytest.raises(InvalidOption, match="`move` is 'first' or 'best', not 'worst'"):
        made(LocalSearch, move="worst")


def test_what_is_new_is_the_first_code_of_each_network_that_was_not_taken():
    space = Toy()
    unseen = Unseen(space, "network")
    every = np.concatenate(list(space.enumerate()))
    unseen.take(every[:3], 3)
    found = unseen.new(np.concatenate([every, every]))
    names = list(map(tuple, space.canonical(found).tolist()))
    assert len(names) == len(set(names))
    assert set(names) == set(map(tuple, space.canonical(every).tolist())) - unseen.taken
    assert (unseen.take(every, len(every)) == found).all()
