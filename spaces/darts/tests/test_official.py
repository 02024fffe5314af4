"""The official surrogates: the conformance kit, their features and predictions, and imports of their folder."""

import json
import shutil
import zipfile
from collections import Counter

import numpy as np
import pytest
from nasapi_darts.features import names, vectors
from nasapi_darts.importers.official import forest_of, import_official, import_official_0_9
from nasapi_darts.objectives import nb301_lgb, nb301_xgb, nb301_xgb_0_9, standard_normal
from nasapi_darts.space import DARTS
from scipy.stats import kstest

import nasapi
from nasapi import data
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.tables import Table
from nasapi.testing import check

SPACE = DARTS()
MODEL = "surrogate_model.model"
ENSEMBLES = ("xgb", "lgb", "lgb_runtime")


@pytest.fixture
def folder(small, tmp_path):
    """A copy of the small models, to damage."""
    shutil.copytree(small / "nb_models", tmp_path / "nb_models")
    return tmp_path / "nb_models"


@pytest.mark.parametrize("ensemble", ["xgb", "lgb"])
def test_the_objectives_and_benchmarks_keep_the_rules(models, ensemble):
    benchmark = nasapi.load_benchmark(f"darts/nb301-{ensemble}-v1", table=str(models.path), noise=True)
    for report in (check(benchmark), check(benchmark.objective)):
        assert report.ok, report


def test_features_are_those_of_the_configuration_space(expected):
    assert names() == expected["names"]
    np.testing.assert_array_equal(vectors(np.array(expected["codes"])), expected["features"])


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_every_member_predicts_what_its_package_predicts(models, expected, ensemble):
    found = forest_of(models, ensemble).predict(vectors(np.array(expected["codes"])))
    wanted = np.transpose(expected["predictions"][ensemble])
    np.testing.assert_allclose(found, wanted, rtol=3e-7 if ensemble == "xgb" else 1e-13)  # XGBoost sums 32-bit numbers
    assert len(np.unique(found)) > 10


def test_the_value_is_the_mean_of_the_ensemble_and_the_cost_that_of_the_seconds(models, expected):
    found = nb301_xgb(str(models.path)).evaluate(np.array(expected["codes"]))
    np.testing.assert_allclose(found["valid_accuracy"], np.mean(expected["predictions"]["xgb"], axis=0), rtol=3e-7)
    np.testing.assert_allclose(found["cost"], np.mean(expected["predictions"]["lgb_runtime"], axis=0), rtol=1e-12)


def test_noise_is_drawn_from_the_spread_of_the_ensemble(models):
    objective = nb301_lgb(str(models.path))
    code = SPACE.sample(1, np.random.default_rng(0))
    members = forest_of(models, "lgb").predict(vectors(code))[0]
    noise = np.random.default_rng(1).integers(0, 2**64, size=4000, dtype=np.uint64)
    drawn = objective.evaluate(np.repeat(code, 4000, axis=0), None, noise)["valid_accuracy"]
    assert kstest((drawn - members.mean()) / members.std(), "norm").pvalue > 1e-3
    assert members.std() > 0


def test_normal_numbers_are_finite_for_every_noise():
    edges = np.array([0, 1, 2**32 - 1, 2**32, 2**64 - 1], np.uint64)
    assert np.isfinite(standard_normal(edges)).all()


def test_predictions_are_called_predictions(models):
    for ensemble in ("xgb", "lgb"):
        benchmark = nasapi.load_benchmark(f"darts/nb301-{ensemble}-v1", table=str(models.path))
        assert benchmark.reference.predicted
        assert benchmark.description.startswith("Predictions, not measurements")
        assert all("prediction" in metric.description for metric in benchmark.objective.metrics)
        with pytest.raises(NotAvailable, match="the official surrogates predict validation accuracy alone"):
            benchmark.objective.metric("test_accuracy")


