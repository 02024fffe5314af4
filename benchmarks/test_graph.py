"""NAS-Bench-Graph: a data set opened from its distribution, and all codes brought to their networks.

Run `python -m pytest benchmarks/test_graph.py --benchmark-only`.
"""

import numpy as np
import pytest
from nasapi_graph.benchmarks import benchmark as load
from nasapi_graph.importers.light import read_light
from nasapi_graph.objectives import objective
from nasapi_graph.space import NBGraph
from nasapi_graph.tables import SHA256, light_file


@pytest.fixture(scope="module")
def codes():
    return np.concatenate(list(NBGraph().enumerate()))


def test_read_and_check_the_file_of_cora(benchmark):
    found = benchmark.pedantic(lambda: read_light(light_file("cora"), SHA256["cora"]), rounds=10)
    assert len(found.keys) == 26_206


def test_open_the_benchmark_of_cora(benchmark):
    assert benchmark.pedantic(lambda: load("cora"), rounds=10).id == "graph/cora-v1"


def test_keys_of_all_codes_in_a_fresh_space(benchmark, codes):
    assert len(benchmark.pedantic(lambda: NBGraph().keys(codes), rounds=10)) == 157_440


def test_look_up_all_codes(benchmark, codes):
    values = objective("cora")
    assert len(benchmark.pedantic(values.evaluate, (codes,), rounds=10)["valid_accuracy"]) == 157_440
