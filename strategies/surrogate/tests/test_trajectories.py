"""Golden trajectories: the first twelve codes of each named strategy under one seed, so that changes are noticed."""

from pkgutil import resolve_name

import nasapi_surrogate
import numpy as np
import pytest

import nasapi
from nasapi.testing import problems
from nasapi.testing.toy import toy_v1

pytest.importorskip("xgboost", reason="the strategy xgb needs xgboost-cpu")

TRAJECTORIES = [
    ("toy/formula-v1", "surrogate[initial=4,round=4]", "022 101 012 211 221 201 222 122 121 212 202 112"),
    ("toy/formula-v1", "ranked-gp", "022 101 012 201 211 121 221 122 222 212 202 112"),
    (
        "toy/formula-v1",
        "bananas[initial=4,round=4,model=ensemble[epochs=5]]",
        "022 101 012 211 221 212 111 201 121 222 202 122",
    ),
    ("toy/formula-v1", "bo-gp[initial=4,round=4]", "022 101 012 211 212 221 111 201 222 122 202 121"),
    (
        "toy/formula-v1",
        "bo-dngo[initial=4,round=4,model=dngo[epochs=5]]",
        "022 101 012 211 221 222 201 202 212 122 121 112",
    ),
    ("toy/formula-v1", "random-forest[initial=4,round=4]", "022 101 012 211 212 221 201 222 122 202 112 102"),
    ("toy/formula-v1", "xgb[initial=4,round=4]", "022 101 012 211 221 222 201 202 212 122 121 112"),
    (
        "toy/formula-v1",
        "npenas-small[initial=4,round=4,model=gnn[epochs=3]]",
        "022 101 012 211 221 222 212 121 122 202 201 112",
    ),
    (
        "toy/formula-v1",
        "weaknas-small[initial=4,round=4,model=mlp[width=16,epochs=5]]",
        "022 101 012 211 222 102 122 111 221 202 121 212",
    ),
    (
        "toy/formula-v1",
        "weaknas[initial=4,round=4,model=mlp[epochs=3]]",
        "022 101 012 211 122 222 202 221 102 121 111 112",
    ),
    (
        "nb201/cifar10-v1",
        "surrogate[initial=4,round=4]",
        "034043 211024 300402 113130 312130 032301 021143 120230 443130 033223 220230 334133",
    ),
    (
        "nb201/cifar10-v1",
        "ranked-gp",
        "034043 211024 300402 113130 030041 110412 032301 313103 313133 313313 333233 333333 "
        "113313 331113 343133 223133 222233 222232 233133 333132 333122 333322 433132 333112",
    ),
    (
        "nb201/cifar10-v1",
        "ranked-gp[model='grid-gp[growth=0]']",
        "034043 211024 300402 113130 030041 110412 032301 313103 313133 313313 333233 333333 "
        "113313 223133 443133 222222 322333 223333 313131 333132 333322 333122 333123 233132",
    ),
    (
        "nb201/cifar10-v1",
        "bananas[initial=4,round=4,model=ensemble[epochs=5]]",
        "034043 211024 300402 113130 113131 113112 213132 213130 213032 231132 203132 212232",
    ),
    (
        "nb201/cifar10-v1",
        "bo-gp[initial=4,round=4]",
        "034043 211024 300402 113130 034143 413130 124330 112230 334143 234143 034243 321330",
    ),
    (
        "nb201/cifar10-v1",
        "bo-dngo[initial=4,round=4,model=dngo[epochs=5]]",
        "034043 211024 300402 113130 432123 240123 233122 232223 113313 113203 141033 113103",
    ),
    (
        "nb201/cifar10-v1",
        "random-forest[initial=4,round=4]",
        "034043 211024 300402 113130 113110 113120 213130 413130 213430 423433 421443 034443",
    ),
    (
        "nb201/cifar10-v1",
        "xgb[initial=4,round=4]",
        "034043 211024 300402 113130 213130 413130 313130 113140 313230 313330 433133 333143",
    ),
    (
        "nb201/cifar10-v1",
        "npenas-small[initial=4,round=4,model=gnn[epochs=3]]",
        "034043 211024 300402 113130 113133 113134 211014 113131 313133 313131 113331 213133",
    ),
    (
        "nb201/cifar10-v1",
        "weaknas-small[initial=4,round=4,model=mlp[width=16,epochs=5]]",
        "034043 211024 300402 113130 214422 444341 434341 244322 402333 203423 341332 241333",
    ),
]


