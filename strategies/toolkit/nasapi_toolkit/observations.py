"""Observations: every result so far, who did best, and the columns that models learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import Codes, Problem, Result
from nasapi_toolkit.ranks import ranks
from nasapi_toolkit.targets import scores, standardised, unit

Matrix = NDArray[np.float64]
"""(n, columns)"""


@define(eq=False)
class Observations:
    """Every result so far, in the order in which they came: N rows."""

    problem: Problem
    """Whose results they are: it says what is minimised and what is bounded."""
    codes: Codes = field(init=False)
    """(N, d)"""
    losses: Matrix = field(init=False)
    """(N, goals)"""
    violations: Matrix = field(init=False)
    """(N, constraints)"""
    constrained: Matrix = field(init=False)
    """(N, constraints): the values that have bounds."""

    def __attrs_post_init__(self) -> None:
        self.codes = self.problem.space.codes([])
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

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """(N,): which rows succeeded and keep every constraint."""
        kept: NDArray[np.bool_] = (self.violations == 0).all(axis=1)
        return self.succeeded & kept

    def order(self) -> NDArray[np.int64]:
        """(n,): the rows that succeeded, the best first, equals as they came."""
        rows = np.flatnonzero(self.succeeded)
        return rows[np.argsort(ranks(self.losses[rows], self.violations[rows]), kind="stable")]

    def scores(self, kind: str) -> NDArray[np.float64]:
        """(N,): the first goal's targets, what breaks a constraint behind what keeps all; see `targets.scores`."""
        return scores(self.losses[:, 0], self.violations.sum(axis=1), kind)

    def columns(self, kind: str) -> Matrix:
        """(N, goals + constraints): goals to be minimised, whatever the constraints, then the constrained values.

        Goals are scores of that `kind`, constrained values standardised, so that `bounds` can be in their unit.
        """
        goals = [scores(column, np.zeros(len(column)), kind) for column in self.losses.T]
        return np.column_stack([*goals, *map(standardised, self._constrained())])

    def bounds(self) -> Matrix:
        """(constraints, 2): the lowest and highest allowed values in the unit of `columns`."""
        found = np.empty((len(self.problem.constraints), 2))
        for row, (constraint, column) in enumerate(zip(self.problem.constraints, self._constrained(), strict=True)):
            centre, scale = unit(column)
            found[row] = (constraint.lower - centre) / scale, (constraint.upper - centre) / scale
        return found

    def _constrained(self) -> Iterator[NDArray[np.float64]]:
        """Each constrained column, (N,); a failure counts as the smallest value where small ones are forbidden."""
        for constraint, column in zip(self.problem.constraints, self.constrained.T, strict=True):
            there = np.isfinite(column)
            if constraint.upper == np.inf and there.any():
                column = np.where(there, column, column[there].min())
            yield column
