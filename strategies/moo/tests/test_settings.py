"""Settings that are shares and numbers, seen in what a search does, and what wrapped strategies are told."""

from __future__ import annotations

from pathlib import Path
from pkgutil import resolve_name

import attrs
import nasapi_moo
import numpy as np
import pytest
from nasapi_moo.nsga2 import NSGA2
from nasapi_moo.pareto_local_search import ParetoLocalSearch
from nasapi_moo.penalise import Penalise
from nasapi_moo.scalarise import Scalarise
from two_goal_steps import codes_of, made, tell

import nasapi
from nasapi import Constraint, Result
from nasapi.errors import InvalidOption
from nasapi.testing.problems import two_goals


def nb201_problem():
    return attrs.evolve(two_goals().problem, space=nasapi.load_space("nb201"))


def test_two_of_a_population_compete_and_the_better_placed_is_the_parent() -> None:
    search = NSGA2(nb201_problem(), np.random.default_rng(0), population=4, crossover=0.0, mutation=0.0, distinct=None)
    start = search.ask(4)
    tell(search, start, [(60.0 + row, 100.0 - row) for row in range(4)])  # each dominates those before it
    children = codes_of(search.ask(4000))
    shares = [children.count(code) / 4000 for code in codes_of(start)]
    np.testing.assert_allclose(shares, [1 / 16, 3 / 16, 5 / 16, 7 / 16], atol=0.03)


def test_nine_of_ten_children_have_two_parents_and_all_take_a_step() -> None:
    mixed = {}
    for mutation in (0.0, None):
        options = {} if mutation is None else {"mutation": mutation}
        search = NSGA2(nb201_problem(), np.random.default_rng(0), population=2, distinct=None, **options)
        start = search.ask(2)
        search.tell([])
        ends = [(0,) * 6, (4,) * 6]
        trials = search.problem.trials(np.array(ends))
        tell(search, trials, [(90.0, 300.0), (50.0, 100.0)])
        children = np.array(codes_of(search.ask(4000)))
        near = np.minimum((children != ends[0]).sum(axis=1), (children != ends[1]).sum(axis=1))
        mixed[mutation] = (near == 0).mean()
        assert len(start) == 2
    halves = 1 / 2 * (1 - 2 / 2**6)  # pairs of two different parents, and their children that are neither
    assert mixed[0.0] == pytest.approx(1 - 0.9 * halves, abs=0.03)
    assert mixed[None] < 0.02  # a step away from both, but for children one gene from a parent that step back


def test_strategies_begin_with_as_many_as_they_say() -> None:
    problem = nb201_problem()
    found = {}
    for target in (NSGA2, ParetoLocalSearch, Scalarise):
        search = target(problem, np.random.default_rng(0))
        trials = search.ask(3) + search.ask(100)
        found[target] = len(trials)
        tell(search, trials, [(50.0, 100.0)] * len(trials))
    assert found == {NSGA2: 20, ParetoLocalSearch: 10, Scalarise: 10}


def test_scalarise_goes_on_with_one_strategy_in_rounds_of_twenty_and_begins_anew_where_told_to() -> None:
    for options, same, limit in (({}, True, 100.0), ({"restart": True}, False, 20.0)):
        search = Scalarise(nb201_problem(), np.random.default_rng(0), **options)
        tell(search, search.ask(10), [(50.0 + row, 100.0) for row in range(10)])
        rounds = []
        for _ in range(2):
            trials = []
            while len(trials) < 20:
                some = search.ask(7)
                tell(search, some, [(60.0, 100.0)] * len(some))
                trials += some
            rounds.append((search._inner, tuple(search._weights), len(trials)))
        assert [count for *_, count in rounds] == [20, 20]
        assert (rounds[0][0] is rounds[1][0]) is same
        assert rounds[0][1] != rounds[1][1]
        assert search._inner.problem.budget.limit == limit