@pytest.mark.parametrize(("benchmark_id", "spec", "codes"), TRAJECTORIES)
def test_the_first_codes_are_those_recorded(benchmark_id, spec, codes):
    benchmark = nasapi.load_benchmark(benchmark_id, budget=len(codes.split()))
    history = nasapi.run(benchmark, nasapi.load_strategy(spec), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == codes


def test_the_published_settings_that_depend_on_the_space():
    spaces = [nasapi.load_space(name) for name in ("nb101", "nb201", "darts", "toy")]
    paths, first = [], []
    for space in spaces:
        problem = problems.made_up(space).problem
        made = [nasapi.load_strategy(name)(problem, np.random.default_rng(0)) for name in ("bananas", "weaknas")]
        paths.append(made[0].encoder)
        first.append(made[1].initial)
    assert paths == ["path[limit=40]", "path[limit=30]", "path[limit=100]", "path[limit=40]"]
    assert first == [100, 10, 10, 10]


def test_small_ones_differ_from_the_published_by_what_their_summary_says():
    problem = nasapi.load_benchmark("toy/formula-v1").problem
    made = [
        nasapi.load_strategy(name)(problem, np.random.default_rng(0))
        for name in ("weaknas", "weaknas-small", "npenas", "npenas-small")
    ]
    assert [strategy._model.width for strategy in made[:2]] == [1000, 128]
    assert [(strategy._model.epochs, strategy._model.batch) for strategy in made[2:]] == [(300, 16), (100, 64)]
    assert made[0].shortlist == made[1].shortlist == 100


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("bananas", {"initial": 10, "round": 10, "acquisition": "its"}),  # naszilla's num_init and k
        ("weaknas", {"round": 10, "shortlist": 100, "acquisition": "mean"}),  # ten of the top 100
        ("weaknas-small", {"initial": 10, "round": 10, "shortlist": 100}),
        ("npenas", {"initial": 10, "round": 10, "acquisition": "mean"}),
        ("npenas-small", {"initial": 10, "round": 10, "acquisition": "mean"}),
        ("bo-gp", {"kappa": 0.5, "acquisition": "ucb"}),  # the comparisons of White et al. 2021
        ("bo-dngo", {"kappa": 0.5, "acquisition": "ucb"}),
        ("ranked-gp", {"kappa": 3.0, "initial": 6, "round": 2, "acquisition": "ucb"}),  # frozen: docs/ranked-gp.md
        ("surrogate", {"kappa": 0.5, "initial": 16, "round": 16, "acquisition": "ei"}),
    ],
)
def test_named_strategies_have_their_settings(name, published):
    offered = {entry.id: entry.arguments for entry in nasapi_surrogate.nasapi_entries()}[name]
    assert {option: offered[option] for option in published if option in offered}.items() <= published.items()
    made = nasapi.load_strategy(name)(toy_v1().problem, np.random.default_rng(0))
    assert {option: getattr(made, option) for option in published} == published


def test_searches_begin_with_as_many_as_they_say_and_go_on_in_rounds():
    benchmark = problems.made_up(nasapi.load_space("nb201"))
    sizes = {}
    for name in ("surrogate[model=grid-gp,pool=mutate]", "ranked-gp[pool=mutate]", "bananas[model=forest[trees=2]]"):
        made = nasapi.load_strategy(name)(benchmark.problem, np.random.default_rng(0))
        first = made.ask(1000)
        made.tell(benchmark.evaluate(first))
        sizes[name.partition("[")[0]] = len(first), len(made.ask(1000))
    assert sizes == {"surrogate": (16, 16), "ranked-gp": (6, 2), "bananas": (10, 10)}


def test_what_is_published_says_how_it_departs_and_by_more_than_the_loop_that_all_share():
    entries = {entry.id: entry for entry in nasapi_surrogate.nasapi_entries()}
    papers = {name: resolve_name(entry.paper) for name, entry in entries.items() if entry.paper}
    assert set(papers) == {"bananas", "bo-dngo", "npenas", "weaknas"}
    shared = set.intersection(*(set(paper.departures) for paper in papers.values()))
    assert any("asked for once" in departure for departure in shared)
    assert all(set(paper.departures) > shared for paper in papers.values())
