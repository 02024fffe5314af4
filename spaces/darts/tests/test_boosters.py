"""Reading single models of the official surrogates: those of their packages, damaged ones, hostile ones."""

import os
import pickle
import struct
import sys

import numpy as np
import pytest
from nasapi_darts.features import names
from nasapi_darts.importers.boosters import read_booster as read

from nasapi.errors import CorruptData, NotAvailable
from nasapi.tables import Forest, Trees, load_plain

MODEL = "surrogate_model.model"


def read_booster(file):
    return read(file, len(names()))


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "binary:logistic"}, "is an XGBoost model 'gbtree' with the objective 'binary:logistic'; wanted"),
        ({"booster": "dart"}, "is an XGBoost model 'dart' with the objective"),
    ],
)
def test_a_later_xgboost_model_of_another_kind_is_refused(expected, tmp_path, options, message):
    xgboost = pytest.importorskip("xgboost")
    features = np.array(expected["features"])
    booster = xgboost.train(options, xgboost.DMatrix(features, features[:, 10] > 3), 2)
    (tmp_path / MODEL).write_bytes(pickle.dumps(booster))
    with pytest.raises(CorruptData, match=message):
        read_booster(tmp_path / MODEL)


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
    monkeypatch.setitem(sys.modules, "xgboost", None)
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


def first_split(raw):
    """Where the first node with children stands: the root of the first tree that is more than a leaf."""
    place = TREES + 160
    while struct.unpack_from("<i", raw, place + 4)[0] == 1:
        place += 148 + 20 + 16
    return place + 148


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
        (lambda raw: patched(raw, HEADER + 4, "<I", 20), "takes 20 features and an architecture has 56: it belongs to"),
        (lambda raw: patched(raw, first_split(raw) + 12, "<I", 2000), "asks for feature 2000; an architecture has 56"),
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
        ("\nleaf_value=", "\nleaf_value=x", "has a tree that cannot be read: could not convert string to float"),
        ("\nmax_feature_idx=55", "\nmax_feature_idx=33", "takes 34 features and an architecture has 56"),
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


def test_trees_without_a_root_are_refused():
    none = np.zeros(1, np.int64)
    with pytest.raises(CorruptData, match="a model has no trees"):
        Trees(none - 1, none.astype(float), none, none, np.array([False])).check("a model", 56)
