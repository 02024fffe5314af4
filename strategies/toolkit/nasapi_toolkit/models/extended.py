"""Gaussian processes whose hyperparameters are chosen now and then, and which are extended in between."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import options as option
from nasapi_toolkit.models.incremental_gp import IncrementalGP
from nasapi_toolkit.models.model import Features, Model, Vector


@define(eq=False)
class ExtendedProcess(Model):
    """A Gaussian process of mean 0 that observes what is new; one method is abstract: how hyperparameters are chosen.

    They are kept while the observations are those of the last choice and less than a share of `growth` more. Up to
    `most` observations inference is exact. Beyond them it is another method, a process on a subset of the data
    (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, section 8.3.3): the best quarter of `most`,
    the latest quarter of the others and what comes after, until they are `most` again.
    """

    growth: float = option.number(
        0.25,
        "The share by which observations grow before hyperparameters are chosen again; 0 is at every fit.",
        least=0,
    )
    most: int = option.count(
        1000,
        "How many observations are learned from; of more, the best and the latest, which bounds time and memory.",
        least=8,
    )
    _process: IncrementalGP | None = field(init=False, default=None)
    _chosen: int = field(init=False, default=0)
    """With how many observations the hyperparameters were chosen."""
    _rows: int = field(init=False, default=0)
    """How many observations there were at the last fit."""
    _kept: NDArray[np.int64] = field(init=False)
    """(at most `most`,): which of them the process was told of."""
    _white: Vector = field(init=False)
    """(at most `most`,): their whitened targets."""

    @abstractmethod
    def _likeliest(self, rows: NDArray[np.float64], targets: Vector) -> IncrementalGP:
        """The process of the likeliest hyperparameters given rows (n, f), told of nothing yet."""

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Condition on the observations; nothing is drawn."""
        process = self._process
        if process is None or not self._extended(process, features):
            self._kept = self._subset(targets)
            rows = np.asarray(features[self._kept], np.float64)
            self._process = process = self._likeliest(rows, targets[self._kept])
            process.observe(rows)
            self._chosen = len(features)
        self._rows = len(features)
        self._white = process.whitened(targets[self._kept])

    def _extended(self, process: IncrementalGP, features: Features) -> bool:
        """Whether the process could be told of what is new, with the hyperparameters and the subset that it has."""
        n, new = len(features), np.arange(self._rows, len(features))
        if n < self._rows or n >= (1 + self.growth) * self._chosen:
            return False
        if len(self._kept) + len(new) > self.most:
            return False
        if not np.array_equal(features[self._kept], process.rows):
            return False
        if len(new):
            process.observe(np.asarray(features[new], np.float64))
            self._kept = np.concatenate([self._kept, new])
        return True

    def _subset(self, targets: Vector) -> NDArray[np.int64]:
        """The rows that are kept: all, or the best and the latest of too many."""
        if len(targets) <= self.most:
            return np.arange(len(targets))
        quarter = self.most // 4
        order = np.argsort(targets, kind="stable")
        return np.concatenate([np.sort(order[:quarter]), np.sort(order[quarter:])[-quarter:]])