def test_there_are_no_fidelities(models):
    with pytest.raises(InvalidOption, match="has no fidelities, but was asked for 50"):
        nb301_xgb(str(models.path)).evaluate(SPACE.sample(1, np.random.default_rng(0)), 50)


def test_a_zip_of_the_folder_is_imported_by_name(small, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    with pytest.raises(NotAvailable, match="nasapi data get darts-nb301"):
        nasapi.load_benchmark("darts/nb301-xgb-v1")
    with zipfile.ZipFile(tmp_path / "models.zip", "w") as archive:
        for file in sorted((small / "nb_models").rglob("*.*")):
            archive.write(file, file.relative_to(small))
    data.import_file("darts-nb301", tmp_path / "models.zip", notify=lambda _: None)
    history = nasapi.run(
        nasapi.load_benchmark("darts/nb301-lgb-v1", budget=20, noise=True), nasapi.load_strategy("random"), seed=0
    )
    assert len(history) == 20
    assert not history.errors


def test_one_of_the_accuracy_ensembles_is_enough(folder, tmp_path):
    shutil.rmtree(folder / "lgb_v1.0")
    table = import_official(folder, tmp_path / "table.zarr")
    assert Counter(member["ensemble"] for member in table.attributes["members"]) == {"xgb": 2, "lgb_runtime": 2}
    with pytest.raises(
        NotAvailable, match=r"The imported folder has no 'lgb_v1\.0'; run `nasapi data import darts-nb301"
    ):
        nb301_lgb(str(table.path))


def test_a_table_for_other_features_is_refused(models, tmp_path):
    from nasapi.tables import Column, write_table

    columns = {name: Column(models[name], "") for name in models}
    other = write_table(tmp_path / "other.zarr", columns, **{**attributes_of(models), "features": ["a"]})
    with pytest.raises(CorruptData, match="is for other features; import the official models again"):
        forest_of(other, "xgb")


def attributes_of(table: Table):
    return {name: table.attributes[name] for name in ("space", "title", "members")}


def rewrite(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda f: (f / "xgb_v1.0/1" / MODEL).unlink(),
            r"xgb_v1\.0/1' has a 'model_config\.json' but no 'surrogate_model",
        ),
        (
            lambda f: [file.unlink() for file in (f / "xgb_v1.0").rglob("*.*") if file.is_file()],
            "its members are missing",
        ),
        (lambda f: (f / "lgb_v1.0/0/model_config.json").unlink(), "does not say which model stands beside it"),
        (lambda f: (f / "lgb_v1.0/0/model_config.json").write_text("{"), "does not say which model stands beside it"),
        (lambda f: rewrite(f / "lgb_v1.0/0/model_config.json", model="ngb"), "is of the model 'ngb'; wanted 'lgb'"),
        (
            lambda f: rewrite(f / "xgb_v1.0/0/model_config.json", **{"param:bananas_enc": True}),
            "says that the model takes path encodings; wanted one on parameters",
        ),
        (
            lambda f: shutil.rmtree(f / "lgb_runtime_v1.0"),
            r"does not hold the surrogates .*: it has no 'lgb_runtime_v1\.0'",
        ),
        (lambda f: [shutil.rmtree(f / name) for name in ("xgb_v1.0", "lgb_v1.0")], r"it has no 'xgb_v1\.0'"),
        (
            lambda f: (f / "lgb_runtime_v1.0").rename(f / "lgb_runtime_v0.9"),
            "it has 'lgb_runtime_v0.9', of another version, which `nasapi data import darts-nb301-0.9 FOLDER` reads",
        ),
        (lambda f: (f / "xgb_v1.0/0" / MODEL).write_bytes(b""), "cannot be read as a pickle"),
        (
            lambda f: (f / "xgb_v1.0/0" / MODEL).write_bytes((f / "xgb_v1.0/0" / MODEL).read_bytes()[:-900]),
            "as a pickle",
        ),
    ],
)
def test_a_damaged_folder_is_refused_and_nothing_is_written(folder, tmp_path, damage, message):
    damage(folder)
    with pytest.raises(CorruptData, match=message):
        import_official(folder, tmp_path / "table.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["nb_models"]


def test_a_failed_import_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    (folder / "xgb_v1.0/1" / MODEL).write_bytes(b"x")
    with pytest.raises(CorruptData):
        data.import_file("darts-nb301", folder, notify=lambda _: None)
    assert not data.available("darts-nb301")
    assert [path for path in (tmp_path / "data").rglob("*") if path.suffix in (".zarr", ".json")] == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "models").write_bytes(b"")
    with pytest.raises(CorruptData, match="is no folder; give the folder 'nb_models' of the unpacked archive"):
        import_official(tmp_path / "models", tmp_path / "table.zarr")


