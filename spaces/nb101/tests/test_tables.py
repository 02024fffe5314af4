"""The tables and benchmarks of NAS-Bench-101 on the published numbers."""

import numpy as np
import pytest
from nasapi_nb101 import nasapi_tables
from nasapi_nb101.anchors import LISTED_ANCHORS, TESTED_ANCHORS
from nasapi_nb101.benchmarks import cifar10_30k_v1, cifar10_test_v1
from nasapi_nb101.listed import TabledNB101
from nasapi_nb101.listed import listed as listed_of
from nasapi_nb101.space import NB101
from nasapi_nb101.tables import ALL_TEST, SOME_VALID
from scipy.stats import chisquare

import nasapi
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.graphs import Graphs
from nasapi.testing import check, parametrize

SPACE = NB101()
SMALL = NB101(vertices=4)


def embedded(codes):
    """Codes of the space of four vertices as codes of seven."""
    return np.array([SPACE.parse(SMALL.format(code)) for code in codes])


def listed_space(seed=0, n=40):
    cells = embedded(SMALL.networks())
    return listed_of(cells[np.random.default_rng(seed).choice(len(cells), n, replace=False)])


@parametrize(listed_space())
def test_a_space_of_listed_networks_keeps_the_rules(rule):
    rule()


def test_listed_networks_are_sampled_uniformly():
    space = listed_space()
    drawn = space.sample(8000, np.random.default_rng(1))
    assert chisquare(np.unique(drawn, axis=0, return_counts=True)[1]).pvalue > 1e-3
    assert len(np.unique(drawn, axis=0)) == 40


def test_all_cells_are_the_networks_of_the_space_in_their_order(stored, tested, networks):
    np.testing.assert_array_equal(stored, networks)
    np.testing.assert_array_equal(stored, tested["cell"])


def test_test_accuracies_are_those_published(tested):
    accuracy = tested["test_accuracy"]
    assert accuracy.max() == pytest.approx(94.3176, abs=5e-5)
    assert accuracy.mean() == pytest.approx(89.67985, abs=5e-5)
    assert accuracy.std() == pytest.approx(5.79957, abs=5e-5)


def test_parameter_counts_are_those_of_an_independent_implementation(archives, tested):
    archive = np.load(archives / "zero_cost_340.npz")
    column = archive["proxies"].tolist().index("params")
    counted = np.round(archive["values"][:, column].astype(np.float64) * 1e6)
    own = tested["params"][archive["row"]]
    # Where channels do not divide, the count depends on the order of vertices; 28 of the cells were stored in another.
    assert (np.abs(own - counted) <= 1).sum() == 312
    assert np.abs(own / counted - 1).max() < 0.01


def test_the_subset_has_what_its_archive_has(archives, listed, networks):
    archive = np.load(archives / SOME_VALID)
    assert listed.rows == 30_001
    np.testing.assert_allclose(listed["valid_accuracy"] * 99.84, archive["val_correct"])
    np.testing.assert_array_equal(listed["cell"], networks[archive["row"]])


def test_the_tables_say_what_they_are_and_in_which_units(listed, tested):
    for table in (listed, tested):
        header = table.attributes
        assert (header["space"], header["licence"], "ICML 2019" in header["citation"]) == ("nb101", "Apache-2.0", True)
        described = table.describe("test_accuracy")
        assert (described["unit"], described["split"]) == ("%", "test")
        assert table.describe("params")["unit"] == "count"
    assert listed.attributes["epochs"] == [4, 12, 36, 108]
    assert listed.attributes["title"] == "NAS-Bench-101, validation accuracies of 30,001 cells"
    assert tested.attributes["title"] == "NAS-Bench-101, test accuracies alone"
    assert "validation_30k.npz" in listed.attributes["source"]
    assert (listed.describe("valid_accuracy")["split"], listed.describe("train_seconds")["unit"]) == ("valid", "s")


def test_the_subset_benchmark_searches_its_networks_alone(listed):
    benchmark = cifar10_30k_v1(str(listed.path))
    history = nasapi.run(benchmark, nasapi.load_strategy("random"), seed=0)
    assert not history.errors
    assert np.isfinite(history.losses).all()
    assert benchmark.reference.optima == {"valid_accuracy": pytest.approx(listed["valid_accuracy"][:, 3].max())}
    assert ("ICML 2019" in benchmark.reference.source, benchmark.reference.licence) == (True, "Apache-2.0")


