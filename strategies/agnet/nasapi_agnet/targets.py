"""What is known so far, as the columns that the surrogate and the weights are computed from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from nasapi.problem import Problem
from nasapi.space import Codes
from nasapi.trial import Result
from nasapi_agnet.surrogate import Matrix


@define(eq=False)
class Known:
    """Every result so far: (N, d) codes, (N, goals) losses, (N, constraints) violations and constrained values."""

    problem: Problem
    codes: Codes = field(init=False)
    losses: Matrix = field(init=False)
    violations: Matrix = field(init=False)
    constrained: Matrix = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.codes = np.empty((0, len(self.problem.space.cardinalities)), np.int64)
        self.losses = np.empty((0, len(self.problem.goals)))
        self.violations = np.empty((0, len(self.problem.constraints)))
        self.constrained = self.violations

    def __len__(self) -> int:
        return len(self.codes)

    def add(self, results: Sequence[Result]) -> None:
        """Append results; a value that is missing or not a number counts as a failure."""
        if not results:
            return
        names = [constraint.metric for constraint in self.problem.constraints]
        values = np.array([[result.values.get(name, np.nan) for name in names] for result in results], np.float64)
        self.codes = np.concatenate([self.codes, self.problem.codes(results)])
        self.losses = np.concatenate([self.losses, self.problem.losses(results)])
        self.violations = np.concatenate([self.violations, self.problem.violations(results)])
        self.constrained = np.concatenate([self.constrained, values.reshape(len(results), len(names))])

    @property
    def succeeded(self) -> NDArray[np.bool_]:
        """(N,): which rows have every goal and every constrained value."""
        return np.asarray(np.isfinite(self.losses).all(axis=1) & np.isfinite(self.constrained).all(axis=1))

    def targets(self, kind: str) -> Matrix:
        """(N, goals + constraints): what a surrogate learns; the goals to be minimised, the constrained values.

        Goals become normal scores of their ranks ("ranks"), for which a failure is just the worst, or standardised
        values ("values"), for which it counts as the worst that succeeded. Constrained values are standardised.
        """
        turn = normal_scores if kind == "ranks" else _standardised
        goals = [turn(column) for column in self.losses.T]
        return np.column_stack([*goals, *(_standardised(column) for column in self.constrained.T)])

    def bounds(self) -> Matrix:
        """(constraints, 2): the lowest and highest allowed values in the units of `targets`."""
        found = np.empty((len(self.problem.constraints), 2))
        for row, (constraint, column) in enumerate(zip(self.problem.constraints, self.constrained.T, strict=True)):
            centre, scale = _centre_and_scale(column)
            found[row] = (constraint.lower - centre) / scale, (constraint.upper - centre) / scale
        return found


def normal_scores(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,): the normal quantile of each value's rank, equal values sharing the mean rank (Blom's scores)."""
    return np.asarray(ndtri((rankdata(column) - 0.375) / (len(column) + 0.25)))


def _centre_and_scale(column: NDArray[np.float64]) -> tuple[float, float]:
    finite = column[np.isfinite(column)]
    if not len(finite):
        return 0.0, 1.0
    deviation = float(finite.std())
    return float(finite.mean()), deviation if deviation > 0 else 1.0


def _standardised(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and deviation 1 over what succeeded; failures count as the largest value that did."""
    finite = column[np.isfinite(column)]
    centre, scale = _centre_and_scale(column)
    worst = float(finite.max()) if len(finite) else 0.0
    return (np.where(np.isfinite(column), column, worst) - centre) / scale
