"""NAS-Bench-201: opening the table, queries one by one and in batches, canonical codes; memory as extra information.

Run `python -m pytest benchmarks/test_nb201.py --benchmark-only`. A query gives all metrics of a code.
"""

import subprocess
import sys

import numpy as np
import pytest

import nasapi

OPENED = """
import sys, time
import numpy, zarr.storage, zarr.codecs, nasapi.data
import nasapi_nb201.benchmarks, nasapi_nb201.objectives
from nasapi.plugins.loading import load_benchmark
from nasapi.plugins.manager import manager
manager()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

before, start = resident(), time.perf_counter()
benchmark = load_benchmark("nb201/cifar10-v1")
benchmark.objective.evaluate(numpy.array([[3, 3, 1, 3, 3, 3]]))
print(time.perf_counter() - start, resident() - before)
"""
"""A fresh interpreter with the imports done: seconds and MiB for the benchmark and its first query."""


@pytest.fixture(scope="module")
def objective():
    return nasapi.load_objective("nb201/cifar10")


@pytest.fixture(scope="module")
def codes(objective):
    return objective.space.sample(1_000_000, np.random.default_rng(0))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads memory from /proc")
def test_opening_in_a_fresh_interpreter(benchmark):
    """`seconds` and `mebibytes` in the extra information are without interpreter and imports."""
    found = []

    def opened():
        done = subprocess.run([sys.executable, "-c", OPENED], capture_output=True, text=True, check=True)
        found.append([float(word) for word in done.stdout.split()])

    benchmark.pedantic(opened, rounds=5)
    benchmark.extra_info["seconds"], benchmark.extra_info["mebibytes"] = np.median(found, axis=0).tolist()


def test_opening_again(benchmark):
    assert benchmark(nasapi.load_objective, "nb201/cifar10").space.size == 15_625


def test_single_query(benchmark, objective, codes):
    code = codes[:1]
    assert len(benchmark(objective.evaluate, code)["valid_accuracy"]) == 1


@pytest.mark.parametrize("rows", [100, 10_000, 1_000_000])
def test_batched_query(benchmark, objective, codes, rows):
    benchmark(objective.evaluate, codes[:rows])
    if benchmark.stats:  # None where benchmarks only run as a smoke test
        benchmark.extra_info["million_codes_a_second"] = rows / benchmark.stats.stats.min / 1e6


def test_batched_query_with_noise(benchmark, objective, codes):
    noise = np.arange(10_000, dtype=np.uint64)
    benchmark(lambda: objective.evaluate(codes[:10_000], noise=noise))


def test_canonical_of_all_codes_the_first_time(benchmark):
    def made():
        return (nasapi.load_space("nb201"),), {}

    def canonical(space):
        return space.canonical(np.indices((5,) * 6).reshape(6, -1).T)

    assert len(benchmark.pedantic(canonical, setup=made, rounds=10)) == 15_625


def test_canonical_of_all_codes_again(benchmark, objective):
    codes = objective.space.codes_at(np.arange(15_625))
    benchmark(objective.space.canonical, codes)
