"""A warm start asks the best of a sample first and then what the other strategy asks."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_proxies.objective import objective_for
from nasapi_proxies.strategy import Warm

from nasapi import load_benchmark, load_strategy, run
from nasapi.errors import InvalidOption


@pytest.mark.parametrize("inner", ["random", "evolution", "local-search", "ranked-gp"])
def test_the_first_trials_are_the_best_by_the_score(inner: str) -> None:
    benchmark = load_benchmark("nb201/cifar10-v1", budget=30)
    warm = load_strategy("warm", strategy=inner, proxy="parameters", sample=20, first=5)
    first, again = (run(benchmark, warm, seed=1) for _ in range(2))
    assert np.array_equal(first.codes, again.codes) and len(first.codes) == 30
    score = objective_for(benchmark.problem.space, "parameters").evaluate(first.codes[:5])["parameters"]
    assert list(score) == sorted(score, reverse=True)
    assert score[0] > 3e5


def test_a_space_without_networks_is_refused() -> None:
    benchmark = load_benchmark("toy/formula-v1")
    with pytest.raises(InvalidOption, match="toy builds no networks, so that none has 'naswot'; take proxy=links"):
        Warm(benchmark.problem, np.random.default_rng(0), proxy="naswot")


def test_links_rank_where_there_are_no_networks() -> None:
    benchmark = load_benchmark("toy/formula-v1", budget=8)
    found = run(benchmark, load_strategy("warm", strategy="random", sample=30, first=4), seed=0).codes[:4]
    links = benchmark.problem.space.graphs(found).adjacency.sum((1, 2))
    assert list(links) == sorted(links, reverse=True) and len(found) == 4


def test_ten_of_a_hundred_come_first_where_nothing_else_is_said() -> None:
    """As docs/proxies.md has it: `sample=100,first=10`."""
    benchmark = load_benchmark("toy/formula-v1", budget=20)
    runs = [
        run(benchmark, load_strategy("warm", strategy="random", **given), seed=2).codes.tolist()
        for given in ({}, {"sample": 100, "first": 10}, {"first": 11}, {"sample": 101})
    ]
    assert runs[0] == runs[1] and runs[0] != runs[2] and runs[0] != runs[3]


@pytest.mark.parametrize(
    ("options", "sentence"), [({"first": 0}, "`first`"), ({"sample": 0}, "`sample`"), ({"proxy": "naswott"}, "`proxy`")]
)
def test_options_are_checked(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Warm(load_benchmark("nb201/cifar10-v1").problem, np.random.default_rng(0), **options)  # type: ignore[arg-type]
