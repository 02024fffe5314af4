"""NAS-Bench-101: the whole space in canonical form and hashed, and networks looked up one by one and in batches.

Run `python -m pytest benchmarks/test_nb101.py --benchmark-only`.
"""

import numpy as np
import pytest
from nasapi_nb101.listed import NetworkRows
from nasapi_nb101.space import NB101

SPACE = NB101()


@pytest.fixture(scope="module")
def networks():
    return SPACE.networks()


@pytest.fixture(scope="module")
def codes():
    return SPACE.sample(100_000, np.random.default_rng(0))


def test_enumerate_all_networks(benchmark):
    assert len(benchmark.pedantic(SPACE.networks, rounds=3)) == 423_624


def test_canonical_form_of_all_networks(benchmark, networks):
    benchmark.pedantic(SPACE.canonical, (networks,), rounds=3)


def test_hash_of_all_networks(benchmark, networks):
    assert len(benchmark.pedantic(SPACE.hashes, (networks,), rounds=2)) == 423_624


def test_parameters_of_all_networks(benchmark, networks):
    benchmark.pedantic(SPACE.parameters, (networks,), rounds=3)


def test_rows_of_100000_codes(benchmark, networks, codes):
    rows = NetworkRows(SPACE, networks)
    assert benchmark(rows, codes).min() >= 0


def test_row_of_one_code(benchmark, networks, codes):
    rows = NetworkRows(SPACE, networks)
    assert benchmark(rows, codes[:1]).min() >= 0


def test_sample_100000_codes(benchmark):
    benchmark(SPACE.sample, 100_000, np.random.default_rng(0))