def test_a_goal_that_is_alike_everywhere_is_not_divided_by() -> None:
    search = made(Scalarise, initial=2, strategy="local-search[initial=1]")
    tell(search, search.ask(2), [(50.0, 100.0), (90.0, 100.0)])
    trial = search.ask(1)
    tell(search, trial, [(70.0, 130.0)])
    weighted = search._weights * [0.5, 30.0]
    assert search._inner._observations[codes_of(trial)[0]][1] == pytest.approx(weighted.max() + 0.05 * weighted.sum())


def test_a_strategy_that_does_not_fit_is_refused_before_anything_is_evaluated(tmp_path: Path) -> None:
    file = tmp_path / "plain.py"
    file.write_text("import nasapi\n\nclass Plain(nasapi.Strategy):\n    ask = tell = None\n")
    problem = attrs.evolve(two_goals().problem, constraints=(Constraint("params", upper=50.0),))
    with pytest.raises(InvalidOption, match=r"`scalarise` cannot wrap .*Plain', which does not support constraints"):
        Scalarise(problem, np.random.default_rng(0), strategy=f"{file}:Plain")


def test_a_strategy_at_its_end_is_begun_anew_for_no_more_than_a_round() -> None:
    search = made(Scalarise, initial=1, round=3, strategy="local-search[initial=2]")
    tell(search, search.ask(1), [(50.0, 0.0)])
    first, sizes = search.ask(1), []
    inner = search._inner
    tell(search, first, [(50.0, 0.0)])
    for _ in range(20):
        trials = search.ask(100)
        sizes.append(len(trials))
        tell(search, trials, [(50.0, 0.0)] * len(trials))
    assert search._inner is not inner  # 22 codes are no more than it has
    assert 1 <= min(sizes) <= max(sizes) <= 3


def test_a_result_without_one_of_the_goals_has_failed() -> None:
    search = made(Scalarise, initial=2, strategy="local-search[initial=2]")
    tell(search, search.ask(2), [(50.0, 0.0), (90.0, 300.0)])
    trials = search.ask(2)
    search.tell([Result(trials[0], {"valid_accuracy": 99.0}, 1.0)])
    tell(search, trials[1:], [(60.0, 100.0)])
    standing = [search._inner._observations[code] for code in codes_of(trials)]
    assert standing[1] < standing[0]
    assert not np.isfinite(standing[0][1])


def test_constrained_values_reach_the_strategy_inside() -> None:
    problem = attrs.evolve(two_goals().problem, constraints=(Constraint("params", upper=100.0),))
    search = Scalarise(problem, np.random.default_rng(0), initial=2, strategy="local-search[initial=1]")
    tell(search, search.ask(2), [(50.0, 0.0), (90.0, 300.0)])
    trial = search.ask(1)
    tell(search, trial, [(70.0, 150.0)])
    assert search._inner._observations[codes_of(trial)[0]][0] == pytest.approx(50.0)


def test_a_minimised_goal_is_made_larger_by_a_penalty_and_failures_stay_failures() -> None:
    goal = attrs.evolve(two_goals().problem.goals[1])
    problem = attrs.evolve(two_goals().problem, goals=(goal,), constraints=(Constraint("valid_accuracy", lower=50.0),))
    search = Penalise(problem, np.random.default_rng(0), strategy="local-search[initial=3]")
    trials = search.ask(3)
    tell(search, trials, [(40.0, 100.0), (60.0, 100.0), None])
    known = search._inner._observations
    # 100 of the goal's unit for the whole of the bound, of which a fifth is missing
    assert [known[code][1] for code in codes_of(trials)][:2] == [120.0, 100.0]
    assert not np.isfinite(known[codes_of(trials)[2]][1])


def test_what_is_published_says_how_it_departs() -> None:
    papers = [resolve_name(entry.paper) for entry in nasapi_moo.nasapi_entries() if entry.paper]
    assert len(papers) == 3
    assert all(paper.departures for paper in papers)
