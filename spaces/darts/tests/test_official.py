import json
import os
import pickle
import shutil
import struct
import zipfile
from collections import Counter

import numpy as np
import pytest
from nasapi_darts.boosters import read_booster
from nasapi_darts.features import names, vectors
from nasapi_darts.forest import Forest, Trees
from nasapi_darts.objectives import nb301_lgb, nb301_xgb, standard_normal
from nasapi_darts.official import forest_of, import_official
from nasapi_darts.space import DARTS
from scipy.stats import kstest

import nasapi
from nasapi import data
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safe_pickle import load_plain
from nasapi.table import Table
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
    data.import_file("darts-nb301", tmp_path / "models.zip", tell=lambda _: None)
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
    from nasapi.table import Column, write_table

    columns = {name: Column(models[name], "") for name in models}
    other = write_table(tmp_path / "other.zarr", columns, **{**attributes_of(models), "features": ["a"]})
    with pytest.raises(CorruptData, match="is for other features; import the official models again"):
        forest_of(other, "xgb")


def attributes_of(table: Table):
    return {name: table.attributes[name] for name in ("space", "title", "members")}


def test_a_model_of_the_installed_xgboost_is_read(small, expected, tmp_path):
    xgboost = pytest.importorskip("xgboost")
    features = np.array(expected["features"])
    target = 93 + features[:, 10:20].sum(axis=1) / 10
    booster = xgboost.train({"max_depth": 3, "base_score": 93.0}, xgboost.DMatrix(features, target), 10)
    file = tmp_path / MODEL
    file.write_bytes(pickle.dumps(booster))
    found = Forest((read_booster(file),), single=True).predict(features)[:, 0]
    np.testing.assert_allclose(found, booster.predict(xgboost.DMatrix(features)), rtol=3e-7)
    assert np.ptp(found) > 0.1


