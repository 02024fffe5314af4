"""The DARTS space: predictions by the surrogate network and by boosted trees, canonical forms, graphs and genotypes.

Run `python -m pytest benchmarks/test_darts.py --benchmark-only --benchmark-timer=time.process_time`. The rate of the
network is rows over time; its share of the machine's matrix rate is that of the two tests on matrix products.
"""

from pathlib import Path

import numpy as np
import pytest
from nasapi_darts.features import vectors
from nasapi_darts.forest import Forest, Trees
from nasapi_darts.importers.boosters import read_booster
from nasapi_darts.importers.network_table import import_network, network_of
from nasapi_darts.space import DARTS

from nasapi.testing import shared_data

ROOT = Path(__file__).resolve().parents[1]
SPACE = DARTS()
ROWS = 10_240


@pytest.fixture(scope="module")
def codes():
    return SPACE.sample(ROWS, np.random.default_rng(0))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = shared_data("darts", "the weights of the surrogate network")
    return network_of(import_network(folder, tmp_path_factory.mktemp("tables") / "darts-mlp.zarr"))


@pytest.fixture(scope="module")
def forest():
    """Ten members of 3,000 trees with 511 nodes each, about the size of the official ensembles."""
    rng = np.random.default_rng(0)
    nodes = np.arange(511)
    inner = nodes < 255
    left = np.where(inner, nodes + 1, 0)
    root = np.tile(nodes == 0, 3000)
    feature = rng.integers(10, 22, size=len(root))
    feature[np.tile(~inner, 3000)] = -1
    member = Trees(
        feature.astype(np.int16),
        rng.integers(0, 7, size=len(root)).astype(float),
        np.tile(left, 3000).astype(np.int32),
        np.tile(left + inner, 3000).astype(np.int32),
        root,
    )
    return Forest((member,) * 10)


def test_network_predicts_10240_cells(benchmark, network, codes):
    accuracy, _ = benchmark(network.predict, codes, 98)
    assert np.isfinite(accuracy).all()


def test_network_predicts_one_cell(benchmark, network, codes):
    benchmark(network.predict, codes[:1], 98)


def test_matrix_product_of_1024(benchmark):
    """2.147 GFLOP: what the machine does in 32-bit numbers at best."""
    square = np.random.default_rng(0).random((1024, 1024), np.float32)
    benchmark(np.matmul, square, square)


def test_trees_predict_100_cells(benchmark, forest, codes):
    benchmark.pedantic(forest.predict, (vectors(codes[:100]),), rounds=3)


def test_trees_predict_one_cell(benchmark, forest, codes):
    benchmark.pedantic(forest.predict, (vectors(codes[:1]),), rounds=5)


def test_read_a_small_official_member(benchmark):
    file = ROOT / "spaces/darts/tests/small_nb301/nb_models/xgb_v1.0/0/surrogate_model.model"
    assert len(benchmark(read_booster, file, 56)) > 100


def test_features_of_10240_cells(benchmark, codes):
    benchmark(vectors, codes)


def test_canonical_form_of_10240_cells(benchmark, codes):
    benchmark.pedantic(SPACE.canonical, (codes,), rounds=3)


def test_canonical_form_of_one_cell(benchmark, codes):
    benchmark(SPACE.canonical, codes[:1])


def test_graphs_of_10240_cells(benchmark, codes):
    benchmark(SPACE.graphs, codes)


def test_sample_10240_cells(benchmark):
    benchmark(SPACE.sample, ROWS, np.random.default_rng(0))


def test_mutate_10240_cells(benchmark, codes):
    benchmark(SPACE.mutate, codes, np.random.default_rng(0))


def test_neighbors_of_one_cell(benchmark, codes):
    benchmark(SPACE.neighbors, codes[0])


def test_format_and_parse_a_genotype(benchmark, codes):
    benchmark(lambda: SPACE.parse(SPACE.format(codes[0])))