@pytest.fixture
def earlier(small, tmp_path):
    """The small models laid out as the archive of version 0.9: members below their number, model and date."""
    place = tmp_path / "earlier" / "nb_models"
    for name in ("xgb", "lgb_runtime"):
        for number in (0, 1):
            member = place / f"{name}_v0.9" / str(number) / name / f"20200910-200749-{number}"
            shutil.copytree(small / "nb_models" / f"{name}_v1.0" / str(number), member)
    network = place / "gnn_gin_v0.9" / "1" / "gnn_gin" / "20200910-200749-1"
    network.mkdir(parents=True)
    (network / MODEL).write_bytes(b"weights of a graph network, which are not read")
    return place


def test_version_0_9_is_read_from_its_own_folders_and_says_so(earlier, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    with pytest.raises(NotAvailable, match=r"nasapi data get darts-nb301-0\.9"):
        nasapi.load_benchmark("darts/nb301-xgb-0.9-v1")
    data.import_file("darts-nb301-0.9", earlier, notify=lambda _: None)
    benchmark = nasapi.load_benchmark("darts/nb301-xgb-0.9-v1")
    found = benchmark.objective.evaluate(np.array(expected["codes"]))
    np.testing.assert_allclose(found["valid_accuracy"], np.mean(expected["predictions"]["xgb"], axis=0), rtol=3e-7)
    np.testing.assert_allclose(found["cost"], np.mean(expected["predictions"]["lgb_runtime"], axis=0), rtol=1e-12)
    assert "v0.9" in benchmark.description
    assert {metric.origin.partition(";")[0] for metric in benchmark.objective.metrics} == {
        "predicted: by NAS-Bench-301's official surrogates, version 0.9"
    }


def test_each_version_is_refused_where_the_other_is_wanted(earlier, models, small, tmp_path):
    with pytest.raises(CorruptData, match=r"v1\.0: it has 'gnn_gin_v0\.9', .* data import darts-nb301-0\.9 FOLDER"):
        import_official(earlier, tmp_path / "table.zarr")
    with pytest.raises(CorruptData, match=r"v0\.9: it has 'lgb_runtime_v1\.0', .* data import darts-nb301 FOLDER"):
        import_official_0_9(small / "nb_models", tmp_path / "table.zarr")
    with pytest.raises(CorruptData, match=r"is of version 1\.0 of the surrogates; wanted 0\.9"):
        nb301_xgb_0_9(str(models.path))
    table = import_official_0_9(earlier, tmp_path / "earlier.zarr")
    with pytest.raises(CorruptData, match=r"is of version 0\.9 of the surrogates; wanted 1\.0"):
        nb301_xgb(str(table.path))


def test_a_table_without_a_version_is_refused(models, tmp_path):
    from nasapi.tables import Column, write_table

    columns = {name: Column(models[name], "") for name in models}
    other = write_table(tmp_path / "other.zarr", columns, **attributes_of(models), features=names())
    with pytest.raises(CorruptData, match="does not say of which version it is"):
        nb301_xgb(str(other.path))
