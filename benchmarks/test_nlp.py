"""NAS-Bench-NLP: cells drawn, put in canonical form, described, changed and read.

Run `python -m pytest benchmarks/test_nlp.py --benchmark-only`.
"""

import numpy as np
import pytest
from nasapi_nlp.cells import split
from nasapi_nlp.features import described
from nasapi_nlp.space import NLP

UNIFORM, GENERATED = NLP(), NLP(draw="generator")


@pytest.fixture(scope="module")
def codes():
    return GENERATED.sample(10_000, np.random.default_rng(0))


def test_10000_uniform_cells(benchmark):
    UNIFORM.sample(1, np.random.default_rng(0))  # counts the codes once
    benchmark.pedantic(UNIFORM.sample, (10_000, np.random.default_rng(0)), rounds=3)


def test_10000_generated_cells(benchmark):
    benchmark.pedantic(GENERATED.sample, (10_000, np.random.default_rng(0)), rounds=3)


def test_canonical_form_of_10000_cells(benchmark, codes):
    benchmark.pedantic(GENERATED.canonical, (codes,), rounds=3)


def test_validity_of_10000_cells(benchmark, codes):
    assert benchmark.pedantic(GENERATED.valid, (codes,), rounds=5).all()


def test_features_of_10000_cells(benchmark, codes):
    benchmark.pedantic(lambda: described(split(codes, 25)), rounds=3)


def test_100_mutants(benchmark, codes):
    benchmark.pedantic(GENERATED.mutate, (codes[:100], np.random.default_rng(1)), rounds=5)


def test_100_crossovers(benchmark, codes):
    benchmark.pedantic(GENERATED.crossover, (codes[:100], codes[100:200], np.random.default_rng(1)), rounds=5)


def test_recipe_read(benchmark, codes):
    text = GENERATED.format(codes[0])
    assert GENERATED.valid(benchmark(GENERATED.parse, text)[None])[0]
