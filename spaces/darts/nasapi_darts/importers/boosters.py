"""Reads boosted trees from the files in which NAS-Bench-301 keeps its surrogates, without running what they hold.

A file is a pickle of one XGBoost or LightGBM model. Of that only the model's own bytes are taken: for XGBoost its
binary layout up to version 1.2 (`src/learner.cc`, `src/gbm/gbtree_model.h` and `include/xgboost/tree_model.h` of that
version define it), for LightGBM its text format (`src/boosting/gbdt_model_text.cpp`, `src/io/tree.cpp`).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData, NotAvailable, how_to_install
from nasapi.tables import Trees, load_plain

_XGBOOST, _LIGHTGBM = "xgboost.core.Booster", "lightgbm.basic.Booster"
_CONFIG = b"CONFIG-offset:"
_NODE = np.dtype([("parent", "<i4"), ("left", "<i4"), ("right", "<i4"), ("split", "<u4"), ("number", "<f4")])
_STATISTICS, _TREE, _LEARNER, _BOOSTER = 16, 148, 136, 160  # bytes of the layout's fixed parts


def read_booster(file: Path, features: int) -> Trees:
    """The trees of a pickled model that takes so many features.

    Raises CorruptData where it is no model of a layout that is known, is cut off or takes other features, and
    NotAvailable where only an XGBoost that is not installed can read it.
    """
    with file.open("rb") as opened:
        state = load_plain(opened, repr(str(file)), arrays=True, records=(_XGBOOST, _LIGHTGBM))
    handle = state.get("handle", state.get("_handle")) if isinstance(state, dict) else None  # LightGBM 4: _handle
    if isinstance(handle, str):
        return _lightgbm(handle, state.get("best_iteration"), str(file), features)
    if not isinstance(handle, bytes | bytearray):
        raise CorruptData(f"{str(file)!r} holds no XGBoost or LightGBM model.")
    if bytes(handle[:1]) == b"{":
        return _xgboost_document(bytes(handle), str(file), features)
    return _xgboost(bytes(handle), str(file), features)


def _xgboost(raw: bytes, name: str, features: int) -> Trees:
    """A model in XGBoost's binary layout, alone or with the configuration that pickles of 1.0 to 1.2 add after it."""
    reader = _Bytes(raw, name)
    if raw.startswith(_CONFIG):
        reader.take(len(_CONFIG) + 8)
    if raw[reader.at : reader.at + 4] == b"binf":
        reader.take(4)
    base, given, classes = struct.unpack("<fIi", reader.take(_LEARNER)[:12])
    objective, booster = reader.text(), reader.text()
    if not objective.startswith("reg:") or booster != "gbtree" or classes > 1:
        raise CorruptData(
            f"{name!r} is an XGBoost model {booster!r} with the objective {objective!r} and {classes} classes; "
            "wanted a regression with 'gbtree'."
        )
    parts = []
    for _ in range(reader.count(reader.take(_BOOSTER)[:4], "trees")):
        nodes = reader.count(reader.take(_TREE)[4:8], "nodes")
        parts.append(np.frombuffer(reader.take(nodes * _NODE.itemsize), _NODE))
        reader.take(nodes * _STATISTICS)
    if not parts:
        raise CorruptData(f"{name!r} has no trees.")
    joined = np.concatenate(parts)
    roots = Trees.roots([len(part) for part in parts])
    own = np.arange(len(joined)) - np.repeat(np.flatnonzero(roots), [len(part) for part in parts])
    leaf = joined["left"] == -1
    deleted = joined["split"] == np.uint32(0xFFFFFFFF)
    found = Trees(
        np.where(leaf | deleted, -1, joined["split"].astype(np.int64) & 0x7FFFFFFF),
        np.where(deleted, 0, joined["number"]).astype(np.float64),
        np.where(leaf | deleted, 0, joined["left"] - own),
        np.where(leaf | deleted, 0, joined["right"] - own),
        roots,
        float(base),
    )
    return found.checked(repr(name), given, features)


