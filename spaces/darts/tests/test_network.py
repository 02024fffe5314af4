"""The surrogate network: its predictions, its benchmark, and imports of its weights."""

import io

import numpy as np
import pytest
from nasapi_darts.benchmarks import mlp_v1
from nasapi_darts.importers.network_table import import_network, network_of
from nasapi_darts.objectives import mlp
from nasapi_darts.space import DARTS
from scipy.stats import kendalltau, spearmanr

import nasapi
from nasapi import data
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.testing import check

SPACE = DARTS()
FILE = "surrogate_mlp.npz"


def test_the_objective_keeps_the_rules(weights):
    report = check(mlp(str(weights.path)))
    assert report.ok, report


def test_the_benchmark_keeps_the_rules(weights):
    report = check(mlp_v1(str(weights.path)))
    assert report.ok, report


def test_predictions_are_those_published_with_the_network(archives, weights):
    published = np.load(archives / "nb301_cells_11221.npz")
    accuracy, seconds = network_of(weights).predict(SPACE.from_compact(published["compact"]), 97)
    np.testing.assert_allclose(accuracy, published["mlp_val97"], atol=5e-5)
    np.testing.assert_allclose(seconds, published["mlp_runtime97"], atol=0.02)


def test_the_rank_correlation_with_the_official_surrogate_is_090(archives, weights):
    official = np.load(archives / "official_surrogate_1218.npz")
    values = official["values"][:, official["names"].tolist().index("val_accuracy")]
    predicted = mlp(str(weights.path)).evaluate(SPACE.from_compact(official["compact"]))["valid_accuracy"]
    assert spearmanr(predicted, values).statistic == pytest.approx(0.904, abs=5e-4)
    assert kendalltau(predicted, values).statistic == pytest.approx(0.735, abs=5e-4)
    assert (predicted - values).mean() == pytest.approx(1.30, abs=5e-3)


def test_accuracies_and_seconds_rise_with_epochs_on_average(weights):
    objective = mlp(str(weights.path))
    codes = SPACE.sample(200, np.random.default_rng(0))
    curve = [objective.evaluate(codes, level) for level in (1, 2, 10, 50, 98)]
    assert (np.diff([columns["valid_accuracy"].mean() for columns in curve]) > 0).all()
    assert (np.diff([columns["cost"] for columns in curve], axis=0) > 0).all()


def test_costs_rise_with_every_epoch_for_every_cell(weights):
    objective = mlp(str(weights.path))
    codes = SPACE.sample(2000, np.random.default_rng(1))
    costs = np.array([objective.evaluate(codes, level)["cost"] for level in (1, 2, 3, 4, 5, 6, 8, 16, 32, 64, 98)])
    assert (np.diff(costs, axis=0) > 0).all()
    assert costs.min() > 0


def test_predictions_are_called_predictions(weights):
    benchmark = mlp_v1(str(weights.path))
    assert benchmark.reference.predicted
    assert benchmark.description.startswith("Predictions, not measurements")
    assert all("prediction" in metric.description for metric in benchmark.objective.metrics)


def test_the_test_accuracy_is_missing_and_reported_to_be(weights):
    with pytest.raises(NotAvailable, match="the surrogate network predicts validation accuracy alone"):
        mlp(str(weights.path)).metric("test_accuracy")


def test_other_epochs_are_refused(weights):
    with pytest.raises(InvalidOption, match="darts has no epochs 99; its levels are"):
        mlp(str(weights.path)).evaluate(SPACE.sample(1, np.random.default_rng(0)), 99)


def test_the_weights_are_imported_by_name(archives, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="nasapi data import darts-mlp FILE"):
        nasapi.load_benchmark("darts/mlp-v1")
    data.import_file("darts-mlp", archives / FILE, notify=lambda _: None)
    benchmark = nasapi.load_benchmark("darts/mlp-v1", budget=32)
    history = nasapi.run(benchmark, nasapi.load_strategy("random"), seed=0)
    assert len(history) == 32
    assert not history.errors


def archive(arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.fixture(scope="module")
def arrays(archives):
    with np.load(archives / FILE) as loaded:
        return dict(loaded)


def renamed(names, old, new):
    return np.array([name.replace(old, new) for name in names.tolist()])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("deep1_w"), "has no array 'deep1_w', which the surrogate network needs"),
        (lambda a: a.pop("emb7"), "has no array 'emb7'"),
        (lambda a: a.pop("runtime_mul"), "has no array 'runtime_mul'"),
        (
            lambda a: a.update(deep1_w=a["deep1_w"][:, :-1]),
            r"has 'deep1_w' as float32 of shape \(512, 511\); wanted num",
        ),
        (lambda a: a.update(emb0=a["emb0"][:7]), r"has 'emb0' as float32 of shape \(7, 10\); wanted .*\(8, 10\)"),
        (lambda a: a.update(wide_b=np.array(["a", "b"])), r"has 'wide_b' as <U1 of shape \(2,\)"),
        (lambda a: a.update(wide_b=np.array([0.0, np.nan])), "has a weight in 'wide_b' that is no finite number"),
        (lambda a: a.pop("cat_names"), "inputs are not the 34 parameters of the space: 0 names"),
        (
            lambda a: a.update(cat_names=renamed(a["cat_names"], "normal_3", "normal_33")),
            "34 names, of which .*normal_3.* is missing, unknown or given twice",
        ),
        (
            lambda a: a.update(wide_b=np.array([None, None])),
            "holds object, which is not numbers or text",
        ),
    ],
)
def test_weights_of_another_layout_are_refused_and_nothing_is_written(arrays, tmp_path, change, message):
    changed = dict(arrays)
    change(changed)
    file = tmp_path / FILE
    file.write_bytes(archive(changed))
    with pytest.raises(CorruptData, match=message):
        import_network(file, tmp_path / "table.zarr")
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_archive_is_refused(archives, tmp_path, content):
    file = tmp_path / FILE
    file.write_bytes((archives / FILE).read_bytes()[:100_000] if content is None else content)
    with pytest.raises(CorruptData, match="is no archive of numpy arrays"):
        import_network(file, tmp_path / "table.zarr")


def test_a_folder_without_the_weights_is_refused(tmp_path):
    with pytest.raises(CorruptData, match=r"surrogate_mlp.npz' is no archive of numpy arrays: .*No such file"):
        import_network(tmp_path, tmp_path / "table.zarr")
