"""The trained cells: their table, the space of a list, and the benchmark on it."""

import io

import numpy as np
import pytest
from nasapi_darts.benchmarks import trained_v1
from nasapi_darts.importers.trained import import_trained
from nasapi_darts.listed import listed
from nasapi_darts.objectives import trained as trained_objective
from nasapi_darts.space import DARTS
from scipy.stats import chisquare

import nasapi
from nasapi import data
from nasapi.errors import CorruptData, InvalidArchitecture, NotAvailable
from nasapi.testing import check, parametrize

SPACE = DARTS()
FILE = "trained_545.npz"
LISTED = listed(SPACE.sample(40, np.random.default_rng(5)))


@parametrize(LISTED, listed(SPACE.sample(1, np.random.default_rng(6))))
def test_a_space_of_listed_architectures_keeps_the_rules(rule):
    rule()


def test_listed_architectures_are_sampled_uniformly():
    found, counts = np.unique(LISTED.sample(8000, np.random.default_rng(1)), axis=0, return_counts=True)
    assert len(found) == 40
    assert chisquare(counts).pvalue > 1e-3


def test_listed_neighbours_share_the_most_edges():
    every = np.concatenate(list(LISTED.enumerate()))
    edges = [
        {(edge // 2, *pair) for edge, pair in enumerate(row)}
        for row in SPACE.compact(SPACE.canonical(every)).reshape(40, 16, 2).tolist()
    ]
    for place, code in enumerate(every):
        others = [row for row in range(40) if row != place]
        shared = sorted((len(edges[place] & edges[row]) for row in others), reverse=True)
        near = LISTED.rows(LISTED.neighbors(code)).tolist()
        assert len(near) == 8
        assert [row for row in others if len(edges[place] & edges[row]) > shared[7] and row not in near] == []


def test_another_spelling_of_a_trained_cell_is_read_and_what_was_not_trained_is_reported(trained):
    space = trained_objective(str(trained.path)).space
    code = next(code for code in space.listed if not (SPACE.canonical(code[None]) == code).all())
    text = SPACE.format(SPACE.canonical(code[None])[0])
    np.testing.assert_array_equal(space.canonical(space.read(text)[None]), space.canonical(code[None]))
    message = "is an architecture of darts, but not among the 167 networks of darts-trained"
    with pytest.raises(InvalidArchitecture, match=message):
        space.read(SPACE.format(SPACE.sample(1, np.random.default_rng(0))[0]))


def test_the_table_has_the_trainings_that_are_of_the_space(archives, trained):
    given = np.load(archives / FILE)
    inside = (given["compact"][..., 1] < 7).all(axis=(1, 2))
    assert (trained.rows, trained.attributes["trainings"], trained.attributes["left_out"]) == (167, 186, 359)
    codes = SPACE.from_compact(given["compact"][inside])
    values = given["values"][inside, given["fields"].tolist().index("valid_acc50")]
    for code, value in zip(codes[::9], values[::9], strict=True):
        row = np.flatnonzero((trained["cell"] == code).all(axis=1))
        assert value in trained["valid_accuracy"][row, -1].astype(np.float32)
    assert np.isfinite(trained["valid_accuracy"][:, -1]).sum() == 186


def test_the_mean_of_an_architectures_trainings_is_its_value(trained):
    objective = trained_objective(str(trained.path))
    several = np.isfinite(trained["valid_accuracy"][:, -1]).sum(axis=1)
    assert sorted(several.tolist())[-4:] == [3, 3, 5, 5]
    found = objective.evaluate(trained["cell"].astype(np.int64))
    np.testing.assert_allclose(found["valid_accuracy"], np.nanmean(trained["valid_accuracy"][:, -1], axis=1))
    np.testing.assert_array_equal(found["cost"], found["train_seconds"])


def test_the_units_are_counts_and_milliseconds(trained):
    found = trained_objective(str(trained.path)).evaluate(trained["cell"].astype(np.int64))
    assert 1e6 < found["params"].min() < found["params"].max() < 6e6
    assert 1e8 < found["flops"].min() < found["flops"].max() < 1e9
    assert found["gpu_latency"].min() > 10


def test_the_benchmark_keeps_the_rules_with_and_without_noise(trained):
    for noise in (False, True):
        report = check(nasapi.load_benchmark("darts/trained-v1", table=str(trained.path), noise=noise))
        assert report.ok, report


def test_the_benchmark_is_measured_and_searches_the_listed_alone(trained):
    benchmark = trained_v1(str(trained.path))
    assert not benchmark.reference.predicted
    assert benchmark.description.startswith("Measured, but not the space: the 167 architectures")
    history = nasapi.run(benchmark, nasapi.load_strategy("local-search"), seed=0)
    assert len(history) == 50
    assert not history.errors
    assert benchmark.reference.optima["valid_accuracy"] == pytest.approx(94.37)


def test_the_test_accuracies_are_left_out_and_reported_to_repeat(archives, trained):
    given = np.load(archives / FILE)
    fields = given["fields"].tolist()
    valid, test = (given["values"][:, fields.index(name)] for name in ("valid_acc50", "test_acc50"))
    assert np.abs(valid - test).mean() < 0.01
    with pytest.raises(NotAvailable, match="test accuracies repeat its validation accuracies"):
        trained_objective(str(trained.path)).metric("test_accuracy")


def test_the_trained_cells_are_imported_by_name(archives, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="nasapi data import darts-trained FILE"):
        nasapi.load_benchmark("darts/trained-v1")
    data.import_file("darts-trained", archives / FILE, notify=lambda _: None)
    assert nasapi.load_benchmark("darts/trained-v1").problem.space.size == 167


@pytest.fixture(scope="module")
def arrays(archives):
    with np.load(archives / FILE) as loaded:
        return dict(loaded)


def put(arrays, name, place, value):
    arrays[name] = arrays[name].copy()
    arrays[name][place] = value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("compact"), "has no array 'compact'; it has"),
        (lambda a: a.update(fields=a["fields"][1:]), "has no field 'flop'"),
        (lambda a: a.update(ops=a["ops"][::-1]), "lists the operations .*'none', 'dil_conv_5x5'"),
        (
            lambda a: a.update(values=a["values"][1:]),
            r"has cells \(545, 2, 8, 2\) with values \(544, 13\), which do not",
        ),
        (lambda a: put(a, "values", (0, 5), np.nan), "has a value that is negative or no number"),
        (lambda a: put(a, "values", (0, 5), -1), "has a value that is negative or no number"),
        (lambda a: a.update(values=a["values"].astype(str)), "Array 'values' of .* wanted numbers along 2 axes"),
        (lambda a: put(a, "fields", 1, "flop"), "has no field 'params'"),
        (lambda a: put(a, "fields", 12, "flop"), "has no field|has two fields 'flop', and nothing says which"),
        (
            lambda a: a.update({name: np.concatenate([a[name], a[name][:9]]) for name in ("compact", "values")}),
            "lists one training twice, with the same cell and all values alike",
        ),
        (lambda a: put(a, "compact", (..., 1), 7), "has no cell of the space: every one has an edge that does nothing"),
        (
            lambda a: put(a, "compact", (0, 0, 0, 0), 5),
            "lists a cell outside the space: Row 0 is no architecture of darts",
        ),
    ],
)
def test_cells_of_another_layout_are_refused_and_nothing_is_written(arrays, tmp_path, change, message):
    changed = dict(arrays)
    change(changed)
    file = io.BytesIO()
    np.savez(file, **changed)
    (tmp_path / FILE).write_bytes(file.getvalue())
    with pytest.raises(CorruptData, match=message):
        import_trained(tmp_path, tmp_path / "table.zarr")
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
