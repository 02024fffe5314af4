"""Golden trajectories: the first twelve codes of each baseline under one seed, so that no change goes unnoticed."""

import pytest

import nasapi

TRAJECTORIES = [
    (
        "toy/formula-v1",
        "random",
        "022 021 120 202 020 212 110 012 111 210 121 122",
    ),
    (
        "toy/formula-v1",
        "local-search",
        "022 021 101 012 201 011 020 211 121 010 120 221",
    ),
    (
        "toy/formula-v1",
        "evolution[population=4,sample=2]",
        "022 021 120 202 201 121 201 221 221 122 201 021",
    ),
    (
        "toy/formula-v1",
        "marginals[initial=4,round=4]",
        "022 021 101 012 222 020 122 011 221 212 220 202",
    ),
    (
        "nb201/cifar10-v1",
        "random",
        "034043 140200 414233 404123 322211 324130 310231 433222 110120 200242 140014 300020",
    ),
    (
        "nb201/cifar10-v1",
        "local-search",
        "034043 211024 300402 113130 030041 110412 333134 300411 030242 031412 332134 331134",
    ),
    (
        "nb201/cifar10-v1",
        "evolution[population=4,sample=2]",
        "034043 140200 414233 404123 404223 444233 414033 404221 444033 414233 314233 314333",
    ),
    (
        "nb201/cifar10-v1",
        "marginals[initial=4,round=4]",
        "034043 211024 300402 113130 113110 114130 113030 413130 114140 134130 110130 114120",
    ),
]


def test_as_many_children_are_drawn_as_are_missing_of_a_batch():
    spec = "evolution[distinct=code,population=4,sample=2]"
    history = nasapi.run(nasapi.load_benchmark("toy/formula-v1", budget=20), spec, seed=1, batch=6)
    found = " ".join("".join(map(str, code)) for code in history.codes.tolist())
    assert found == "022 021 101 012 122 121 011 222 201 102 211 221 202 220 112 111 210 020 212 110"


@pytest.mark.parametrize(("benchmark_id", "spec", "codes"), TRAJECTORIES)
def test_the_first_codes_are_those_recorded(benchmark_id, spec, codes):
    try:
        searched = nasapi.load_benchmark(benchmark_id, budget=12)
    except LookupError as error:
        pytest.skip(f"{benchmark_id} is not installed: {error}")
    history = nasapi.run(searched, nasapi.load_strategy(spec), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == codes
