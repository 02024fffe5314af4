"""What each strategy does: whom it breeds from, where it looks next, what it tells the strategy inside."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nasapi_moo.evaluated_set import EvaluatedSet
from nasapi_moo.fronts import crowding_distances, front_ranks
from nasapi_moo.nsga2 import NSGA2
from nasapi_moo.pareto_local_search import ParetoLocalSearch
from nasapi_moo.penalise import Penalise, breaches
from nasapi_moo.scalarise import Scalarise
from own_strategies import NOTING
from two_goal_steps import codes_of, made, tell

import nasapi
from nasapi import Budget, Constraint, Result
from nasapi.errors import InvalidOption
from nasapi.testing.problems import constrained, spoiled, two_goals

ALL = ["nsga2", "pareto-local-search", "scalarise", "penalise"]


def distance(a, b):
    return sum(x != y for x, y in zip(a, b, strict=True))


def rows(losses, violation=None):
    losses = np.array(losses, float)
    broken = np.zeros(len(losses)) if violation is None else np.array(violation, float)
    return EvaluatedSet(tuple((row,) for row in range(len(losses))), losses, broken)


@pytest.mark.parametrize(("name", "benchmark"), [("scalarise", two_goals), ("penalise", constrained)])
def test_the_strategy_inside_is_told_of_its_own_trials(name, benchmark, tmp_path) -> None:
    (tmp_path / "noting.py").write_text(NOTING)
    assert len(nasapi.run(benchmark(), f"{name}[strategy='{tmp_path / 'noting.py'}:Noting']", seed=0))


def test_ranks_are_fronts_and_then_the_infeasible_by_how_far_they_break() -> None:
    found = front_ranks(rows([[1, 3], [3, 1], [2, 4], [0, 0], [0, 0], [9, 9]], [0, 0, 0, 2.0, 0.5, 0.5]))
    assert found.tolist() == [0, 0, 1, 3, 2, 2]


@given(
    losses=arrays(np.int64, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 5)),
    broken=st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0]), min_size=12, max_size=12),
)
@settings(max_examples=60)
def test_the_first_rank_is_what_no_other_row_dominates(losses, broken) -> None:
    found = front_ranks(rows(losses, broken[: len(losses)]))
    for row, (own, breach) in enumerate(zip(losses, broken, strict=False)):
        dominated = any(
            other_breach < breach or (breach == 0 == other_breach and (other <= own).all() and (other < own).any())
            for other, other_breach in zip(losses, broken, strict=False)
        )
        assert (found[row] == 0) == (not dominated)


def test_crowding_is_infinite_at_the_ends_of_a_front() -> None:
    front = rows([[0, 4], [1, 2], [3, 1], [4, 0]])
    found = crowding_distances(front, front_ranks(front))
    assert np.isinf(found).tolist() == [True, False, False, True]
    assert found[1] == pytest.approx((3 / 4 + 3 / 4) / 2)


def test_nsga2_breeds_from_what_nothing_dominates() -> None:
    search = made(NSGA2, population=6, crossover=0.0)
    start = search.ask(100)
    assert len(start) == 6
    tell(search, start, [(90.0, 0.0), *[(50.0 + row, 300.0) for row in range(5)]])
    children = [codes_of(search.ask(1))[0] for _ in range(4)]
    near = [min(distance(child, code) for code in codes_of(start)) for child in children]
    assert near == [1, 1, 1, 1]
    assert search._survivors.codes[0] == codes_of(start)[0]


def test_nsga2_keeps_the_ends_of_a_front_that_is_too_long() -> None:
    search = made(NSGA2, population=3)
    start = search.ask(3)
    tell(search, start, [(50.0, 0.0), (70.0, 200.0), (90.0, 300.0)])
    more = search.ask(2)
    tell(search, more, [(69.0, 190.0), (71.0, 210.0)])
    kept = set(search._survivors.codes)
    assert {codes_of(start)[0], codes_of(start)[2]} <= kept
    assert len(kept) == 3


def test_nsga2_waits_for_its_first_results_and_goes_on_after_failures() -> None:
    search = made(NSGA2, population=3)
    start = search.ask(3)
    assert search.ask(1) == []
    tell(search, start, [None, None, None])
    assert len(search.ask(2)) == 2


def test_a_population_of_one_hundred_percent_mutants_steps_from_its_parents() -> None:
    search = made(NSGA2, population=1, distinct=None)
    parent = search.ask(1)
    tell(search, parent, [(50.0, 0.0)])
    assert {distance(code, codes_of(parent)[0]) for code in codes_of(search.ask(20))} == {1}


def test_of_two_results_of_one_code_the_last_counts() -> None:
    first, second = rows([[1, 3], [3, 1]]), rows([[2, 2]])
    both = first.joined(second)
    assert both.codes == ((1,), (0,))
    assert both.losses.tolist() == [[3, 1], [2, 2]]


def test_pareto_local_search_asks_for_neighbours_of_the_archive_alone() -> None:
    search = made(ParetoLocalSearch, initial=3)
    start = search.ask(9)
    assert len(start) == 3
    tell(search, start, [(90.0, 300.0), (50.0, 100.0), (40.0, 200.0)])
    members = codes_of(start)[:2]
    for code in codes_of(search.ask(4)):
        assert min(distance(code, member) for member in members) == 1


def test_pareto_local_search_explores_whole_neighbourhoods_where_told_to() -> None:
    search = made(ParetoLocalSearch, initial=2, explore="whole")
    start = search.ask(2)
    tell(search, start, [(90.0, 300.0), (50.0, 100.0)])
    first = codes_of(search.ask(3))
    here = next(code for code in codes_of(start) if all(distance(code, found) == 1 for found in first))
    space = two_goals().problem.space
    free = {tuple(row) for row in space.neighbors(np.array(here)).tolist()} - set(codes_of(start))
    rest = codes_of(search.ask(len(free) - 3))
    assert set(first) | set(rest) == free


def test_pareto_local_search_draws_anew_where_everything_is_explored() -> None:
    search = made(ParetoLocalSearch, initial=1)
    start = search.ask(5)
    tell(search, start, [(90.0, 0.0)])
    around = search.ask(100)
    assert search.ask(1) == []
    tell(search, around, [(10.0, 300.0)] * len(around))
    anew = search.ask(5)
    assert len(anew) == 1
    assert codes_of(anew)[0] not in codes_of(start) + codes_of(around)


def test_an_archive_without_anything_feasible_is_what_breaks_least() -> None:
    problem = attrs.evolve(two_goals().problem, constraints=(Constraint("params", upper=50.0),))
    search = ParetoLocalSearch(problem, np.random.default_rng(0), initial=3)
    tell(search, search.ask(3), [(90.0, 300.0), (50.0, 100.0), (60.0, 100.0)])
    assert search._archive.violation.tolist() == [50.0, 50.0]


@pytest.mark.parametrize("spec", ["nsga2", "pareto-local-search", "pareto-local-search[explore=whole]"])
def test_every_code_is_asked_once_and_then_the_run_ends(spec) -> None:
    history = nasapi.run(two_goals(), nasapi.load_strategy(spec), seed=1, batch=3)
    assert (len(history), len(np.unique(history.codes, axis=0)), history.ended) == (22, 22, "strategy")


def test_scalarise_passes_on_the_weighted_and_joined_losses() -> None:
    search = made(Scalarise, initial=2, round=4, strategy="local-search[initial=3]")
    tell(search, search.ask(2), [(50.0, 0.0), (90.0, 300.0)])
    trials = search.ask(3)
    tell(search, trials, [(70.0, 150.0), (90.0, 300.0), (50.0, 0.0)])
    standings = {code: search._inner._observations[code][1] for code in codes_of(trials)}
    for code, losses in zip(codes_of(trials), [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], strict=True):
        weighted = search._weights * losses
        assert standings[code] == pytest.approx(weighted.max() + 0.05 * weighted.sum())


def test_a_weighted_sum_is_told_where_wanted() -> None:
    search = made(Scalarise, initial=2, method="weighted", strategy="local-search[initial=1]")
    tell(search, search.ask(2), [(50.0, 0.0), (90.0, 300.0)])
    trial = search.ask(1)
    tell(search, trial, [(70.0, 150.0)])
    assert search._inner._observations[codes_of(trial)[0]][1] == pytest.approx(0.5)


def test_scalarise_waits_for_a_first_result_and_no_longer() -> None:
    search = made(Scalarise, initial=3)
    start = search.ask(3)
    assert search.ask(1) == []
    tell(search, start[:1], [(50.0, 0.0)])
    assert len(search.ask(2)) == 2


def test_weights_are_drawn_anew_each_round() -> None:
    search = made(Scalarise, initial=1, round=2)
    tell(search, search.ask(1), [(50.0, 0.0)])
    seen = []
    for _ in range(3):
        trials = search.ask(2)
        seen.append(tuple(search._weights))
        tell(search, trials, [(60.0, 100.0)] * 2)
    assert len(set(seen)) == 3
    assert np.sum(seen, axis=1) == pytest.approx(1.0)


def test_results_of_an_earlier_round_are_not_told_to_a_strategy_that_did_not_ask() -> None:
    search = made(Scalarise, initial=1, round=2, restart=True, strategy="local-search[initial=2]")
    tell(search, search.ask(1), [(50.0, 0.0)])
    late = search.ask(2)
    now = search.ask(2)
    tell(search, late, [(60.0, 100.0)] * 2)
    assert search._inner._observations == {}
    tell(search, now, [(60.0, 100.0)] * 2)
    assert set(search._inner._observations) == set(codes_of(now))


def test_failures_reach_the_strategy_inside_as_failures() -> None:
    history = nasapi.run(spoiled(two_goals(), "half"), nasapi.load_strategy("scalarise[initial=3,round=4]"), seed=0)
    assert 10 < len(history.errors) < len(history) == 100


def test_penalise_makes_values_worse_by_the_relative_breach() -> None:
    search = made(Penalise, constrained(), strategy="local-search[initial=2]", penalty=40.0)
    trials = search.ask(2)
    tell(search, trials, [(70.0, 150.0), (90.0, 300.0)])
    known = search._inner._observations
    assert [known[code] for code in codes_of(trials)] == [(0.0, -70.0), (0.0, -(90.0 - 40.0))]


def test_a_bound_of_zero_is_not_divided_by() -> None:
    bounds = (Constraint("params", lower=4.0), Constraint("cost", upper=0.0))
    problem = attrs.evolve(constrained().problem, constraints=bounds)
    trial = problem.trials(np.array([[2, 2, 2]]))[0]
    assert breaches(problem, [Result(trial, {"params": 3.0, "cost": 2.0})]).tolist() == [2.25]


def test_penalised_search_finds_the_best_feasible_architecture() -> None:
    benchmark = constrained()
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(60)))
    history = nasapi.run(benchmark, nasapi.load_strategy("penalise[strategy=local-search]"), seed=0)
    assert history.violation[history.incumbent()] == 0


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("spec", ["nsga2", "pareto-local-search", "scalarise"])
def test_runs_survive_a_limit_that_nothing_keeps_and_come_near_it(spec) -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1[joint=1,limit=0.1]", budget=80)
    history = nasapi.run(benchmark, nasapi.load_strategy(spec), seed=0, batch=4)
    assert len(history) == 80
    assert len(history.front()) == 0
    assert history.violation.min() < 1.5


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("spec", ["nsga2", "pareto-local-search", "scalarise"])
def test_runs_survive_cells_that_the_device_cannot_run(spec) -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgetpu-v1[joint=1]", budget=80)
    history = nasapi.run(benchmark, nasapi.load_strategy(spec), seed=0, batch=4)
    assert set(history.errors.values()) == {"The Edge TPU cannot run this cell, so HW-NAS-Bench has no latency of it."}
    assert len(history.front()) > 2


def test_a_strategy_that_cannot_be_wrapped_is_refused() -> None:
    class Blind(NSGA2):
        supports = frozenset()

    problem = attrs.evolve(two_goals().problem, constraints=(Constraint("params", upper=50.0),))
    with pytest.raises(InvalidOption, match=r"`penalise` cannot wrap 'evolution', which does not support multi-obj"):
        Penalise(problem, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("strategy", "option", "message"),
    [
        (NSGA2, {"population": 0}, "`population` is a whole number from 1, not 0"),
        (NSGA2, {"crossover": 1.5}, "`crossover` is a share from 0 to 1, not 1.5"),
        (NSGA2, {"distinct": "codes"}, "`distinct` is 'code', 'network' or none, not 'codes'"),
        (ParetoLocalSearch, {"explore": "half"}, "`explore` is 'one' or 'whole', not 'half'"),
        (Scalarise, {"method": "sum"}, "`method` is 'tchebycheff' or 'weighted', not 'sum'"),
        (Scalarise, {"restart": "abc"}, "`restart` is true or false, not 'abc'"),
        (Scalarise, {"strategy": 3}, "`strategy` is the name of a strategy, with options in brackets, not 3"),
        (Penalise, {"penalty": -1}, "`penalty` is a number above 0, not -1"),
        (Penalise, {"penalty": float("nan")}, "`penalty` is a number above 0, not nan"),
    ],
)
def test_options_outside_their_range_are_refused(strategy, option, message) -> None:
    benchmark = constrained() if strategy is Penalise else two_goals()
    with pytest.raises(InvalidOption, match=message):
        made(strategy, benchmark, **option)
