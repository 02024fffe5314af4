"""The look-up-table model: a network's latency as a constant plus a sum of times of its parts, fitted to few cells."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi.space import Codes, SearchSpace

Parts = Literal["operations", "genes"]


class LookUpTable:
    """Least squares of a cost on what a network consists of.

    With `parts="operations"` each operation has one time, wherever it stands: the counts of the labels of
    `SearchSpace.graphs` are the features. With `parts="genes"` each value of each gene has its own. That is the look-up
    table of FBNet (Wu et al., CVPR 2019, eq. 3) with fitted instead of measured entries; parts that do not vary in
    the fitted cells fall to the constant, and of what cannot be told apart the shortest solution is taken.
    """

    def __init__(self, space: SearchSpace, parts: Parts = "operations"):
        """Model any space whose graphs have labels."""
        if parts not in ("operations", "genes"):
            raise InvalidOption(f"`parts` is 'operations' or 'genes', not {parts!r}.")
        self.space, self.parts = space, parts
        self.coefficients: NDArray[np.float64] | None = None
        """(1 + features,): the constant, then the time of each part; None before `fit`."""
        self.leave_one_out: NDArray[np.float64] = np.empty(0)
        """(n,): for each fitted cell, its value minus what a fit to all others predicts for it; infinite where the
        others say nothing of one of its parts."""

    @property
    def names(self) -> list[str]:
        """What each feature is: an operation, or a gene with its value."""
        if self.parts == "operations":
            return list(self.space.operations)
        return [f"gene {gene} = {value}" for gene, size in enumerate(self.space.cardinalities) for value in range(size)]

    def features(self, codes: Codes) -> NDArray[np.float64]:
        """(n, features): how often each part is in each network."""
        if self.parts == "operations":
            operations = self.space.graphs(codes).ops
            return np.stack([(operations == label).sum(axis=1) for label in range(len(self.space.operations))], 1) * 1.0
        columns = [codes[:, [gene]] == np.arange(size) for gene, size in enumerate(self.space.cardinalities)]
        return np.concatenate(columns, axis=1).astype(np.float64)

    def fit(self, codes: Codes, values: NDArray[Any]) -> Self:
        """Fit to measured cells, (n, d) with (n,) finite values; raises InvalidOption for fewer than two, or other."""
        targets = np.asarray(values, np.float64)
        if len(codes) < 2 or targets.shape != (len(codes),) or not np.isfinite(targets).all():
            raise InvalidOption(
                f"A look-up table needs a finite value for each of at least 2 cells, not {targets.shape} for "
                f"{len(codes)} cells; leave cells out that failed."
            )
        design = self._design(codes)
        inverse = np.linalg.pinv(design)
        self.coefficients = inverse @ targets
        # Allen (1974): the error without a row is its residual divided by one minus its leverage.
        leverage = np.einsum("nf,fn->n", design, inverse)
        free = 1 - leverage
        residual = targets - design @ self.coefficients
        alone = free < 1e-9
        self.leave_one_out = np.where(alone, np.inf, residual / np.where(alone, 1.0, free))
        return self

    def predict(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): the sums; raises InvalidOption before `fit`."""
        if self.coefficients is None:
            raise InvalidOption("A look-up table predicts nothing before it is fitted; call `fit` first.")
        return np.asarray(np.einsum("nf,f->n", self._design(codes), self.coefficients))

    @property
    def error(self) -> float:
        """The median absolute leave-one-out error, in the unit of the values."""
        return float(np.median(np.abs(self.leave_one_out)))

    def _design(self, codes: Codes) -> NDArray[np.float64]:
        return np.column_stack([np.ones(len(codes)), self.features(codes)])
