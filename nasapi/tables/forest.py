"""Ensembles of boosted regression trees as arrays, all trees descended at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Self

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData

_CELLS = 1 << 19  # places in trees held at once: they stay in the processor's cache


@frozen(eq=False)
class Trees:
    """The trees of one boosted model, node by node.

    A node with a feature sends rows with `x[feature] < number` to its left child and all others to its right one; a
    leaf, whose feature is -1, adds its number. Children are given by how far from the node they stand.
    """

    feature: NDArray[np.int16]
    number: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    root: NDArray[np.bool_]
    """Which nodes begin a tree."""
    base: float = 0.0
    """What every prediction begins with."""

    def __len__(self) -> int:
        return len(self.feature)

    @classmethod
    def of_xgboost(cls, learner: Mapping[str, Any], name: str, features: int) -> Self:
        """The trees of a regression, from what XGBoost's JSON has as `learner`, whose numbers are of 32 bits.

        Raises CorruptData, which names the file, where it is none, takes other features or is not sound.
        """
        try:
            kind, objective = learner["gradient_booster"]["name"], str(learner["objective"]["name"])
            if kind != "gbtree" or not objective.startswith("reg:"):
                raise CorruptData(
                    f"{name} is an XGBoost model {kind!r} with the objective {objective!r}; wanted a regression with "
                    "'gbtree'."
                )
            trees = learner["gradient_booster"]["model"]["trees"]
            base = np.float32(str(learner["learner_model_param"]["base_score"]).strip("[]"))
            given = int(learner["learner_model_param"]["num_feature"])
            left, right, split, number = (
                np.array([*chain.from_iterable(tree[part] for tree in trees)], np.float64)
                for part in ("left_children", "right_children", "split_indices", "split_conditions")
            )
            roots = cls.roots([len(tree["left_children"]) for tree in trees])
            first = np.flatnonzero(roots)
            own = np.arange(len(left)) - first[np.cumsum(roots) - 1]
            leaf = left < 0
            found = cls(
                np.where(leaf, -1, split).astype(np.int64),
                number.astype(np.float32).astype(np.float64),
                np.where(leaf, 0, left - own).astype(np.int64),
                np.where(leaf, 0, right - own).astype(np.int64),
                roots,
                float(base),
            )
        except CorruptData:
            raise
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise CorruptData(f"{name} is no model of XGBoost's: {type(error).__name__}: {error}.") from error
        return found.checked(name, given, features)

    @staticmethod
    def roots(counts: Sequence[int]) -> NDArray[np.bool_]:
        """Which nodes begin a tree, for trees of so many nodes."""
        roots = np.zeros(sum(counts), np.bool_)
        roots[np.cumsum([0, *counts[:-1]])] = True
        return roots

    def checked(self, name: str, given: int, features: int) -> Self:
        """The same trees in small types, if they are sound and take, of `given` features, the number that is wanted."""
        if given != features:
            raise CorruptData(
                f"{name} takes {given} features and an architecture has {features}: it belongs to another space or "
                "encoding."
            )
        self.check(name, features)
        return type(self)(
            self.feature.astype(np.int16),
            self.number,
            self.left.astype(np.int32),
            self.right.astype(np.int32),
            self.root,
            self.base,
        )

    def check(self, name: str, features: int) -> None:
        """Raise CorruptData, which names the file, for children outside, cycles, features unknown or odd numbers."""
        nodes = np.arange(len(self))
        tree = np.cumsum(self.root)
        inner = self.feature >= 0
        for step in (self.left, self.right):
            places = nodes + step
            inside = (places >= 0) & (places < len(self))
            if not (inside | ~inner).all() or (tree[places[inner]] != tree[inner]).any():
                raise CorruptData(f"{name} has a tree whose nodes lead outside it.")
        if not self.root.any() or not self.root[0]:
            raise CorruptData(f"{name} has no trees.")
        if self.feature.max() >= features or self.feature.min() < -1:
            raise CorruptData(f"{name} asks for feature {self.feature.max()}; an architecture has {features}.")
        if not np.isfinite(self.number).all() or not np.isfinite(self.base):
            raise CorruptData(f"{name} has a leaf or threshold that is no finite number.")
        self.depth(name)

    def depth(self, name: str = "a model") -> int:
        """The most steps from a root to a leaf; raises CorruptData where some way never ends."""
        places, steps, passed = np.flatnonzero(self.root), 0, 0
        while True:
            passed += len(places)
            places = places[self.feature[places] >= 0]
            if not len(places):
                return steps
            if passed > len(self):
                raise CorruptData(f"{name} has a tree that leads back into itself.")
            places = np.concatenate([places + self.left[places], places + self.right[places]])
            steps += 1


@frozen(eq=False)
class Forest:
    """An ensemble of boosted models."""

    members: tuple[Trees, ...] = field()
    single: bool = False
    """Whether features are rounded to 32 bits first, as XGBoost does."""
    single_sums: bool = False
    """Whether leaves are added to the base in 32 bits, one after the other, which gives XGBoost's very numbers."""

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, members): what each model predicts for rows of features, (n, f)."""
        rounded = features.astype(np.float32).astype(np.float64) if self.single else features
        feature, number, left, right = self._nodes
        trees = len(self._roots)
        rows = max(1, _CELLS // trees)
        found = np.empty((len(features), len(self.members)))
        for start in range(0, len(features), rows):
            given = rounded[start : start + rows]
            every = np.arange(len(given))[:, None]
            places = np.repeat(self._roots[None], len(given), axis=0)
            for _ in range(self._depth):
                goes_left = given[every, feature[places]] < number[places]
                places += np.where(goes_left, left[places], right[places])
            found[start : start + rows] = self._sums(number[places])
        return found

    def _sums(self, leaves: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, members): the base and the leaves of each member's trees, of (n, trees)."""
        bases = [member.base for member in self.members]
        if not self.single_sums:
            return np.asarray(np.add.reduceat(leaves, self._firsts, axis=1) + bases)
        ends = [*self._firsts[1:].tolist(), leaves.shape[1]]
        sums = np.empty((len(leaves), len(bases)))
        for member, (first, end) in enumerate(zip(self._firsts.tolist(), ends, strict=True)):
            terms = np.insert(leaves[:, first:end].astype(np.float32), 0, bases[member], axis=1)
            sums[:, member] = np.add.accumulate(terms, axis=1)[:, -1]
        return sums

    @cached_property
    def _nodes(self) -> tuple[NDArray[np.int16], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
        """All nodes of all members; a leaf looks at any feature and leads to itself."""
        feature = np.concatenate([member.feature for member in self.members])
        leaf = feature < 0
        left = np.where(leaf, 0, np.concatenate([member.left for member in self.members]))
        right = np.where(leaf, 0, np.concatenate([member.right for member in self.members]))
        number = np.concatenate([member.number for member in self.members])
        return np.where(leaf, 0, feature), number, left, right

    @cached_property
    def _roots(self) -> NDArray[np.int64]:
        return np.flatnonzero(np.concatenate([member.root for member in self.members]))

    @cached_property
    def _firsts(self) -> NDArray[np.int64]:
        """Where each member's trees begin among all."""
        counts = [int(member.root.sum()) for member in self.members]
        return np.cumsum([0, *counts[:-1]])

    @cached_property
    def _depth(self) -> int:
        return max(member.depth() for member in self.members)
