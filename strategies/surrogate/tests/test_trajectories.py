"""Golden trajectories: the first twelve codes of each named strategy under one seed, so that changes are noticed."""

import numpy as np
import pytest

import nasapi

pytest.importorskip("xgboost", reason="the strategy xgb needs xgboost-cpu")

TRAJECTORIES = [
    ("toy/formula-v1", "surrogate[initial=4,round=4]", "022 101 012 211 221 201 222 122 121 212 202 112"),
    ("toy/formula-v1", "ranked-gp", "022 101 012 201 211 121 221 122 222 212 202 112"),
    (
        "toy/formula-v1",
        "bananas[initial=4,round=4,model=ensemble[epochs=5]]",
        "022 101 012 211 102 112 122 221 201 222 212 111",
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
        "npenas[initial=4,round=4,model=gnn[epochs=3]]",
        "022 101 012 211 221 222 212 121 122 202 201 112",
    ),
    (
        "toy/formula-v1",
        "weaknas[initial=4,round=4,model=mlp[width=16,epochs=5]]",
        "022 101 012 211 222 102 122 111 221 202 121 212",
    ),
    (
        "toy/formula-v1",
        "weaknas-paper[initial=4,round=4,model=mlp[epochs=3]]",
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
        "034043 211024 300402 113130 030041 110412 032301 313103 313133 313313 333233 333333",
    ),
    (
        "nb201/cifar10-v1",
        "bananas[initial=4,round=4,model=ensemble[epochs=5]]",
        "034043 211024 300402 113130 340402 034044 113134 024043 213130 024243 221024 334043",
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
        "npenas[initial=4,round=4,model=gnn[epochs=3]]",
        "034043 211024 300402 113130 113133 113134 211014 113131 313133 313131 113331 213133",
    ),
    (
        "nb201/cifar10-v1",
        "weaknas[initial=4,round=4,model=mlp[width=16,epochs=5]]",
        "034043 211024 300402 113130 214422 444341 434341 244322 402333 203423 341332 241333",
    ),
]


@pytest.mark.parametrize(("benchmark_id", "spec", "codes"), TRAJECTORIES)
def test_the_first_codes_are_those_recorded(benchmark_id, spec, codes):
    history = nasapi.run(nasapi.load_benchmark(benchmark_id, budget=12), nasapi.load_strategy(spec), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == codes


def test_only_the_width_tells_weaknas_from_the_published_one():
    problem = nasapi.load_benchmark("toy/formula-v1").problem
    made = [nasapi.load_strategy(spec)(problem, np.random.default_rng(0)) for spec in ("weaknas", "weaknas-paper")]
    assert [strategy._model.width for strategy in made] == [128, 1000]
    assert made[0].shortlist == made[1].shortlist == 100