ELSEWHERE = (
    "0101100000010100000000000101000001000000010000000:"
    "input,maxpool3x3,conv3x3-bn-relu,maxpool3x3,maxpool3x3,conv1x1-bn-relu,output"
)


def test_any_vertex_order_names_a_listed_network(listed):
    objective = cifar10_30k_v1(str(listed.path)).objective
    values = objective.evaluate(objective.space.read(ELSEWHERE)[None])
    assert values["valid_accuracy"].tolist() == [pytest.approx(90.004, abs=5e-4)]
    rng = np.random.default_rng(0)
    for code in objective.space.sample(20, rng):
        vertices = SPACE.graphs(code[None])
        assert (objective.space.parse(SPACE.format(code)) == code).all()
        for other in shuffled(vertices, rng):
            assert (objective.space.parse(SPACE.format(other)) == code).all()


def shuffled(graphs, rng):
    """Other codes of the network of one graph: its vertices in other topological orders."""
    last = int(graphs.mask.sum()) - 1
    for _ in range(10):
        order = np.array([0, *(1 + rng.permutation(last - 1)), *range(last, 7)])
        adjacency = graphs.adjacency[:, order][:, :, order]
        if not np.tril(adjacency).any():
            yield SPACE.from_graphs(Graphs(graphs.ops[:, order], adjacency, graphs.labels))[0]


def test_an_architecture_that_is_not_listed_is_reported_to_be_one_of_nb101(listed):
    space = cifar10_30k_v1(str(listed.path)).objective.space
    drawn = SPACE.sample(50, np.random.default_rng(0))
    missing = drawn[space.networks(drawn) < 0][0]
    message = "is an architecture of nb101, but not among the 30,001 networks of nb101-30k"
    with pytest.raises(InvalidArchitecture, match=message):
        space.read(SPACE.format(missing))
    with pytest.raises(InvalidArchitecture, match=message):
        space.read(SPACE.write(missing, "naslib"), "naslib")


def test_a_listed_network_is_found_by_its_hash(listed):
    space = cifar10_30k_v1(str(listed.path)).objective.space
    code = listed["cell"][5].astype(np.int64)
    np.testing.assert_array_equal(space.read(SPACE.hashes(code[None])[0]), code)


def test_the_subset_benchmark_keeps_the_rules(listed):
    benchmark = cifar10_30k_v1(str(listed.path))
    report = check(benchmark)
    assert report.ok, report


def test_the_test_benchmark_keeps_the_rules(tested):
    report = check(cifar10_test_v1(str(tested.path)))
    assert report.ok, report


def test_the_subset_has_four_fidelities_whose_cost_is_in_proportion(listed):
    objective = cifar10_30k_v1(str(listed.path)).objective
    code = listed["cell"][:1].astype(np.int64)
    costs = [float(objective.evaluate(code, level)["cost"][0]) for level in (4, 12, 36, 108)]
    np.testing.assert_allclose(costs, listed["train_seconds"][0] * np.array([4, 12, 36, 108]) / 108)


def test_isomorphic_codes_have_the_value_of_their_network(tested):
    objective = cifar10_test_v1(str(tested.path)).objective
    codes = NB101().sample(200, np.random.default_rng(3))
    values = objective.evaluate(codes)["test_accuracy_as_goal"]
    np.testing.assert_array_equal(values, objective.evaluate(SPACE.canonical(codes))["test_accuracy_as_goal"])
    assert np.isfinite(values).all()


def test_the_test_table_says_what_it_lacks(tested):
    objective = cifar10_test_v1(str(tested.path)).objective
    with pytest.raises(NotAvailable, match="this table holds test accuracies alone; use nb101/cifar10-v1"):
        objective.metric("valid_accuracy")


def test_the_test_benchmark_draws_networks_uniformly(tested):
    space = cifar10_test_v1(str(tested.path)).problem.space
    drawn = space.sample(2000, np.random.default_rng(0))
    vertices = (space.graphs(drawn).ops >= 0).sum(axis=1)
    assert (vertices == 7).mean() == pytest.approx(359082 / 423624, abs=0.03)


