"""The surrogate: what it takes to score architectures that were not evaluated."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""(n, columns)."""


class Surrogate(ABC):
    """A regression from features to one or more targets, all to be minimised or all to be bounded."""

    @abstractmethod
    def fit(self, features: Matrix, targets: Matrix, rng: np.random.Generator) -> None:
        """Learn finite, standardised `targets` (n, t) of `features` (n, f), from nothing; n is at least 1."""

    @abstractmethod
    def predict(self, features: Matrix) -> tuple[Matrix, Matrix]:
        """(m, t) expectations and standard deviations; the latter are 0 where the method has none."""


class Indifferent(Surrogate):
    """Scores everything alike: the generator alone decides."""

    _targets: int = 1

    def fit(self, features: Matrix, targets: Matrix, rng: np.random.Generator) -> None:
        """Remember how many targets there are."""
        self._targets = targets.shape[1]

    def predict(self, features: Matrix) -> tuple[Matrix, Matrix]:
        """Expectation 0 and standard deviation 1 for every row."""
        shape = (len(features), self._targets)
        return np.zeros(shape), np.ones(shape)
