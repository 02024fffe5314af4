"""Observations: the architectures that were evaluated with success, and their values in the surrogate's unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi.problem import Problem
from nasapi.space import Codes
from nasapi.trial import Result
from nasapi_agnet.weighting import ranks

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@define(eq=False)
class Observations:
    """N architectures in the order in which they came; failures are left out."""

    problem: Problem
    codes: Codes = field(init=False)
    """(N, d)"""
    values: Matrix = field(init=False)
    """(N, columns): the goals, then the constrained metrics that are no goal."""
    columns: tuple[str, ...] = field(init=False)
    """The columns' metrics."""

    def __attrs_post_init__(self) -> None:
        self.columns = self.problem.observed
        self.codes = self.problem.space.codes([])
        self.values = np.empty((0, len(self.columns)))

    def __len__(self) -> int:
        return len(self.codes)

    def add(self, results: Sequence[Result]) -> None:
        """Append the results that have every column."""
        rows = [[result.values.get(name, np.nan) for name in self.columns] for result in results]
        values = np.array(rows, np.float64).reshape(len(results), len(self.columns))
        good = np.isfinite(values).all(axis=1)
        self.codes = np.concatenate([self.codes, self.problem.codes(results)[good]])
        self.values = np.concatenate([self.values, values[good]])

    def targets(self) -> Matrix:
        """(N, columns): the values in the surrogate's unit."""
        shift, scale, _ = self._units
        return (self.values - shift) / scale

    def ranks(self, targets: Matrix) -> NDArray[np.int64]:
        """(n,): the ranks of values in the surrogate's unit, 0 the best; for the observations and for predictions."""
        shift, scale, signs = self._units
        broken = np.zeros(len(targets), np.bool_)
        for bound in self.problem.constraints:
            at = self.columns.index(bound.metric)
            lower, upper = sorted((limit - shift[at]) / scale[at] for limit in (bound.lower, bound.upper))
            broken |= (targets[:, at] < lower) | (targets[:, at] > upper)
        return ranks(targets[:, : len(signs)] * signs, broken)

    @property
    def _units(self) -> tuple[Vector, Vector, Vector]:
        """(columns,) twice: what is taken off a value, and its divisor; (goals,): -1 where large is good.

        A goal with bounds is a share of them from the worst to the best, an accuracy in [0, 1]. A single goal without
        bounds is a share of what has been seen; other goals, such as latencies, stay losses.
        """
        shift, scale = np.zeros(len(self.columns)), np.ones(len(self.columns))
        signs = np.ones(len(self.problem.goals))
        for at, goal in enumerate(self.problem.goals):
            ends = goal.bounds if goal.bounds is not None else (0.0, np.inf)
            if not np.isfinite(ends).all():
                if self.problem.features or not len(self):
                    scale[at] = goal.sign
                    continue
                ends = self.values[:, at].min(), self.values[:, at].max()
            worst, best = ends if goal.goal == "max" else (ends[1], ends[0])
            shift[at], scale[at], signs[at] = worst, (best - worst) or 1.0, -1.0
        return shift, scale, signs
