"""The tables and benchmarks of NAS-Bench-101 on the published numbers."""

import io
import shutil

import numpy as np
import pytest
from nasapi_nb101.benchmarks import cifar10_30k_v1, cifar10_test_v1
from nasapi_nb101.listed import ListedNB101
from nasapi_nb101.space import NB101
from nasapi_nb101.subsets import ALL_TEST, SOME_VALID, import_subset, import_test
from scipy.stats import chisquare

import nasapi
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.testing import check, parametrize

SPACE = NB101()
SMALL = NB101(vertices=4)


def embedded(codes):
    """Codes of the space of four vertices as codes of seven."""
    return np.array([SPACE.parse(SMALL.format(code)) for code in codes])


def listed_space(seed=0, n=40):
    cells = embedded(SMALL.networks())
    return ListedNB101(cells[np.random.default_rng(seed).choice(len(cells), n, replace=False)])


@parametrize(listed_space())
def test_a_space_of_listed_networks_keeps_the_rules(rule):
    rule()


def test_listed_networks_are_sampled_uniformly():
    space = listed_space()
    drawn = space.sample(8000, np.random.default_rng(1))
    assert chisquare(np.unique(drawn, axis=0, return_counts=True)[1]).pvalue > 1e-3
    assert len(np.unique(drawn, axis=0)) == 40


def test_listed_neighbours_are_mutual_and_one_change_apart():
    space = listed_space()
    every = np.concatenate(list(space.enumerate()))
    around = {tuple(code): {tuple(row) for row in space.neighbors(code).tolist()} for code in every.tolist()}
    assert any(around.values())
    for code, others in around.items():
        steps = {tuple(row) for row in SPACE.canonical(SPACE.neighbors(np.array(code))).tolist()}
        back = {other for other in others if code in around[other]}
        assert back == others
        assert steps & around.keys() - {code} <= others


def test_listed_mutants_are_uniform_over_neighbours():
    space = listed_space()
    code = max(np.concatenate(list(space.enumerate())), key=lambda code: len(space.neighbors(code)))
    around = space.neighbors(code)
    drawn = space.mutate(np.repeat(code[None], 300 * len(around), axis=0), np.random.default_rng(2))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(around) > 2
    np.testing.assert_array_equal(found, around)
    assert chisquare(counts).pvalue > 1e-3


def test_a_listed_network_without_neighbours_stays_as_it_is():
    space = ListedNB101(embedded(SMALL.networks()[:1]))
    code = next(space.enumerate())
    assert len(space.neighbors(code[0])) == 0
    np.testing.assert_array_equal(space.mutate(code, np.random.default_rng(0)), code)


def test_all_cells_are_the_networks_of_the_space_in_their_order(stored, tested):
    np.testing.assert_array_equal(stored, SPACE.networks())
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


def test_the_subset_holds_what_its_archive_holds(archives, listed):
    archive = np.load(archives / SOME_VALID)
    assert listed.rows == 30_001
    np.testing.assert_allclose(listed["valid_accuracy"] * 99.84, archive["val_correct"])
    np.testing.assert_array_equal(listed["cell"], SPACE.networks()[archive["row"]])


def test_the_subset_benchmark_searches_its_networks_alone(listed):
    benchmark = cifar10_30k_v1(str(listed.path))
    history = nasapi.run(benchmark, nasapi.load_strategy("random"), seed=0)
    assert not history.errors
    assert np.isfinite(history.losses).all()
    assert benchmark.reference.optima == {"valid_accuracy": pytest.approx(listed["valid_accuracy"][:, 3].max())}


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


def test_an_unfetched_table_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="nasapi data get nb101"):
        nasapi.load_benchmark("nb101/cifar10-v1")
    with pytest.raises(NotAvailable, match="nasapi data import nb101-30k"):
        nasapi.load_benchmark("nb101/cifar10-30k-v1")


def test_the_subset_has_no_noise(listed):
    with pytest.raises(InvalidOption, match="has no noise to draw"):
        nasapi.load_benchmark("nb101/cifar10-30k-v1", table=str(listed.path), noise=True)