def test_a_model_of_the_installed_lightgbm_is_read_up_to_its_best_iteration(expected, tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    features = np.array(expected["features"])
    target = 93 + features[:, 10:20].sum(axis=1) / 10
    options = {"num_leaves": 4, "min_data_in_leaf": 2, "verbose": -1}
    booster = lightgbm.train(options, lightgbm.Dataset(features, target), 12)
    booster.best_iteration = 7
    file = tmp_path / MODEL
    file.write_bytes(pickle.dumps(booster))
    found = Forest((read_booster(file),)).predict(features)[:, 0]
    np.testing.assert_allclose(found, booster.predict(features), rtol=1e-13)
    assert np.abs(found - booster.predict(features, num_iteration=12)).max() > 1e-3


def test_a_later_xgboost_model_says_what_to_install_where_xgboost_is_missing(tmp_path, monkeypatch):
    file = booster_file(tmp_path, b"{L\0\0\0\0\0\0\0\0}")
    monkeypatch.setitem(__import__("sys").modules, "xgboost", None)
    with pytest.raises(NotAvailable, match=r"saved by an XGBoost after 1\.2.*pip install 'nasapi-darts\[official\]'"):
        read_booster(file)


def test_a_damaged_later_xgboost_model_is_refused(tmp_path):
    pytest.importorskip("xgboost")
    with pytest.raises(CorruptData, match=r"cannot be read by XGBoost \d"):
        read_booster(booster_file(tmp_path, b"{no document"))


class Booster:
    """Pickles under the name of another package's class."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def booster_file(folder, handle, owner="xgboost.core", **attributes):
    """A pickle of a model with these bytes, as the official files have them."""
    content = pickle.dumps(Booster(handle=handle, **attributes), 2)
    own = f"c{Booster.__module__}\nBooster\n".encode()
    assert own in content
    file = folder / MODEL
    file.write_bytes(content.replace(own, f"c{owner}\nBooster\n".encode()))
    return file


def handle_of(small, ensemble):
    with (small / "nb_models" / f"{ensemble}_v1.0" / "0" / MODEL).open("rb") as file:
        state = load_plain(file, "a model", arrays=True, records=("xgboost.core.Booster", "lightgbm.basic.Booster"))
    return state["handle"]


HEADER = 14 + 8 + 4  # "CONFIG-offset:", the offset, "binf"
OBJECTIVE = HEADER + 136 + 8
TREES = OBJECTIVE + len("reg:squarederror") + 8 + len("gbtree")
NODES = TREES + 160 + 148


def patched(raw, place, form, *values):
    changed = bytearray(raw)
    struct.pack_into(form, changed, place, *values)
    return bytes(changed)


def test_the_binary_layout_is_read_without_its_additions_too(small, tmp_path):
    raw = bytes(handle_of(small, "xgb"))
    whole = read_booster(booster_file(tmp_path, raw))
    for shorter in (raw[22:], raw[26:]):
        found = read_booster(booster_file(tmp_path, shorter))
        np.testing.assert_array_equal(found.number, whole.number)
        assert found.base == whole.base == 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw[:1000], "is cut off: it ends in the middle of its trees"),
        (lambda raw: raw[:40], "is cut off"),
        (lambda raw: b"", "is cut off"),
        (
            lambda raw: patched(raw, HEADER + 8, "<i", 3),
            "with the objective 'reg:squarederror' and 3 classes; wanted a reg",
        ),
        (lambda raw: patched(raw, OBJECTIVE, "3s", b"abc"), "with the objective 'abc:squarederror'"),
        (lambda raw: patched(raw, OBJECTIVE - 8, "<Q", 2**40), "is no XGBoost model of a known layout"),
        (lambda raw: patched(raw, TREES, "<i", -5), "is no XGBoost model of a known layout: it has -5 trees"),
        (lambda raw: patched(raw, TREES, "<i", 0), "has no trees"),
        (lambda raw: patched(raw, TREES + 160 + 4, "<i", 2**30), "it has 1073741824 nodes"),
        (lambda raw: patched(raw, HEADER + 4, "<I", 20), r"asks for feature \d+; an architecture has 20"),
        (lambda raw: patched(raw, HEADER, "<f", np.nan), "has a leaf or threshold that is no finite number"),
        (lambda raw: patched(raw, NODES + 16, "<f", np.inf), "has a leaf or threshold that is no finite number"),
    ],
)
def test_a_damaged_xgboost_model_is_refused(small, tmp_path, change, message):
    with pytest.raises(CorruptData, match=message):
        read_booster(booster_file(tmp_path, change(bytes(handle_of(small, "xgb")))))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tree\nversion=v3", "forest", "holds no LightGBM model of format v2 to v4, but begins with 'forest"),
        ("version=v3", "version=v9", "holds no LightGBM model of format v2 to v4"),
        ("objective=regression", "objective=binary", "is a LightGBM model for 'binary'; wanted a regression"),
        ("end of trees", "", "is cut off: it has 15 of 15 trees, or not their end"),
        ("\nTree=3\n", "\nTwig=3\n", "is cut off: it has 14 of 15 trees"),
        ("\nnum_leaves=8", "\nnum_leaves=9", "has a tree that cannot be read: decision_type has 7 values, not 8"),
        ("\nnum_leaves=8", "\nnum_leaves=x", "has a tree that cannot be read: invalid literal"),
        ("\nnum_leaves=", "\nleaves=", "has a tree that cannot be read: 'num_leaves'"),
        ("\ndecision_type=2", "\ndecision_type=1", "has categorical splits, splits on missing values or linear leaves"),
        ("\ndecision_type=2", "\ndecision_type=6", "has categorical splits, splits on missing values"),
        ("\nleft_child=1", "\nleft_child=9000", "has a tree whose nodes lead outside it"),
        ("\nleft_child=1", "\nleft_child=0", "has a tree that leads back into itself"),
        ("\nsplit_feature=", "\nsplit_feature=99", r"asks for feature 99\d*; an architecture has 56"),
        ("\nleaf_value=", "\nleaf_value=nan", "cannot be read|no finite number"),
    ],
)
def test_a_damaged_lightgbm_model_is_refused(small, tmp_path, old, new, message):
    text = handle_of(small, "lgb")
    assert old in text
    with pytest.raises(CorruptData, match=message):
        read_booster(booster_file(tmp_path, text.replace(old, new, 1), "lightgbm.basic"))


def test_a_leaf_that_is_no_number_is_refused(small, tmp_path):
    text = handle_of(small, "lgb")
    start = text.index("\nleaf_value=") + len("\nleaf_value=")
    value = text[start : text.index(" ", start)]
    with pytest.raises(CorruptData, match="has a leaf or threshold that is no finite number"):
        read_booster(booster_file(tmp_path, text.replace(value, "nan", 1), "lightgbm.basic"))


@pytest.mark.parametrize("content", [{"handle": None}, {"trees": 5}, [1, 2], {}])
def test_a_pickle_of_something_else_is_refused(tmp_path, content):
    (tmp_path / MODEL).write_bytes(pickle.dumps(content))
    with pytest.raises(CorruptData, match="holds no XGBoost or LightGBM model"):
        read_booster(tmp_path / MODEL)


class Runs:
    """Pickles as a call that makes a folder."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (self.place,)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path):
    (tmp_path / MODEL).write_bytes(pickle.dumps({"handle": Runs(str(tmp_path / "ran"))}))
    with pytest.raises(CorruptData, match=r"is not plain data: it asks for 'posix\.mkdir', which could run code"):
        read_booster(tmp_path / MODEL)
    assert not (tmp_path / "ran").exists()


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
            "it has 'lgb_runtime_v0.9', which is another ver",
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
        data.import_file("darts-nb301", folder, tell=lambda _: None)
    assert not data.available("darts-nb301")
    assert [path for path in (tmp_path / "data").rglob("*") if path.suffix in (".zarr", ".json")] == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "models").write_bytes(b"")
    with pytest.raises(CorruptData, match="is no folder; give the folder 'nb_models' of the unpacked archive"):
        import_official(tmp_path / "models", tmp_path / "table.zarr")


def test_trees_without_a_root_are_refused():
    none = np.zeros(1, np.int64)
    with pytest.raises(CorruptData, match="a model has no trees"):
        Trees(none - 1, none.astype(float), none, none, np.array([False])).check("a model", 56)
