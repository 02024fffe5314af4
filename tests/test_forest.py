"""Boosted trees as XGBoost stores them: what models made by hand predict, and which are refused."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from nasapi.errors import CorruptData
from nasapi.tables.forest import Forest, Trees

ROWS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def learner(kind: str = "gbtree", objective: str = "reg:squarederror", **changes: Any) -> dict[str, Any]:
    """Two trees: 1 where feature 0 is below 0.5, else 2 or 4 by feature 1; and a lone leaf of 8."""
    first = {
        "left_children": [1, -1, 3, -1, -1],
        "right_children": [2, -1, 4, -1, -1],
        "split_indices": [0, 0, 1, 0, 0],
        "split_conditions": [0.5, 1.0, 0.5, 2.0, 4.0],
    } | changes
    lone = {"left_children": [-1], "right_children": [-1], "split_indices": [0], "split_conditions": [8.0]}
    return {
        "gradient_booster": {"name": kind, "model": {"trees": [first, lone]}},
        "objective": {"name": objective},
        "learner_model_param": {"base_score": "[2.5E-1]", "num_feature": "2"},
    }


def test_a_prediction_is_the_base_and_a_leaf_of_each_tree() -> None:
    trees = Trees.of_xgboost(learner(), "the model", 2)
    assert trees.depth() == 2 and len(trees) == 6 and trees.base == 0.25
    other = attrs.evolve(trees, number=2 * trees.number, base=1.0)  # thresholds of 1: below are those of 0
    below = attrs.evolve(trees, number=-trees.number, base=0.0)  # thresholds of -0.5: none is below
    for single_sums in (False, True):
        found = Forest((trees, other, below), single=True, single_sums=single_sums).predict(ROWS)
        np.testing.assert_array_equal(found, [[9.25, 19, -12], [9.25, 19, -12], [10.25, 21, -12], [12.25, 25, -12]])


def test_trees_begin_with_the_first_node_and_no_feature_is_below_that_of_a_leaf() -> None:
    trees = Trees.of_xgboost(learner(), "the model", 2)
    for roots in (np.zeros(6, bool), np.arange(6) == 5):
        with pytest.raises(CorruptData, match=r"the model has (no trees|a tree whose nodes lead outside it)\."):
            attrs.evolve(trees, root=roots).check("the model", 2)
    with pytest.raises(CorruptData, match="the model asks for feature 1; an architecture has 2"):
        attrs.evolve(trees, feature=np.where(trees.feature < 0, -2, trees.feature)).check("the model", 2)


def test_a_model_may_take_a_single_feature() -> None:
    given = learner(split_indices=[0] * 5, split_conditions=[0.5, 1.0, 1.5, 2.0, 4.0])
    given["learner_model_param"]["num_feature"] = "1"
    forest = Forest((Trees.of_xgboost(given, "the model", 1),))
    assert forest.predict(np.array([[0.0], [1.0], [2.0]])).ravel().tolist() == [9.25, 10.25, 12.25]


def test_sums_in_32_bits_are_taken_in_the_order_of_the_trees() -> None:
    trees = Trees.of_xgboost(learner(split_conditions=[0.5, 1e8, 0.5, 2.0, 4.0]), "the model", 2)
    exact, rounded = (Forest((trees,), single_sums=single).predict(ROWS[:1])[0, 0] for single in (False, True))
    assert exact == 1e8 + 8.25 and rounded == np.float32(1e8) + np.float32(8)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (learner("dart"), "is an XGBoost model 'dart' with the objective 'reg:squarederror'; wanted a regression"),
        (
            learner(objective="binary:logistic"),
            "is an XGBoost model 'gbtree' with the objective 'binary:logistic'; wanted",
        ),
        (learner(left_children=[1, -1, 7, -1, -1]), "has a tree whose nodes lead outside it"),
        (learner(left_children=[1, -1, 0, -1, -1]), "has a tree that leads back into itself"),
        (learner(split_indices=[0, 0, 5, 0, 0]), "asks for feature 5; an architecture has 2"),
        (learner(split_conditions=[0.5, np.nan, 0.5, 2.0, 4.0]), "has a leaf or threshold that is no finite number"),
        ({}, "is no model of XGBoost's: KeyError"),
    ],
)
def test_a_model_that_is_none_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(CorruptData, match=f"the model {message}"):
        Trees.of_xgboost(given, "the model", 2)
    with pytest.raises(CorruptData, match="takes 2 features and an architecture has 3"):
        Trees.of_xgboost(learner(), "the model", 3)