def _xgboost_document(raw: bytes, name: str, features: int) -> Trees:
    """A model that a later XGBoost saved again, with the help of the XGBoost that is installed."""
    try:
        import xgboost
    except ImportError as error:
        raise NotAvailable(
            f"{name!r} was saved by an XGBoost after 1.2, which only XGBoost itself can read. "
            f"Install it with {how_to_install('nasapi-darts[official]')}."
        ) from error
    try:
        booster = xgboost.Booster()
        booster.__setstate__({"handle": bytearray(raw)})
        learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    except xgboost.core.XGBoostError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CorruptData(f"{name!r} cannot be read by XGBoost {xgboost.__version__}: {reason}") from error
    return Trees.of_xgboost(learner, repr(name), features)


def _lightgbm(text: str, best: Any, name: str, features: int) -> Trees:
    """A model in LightGBM's text format, its trees up to the best iteration."""
    head, *blocks = text.split("\nTree=")
    settings = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    if not text.startswith("tree") or settings.get("version") not in ("v2", "v3", "v4"):
        raise CorruptData(f"{name!r} holds no LightGBM model of format v2 to v4, but begins with {text[:30]!r}.")
    if settings.get("num_tree_per_iteration") != "1" or not settings.get("objective", "").startswith("regression"):
        raise CorruptData(f"{name!r} is a LightGBM model for {settings.get('objective')!r}; wanted a regression.")
    sizes = settings.get("tree_sizes", "").split()
    if "end of trees" not in text or len(blocks) != len(sizes):
        raise CorruptData(f"{name!r} is cut off: it has {len(blocks)} of {len(sizes)} trees, or not their end.")
    kept = min(best, len(blocks)) if isinstance(best, int) and best > 0 else len(blocks)
    try:
        parts = [_lightgbm_tree(block, name) for block in blocks[:kept]]
        given = int(settings["max_feature_idx"]) + 1
    except (ValueError, KeyError) as error:
        raise CorruptData(f"{name!r} has a tree that cannot be read: {error}.") from error
    feature, number, left, right = (np.concatenate(column) for column in zip(*parts, strict=True))
    found = Trees(feature, number, left, right, Trees.roots([len(part[0]) for part in parts]))
    return found.checked(repr(name), given, features)


def _lightgbm_tree(block: str, name: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Features, numbers and relative children of one tree: its splits, then its leaves."""
    given = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    leaves = int(given["num_leaves"])
    splits = leaves - 1

    def column(key: str, length: int, kind: type[float] | type[int]) -> NDArray[Any]:
        values = np.array(given.get(key, "").split(), kind) if length else np.empty(0, kind)
        if len(values) != length:
            raise ValueError(f"{key} has {len(values)} values, not {length}")
        return values

    kinds = column("decision_type", splits, int)
    if (kinds & 1).any() or (kinds >> 2 & 3 == 1).any() or given.get("is_linear", "0") != "0":
        raise CorruptData(f"{name!r} has categorical splits, splits on missing values or linear leaves; wanted none.")
    own = np.arange(splits)
    children = [column(key, splits, int) for key in ("left_child", "right_child")]
    left, right = (np.where(child < 0, splits + ~child, child) - own for child in children)
    thresholds = np.nextafter(column("threshold", splits, float), np.inf)  # x <= t is x < the next number after t
    none = np.zeros(leaves, np.int64)
    return (
        np.concatenate([column("split_feature", splits, int), none - 1]),
        np.concatenate([thresholds, column("leaf_value", leaves, float)]),
        np.concatenate([left, none]),
        np.concatenate([right, none]),
    )


class _Bytes:
    """Takes parts off the front of a model's bytes."""

    def __init__(self, raw: bytes, name: str):
        self._raw, self._name, self.at = raw, name, 0

    def take(self, length: int) -> bytes:
        """The next bytes, all of them there."""
        found = self._raw[self.at : self.at + length]
        if len(found) != length:
            raise CorruptData(f"{self._name!r} is cut off: it ends in the middle of its trees.")
        self.at += length
        return found

    def count(self, part: bytes, what: str) -> int:
        """A number of things of which each takes at least a byte."""
        (found,) = struct.unpack("<i", part)
        if not 0 <= found <= len(self._raw):
            raise CorruptData(f"{self._name!r} is no XGBoost model of a known layout: it has {found} {what}.")
        return int(found)

    def text(self) -> str:
        """A text after its length."""
        (length,) = struct.unpack("<Q", self.take(8))
        if length > 100:
            raise CorruptData(f"{self._name!r} is no XGBoost model of a known layout.")
        return self.take(length).decode("latin-1")