def tiny(**changes):
    """The archive of all test accuracies, in small: networks of two and three vertices."""
    members = {
        "graph_vertices": np.array([2, 3], np.uint8),
        "graph_edges": np.array([1, 5], np.uint32),
        "graph_rows": np.array([1, 3], np.uint16),
        "ops_base3": np.array([0, 0, 81, 162], np.uint8),
        "test_correct_sum3": np.array([25000, 26000, 27000, 28000], np.uint16),
    } | changes
    file = io.BytesIO()
    np.savez(file, **{name: values for name, values in members.items() if values is not None})
    return file.getvalue()


def tiny_valid(**changes):
    members = {
        "row": np.array([2, 0]),
        "val_correct": np.array([[1, 2, 3, 4], [5, 6, 7, 9984]], np.uint16),
        "train_time_108": np.array([100.0, 200.0], np.float32),
        "budgets": np.array([4, 12, 36, 108]),
    } | changes
    file = io.BytesIO()
    np.savez(file, **members)
    return file.getvalue()


def single():
    """One array where an archive is wanted."""
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def test_small_archives_are_read(tmp_path):
    (tmp_path / ALL_TEST).write_bytes(tiny())
    (tmp_path / SOME_VALID).write_bytes(tiny_valid())
    table = import_subset(tmp_path / SOME_VALID, tmp_path / "table.zarr")
    assert table["test_accuracy"].tolist() == pytest.approx([100 * 27000 / 29952, 100 * 25000 / 29952])
    assert table["valid_accuracy"][1, 3] == pytest.approx(100)
    assert table["params"].tolist() == [int(SPACE.parameters(table["cell"][row : row + 1])[0]) for row in (0, 1)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (single(), "no archive of numpy arrays|has no 'graph_vertices'"),
        (b"no archive", "is no archive of numpy arrays"),
        (tiny()[:500], "is no archive of numpy arrays"),
        (tiny(ops_base3=None), "has no 'ops_base3'; wanted an archive with graph_vertices, graph_edges"),
        (tiny(ops_base3=np.array([None], object)), "holds object, which is not numbers or text"),
        (tiny(graph_rows=np.array([1, 4], np.uint16)), "has columns of different lengths"),
        (tiny(ops_base3=np.array([0, 0, 81, 81], np.uint8)), "lists a cell outside the space, or a network twice"),
        (tiny(graph_edges=np.array([0, 5], np.uint32)), "lists a cell outside the space, or a network twice"),
        (tiny(test_correct_sum3=np.full(4, 30000, np.uint16)), "counts more right answers than the 29952"),
    ],
)
def test_an_archive_of_another_layout_is_refused_and_nothing_written(tmp_path, content, message):
    (tmp_path / ALL_TEST).write_bytes(content)
    with pytest.raises(CorruptData, match=message):
        import_test(tmp_path, tmp_path / "table.zarr")
    assert [file.name for file in tmp_path.iterdir()] == [ALL_TEST]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"row": np.array([2, 2])}, "has columns of different lengths, or lists a row twice"),
        ({"train_time_108": np.array([1.0])}, "has columns of different lengths, or lists a row twice"),
        ({"row": np.array([2, 4])}, "has rows or counts out of range; it does not belong to 'test_accuracy_full.npz'"),
        ({"val_correct": np.full((2, 4), 9985)}, "has rows or counts out of range"),
        ({"train_time_108": np.array([1.0, np.nan])}, "has a training time that is no positive number"),
    ],
)
def test_a_subset_of_another_layout_is_refused(tmp_path, changes, message):
    (tmp_path / ALL_TEST).write_bytes(tiny())
    (tmp_path / SOME_VALID).write_bytes(tiny_valid(**changes))
    with pytest.raises(CorruptData, match=message):
        import_subset(tmp_path, tmp_path / "table.zarr")
    assert not (tmp_path / "table.zarr").exists()


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(CorruptData, match=r"There is no 'test_accuracy_full.npz' in .*; give the folder that holds it"):
        import_test(tmp_path, tmp_path / "table.zarr")


def test_tables_are_imported_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    source = tmp_path / "source"
    source.mkdir()
    (source / ALL_TEST).write_bytes(tiny())
    from nasapi import data

    assert data.import_file("nb101-test", source, tell=lambda _: None).rows == 4
    assert nasapi.load_objective("nb101/cifar10-test").space.id == "nb101"
    shutil.rmtree(source)