def test_each_table_says_what_it_is_taken_from_and_of_whom():
    sources = {source.name: source for source in nasapi_tables()}
    assert list(sources) == ["nb101", "nb101-only108", "nb101-30k", "nb101-test"]
    assert all("arXiv:1902.09635" in source.citation for source in sources.values())
    for name, file in (("nb101", "nasbench_full.tfrecord"), ("nb101-only108", "nasbench_only108.tfrecord")):
        assert sources[name].urls == (f"https://storage.googleapis.com/nasbench/{file}",)
        assert len(bytes.fromhex(sources[name].sha256)) == 32
        assert sources[name].page == "https://github.com/google-research/nasbench"


def test_an_unfetched_table_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"nasapi data get nb101(?!-)"):
        nasapi.load_benchmark("nb101/cifar10-v1")
    with pytest.raises(NotAvailable, match="nasapi data import nb101-30k"):
        nasapi.load_benchmark("nb101/cifar10-30k-v1")


def test_the_subset_has_no_noise(listed):
    with pytest.raises(InvalidOption, match="has no noise to draw"):
        nasapi.load_benchmark("nb101/cifar10-30k-v1", table=str(listed.path), noise=True)


@pytest.mark.parametrize(
    ("draw", "wanted"), [("codes", (93.539, 93.707, 93.943)), ("networks", (93.430, 93.657, 93.852))]
)
def test_random_search_by_codes_and_by_networks_finds_what_others_measured(tested, draw, wanted):
    benchmark = cifar10_test_v1(str(tested.path), draw=draw)
    codes = benchmark.problem.space.sample(60_000, np.random.default_rng(5))
    found = benchmark.objective.evaluate(codes)["test_accuracy_as_goal"]
    for n, value in zip((50, 192, 1000), wanted, strict=True):
        best = found[: len(found) // n * n].reshape(-1, n).max(axis=1)
        assert abs(best.mean() - value) < 4 * best.std(ddof=1) / np.sqrt(len(best)) + 0.002


def test_a_network_is_found_in_its_row_and_another_in_none():
    cells = embedded(SMALL.networks())
    rng = np.random.default_rng(0)
    listed, missing = np.split(rng.permutation(len(cells)), [60])
    space = TabledNB101(cells[listed].astype(np.int8))
    np.testing.assert_array_equal(space.row(cells[listed]), np.arange(60))
    assert set(space.row(cells[missing]).tolist()) == {-1}
    drawn = space.sample(6000, np.random.default_rng(1))
    assert drawn.dtype == np.int64
    assert chisquare(np.bincount(space.row(drawn), minlength=60)).pvalue > 1e-3


@pytest.mark.parametrize("anchor", [*LISTED_ANCHORS, *TESTED_ANCHORS], ids=lambda anchor: anchor.metric)
def test_published_values_of_cells_are_those_of_the_archives(archives, stored, anchor):
    (row,) = np.flatnonzero((stored == SPACE.canonical(SPACE.parse(anchor.architecture)[None])).all(axis=1))
    some = np.load(archives / SOME_VALID)
    (place,) = np.flatnonzero(some["row"] == row)
    tested = 100 * int(np.load(archives / ALL_TEST)["test_correct_sum3"][row]) / (3 * 9984)
    wanted = {
        "valid_accuracy": 100 * int(some["val_correct"][place, 3]) / 9984,
        "cost": some["train_time_108"][place],
        "test_accuracy": tested,
        "test_accuracy_as_goal": tested,
    }
    assert anchor.value == pytest.approx(wanted[anchor.metric], rel=1e-5)


def test_only_networks_and_codes_are_drawn():
    with pytest.raises(InvalidOption, match="nb101 draws 'networks' or 'codes', not 'cells'"):
        TabledNB101(embedded(SMALL.networks()), draw="cells")


def test_few_listed_networks_are_one_step_apart_and_the_nearest_fill_up(listed):
    space = cifar10_30k_v1(str(listed.path)).problem.space
    rows = np.random.default_rng(0).choice(space.size, 120, replace=False)
    steps = [set(space.networks(SPACE.neighbors(space.listed[row])).tolist()) - {-1, int(row)} for row in rows]
    near = np.array(list(map(len, steps)))
    assert 0.9 < near.mean() < 1.8
    assert 0.12 < (near == 0).mean() < 0.36
    assert {len(space.neighbors(space.listed[row])) for row in rows} == {8}
