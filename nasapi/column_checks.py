"""Checks of columns: what an objective gives must be within the bounds of its metrics, and no better than the best."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NoReturn

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from nasapi.columns import column
from nasapi.constraint import Constraint
from nasapi.errors import InterfaceError
from nasapi.metric import Metric
from nasapi.objective import Objective
from nasapi.problem import Problem
from nasapi.space import Codes

_TOLERANCE = 1e-6  # of rounding, relative: some tables are float32
MOST_SECONDS = 1e100
"""The most that one evaluation may cost, so that the clock of no run overflows."""
_FINITE = (-sys.float_info.max, sys.float_info.max)


@frozen
class ColumnBounds:
    """The values that one column may have: those of its metric, or none better than the best there is."""

    name: str
    lowest: float
    highest: float
    statement: str
    """The bounds in words, that end "… for row 3"."""

    @classmethod
    def of(cls, metric: Metric) -> ColumnBounds:
        """Finite values within the metric's bounds; NaN is a failure."""
        if metric.bounds is None:
            return cls(metric.name, *_FINITE, "a finite number, or NaN for a failure,")
        low, high = metric.bounds
        statement = f"between {low:g} and {high:g}, or NaN for a failure,"
        return cls(metric.name, low - _slack(low), high + _slack(high), statement)

    @classmethod
    def best(cls, metric: Metric, optimum: float) -> ColumnBounds:
        """No value is better than the optimum."""
        statement = f"no better than the known optimum {optimum!r}"
        low, high = _FINITE
        if metric.goal == "max":
            return cls(metric.name, low, optimum + _slack(optimum), statement)
        return cls(metric.name, optimum - _slack(optimum), high, statement)

    def first_outside(self, values: list[float]) -> int:
        """The first row out of the bounds, -1 where there is none."""
        lowest, highest = self.lowest, self.highest
        for row, value in enumerate(values):  # quicker than numpy for the few rows that a strategy asks for
            if not lowest <= value <= highest and value == value:
                return row
        return -1


@frozen(eq=False)
class ColumnChecks:
    """The checks of every column that a benchmark uses."""

    observed: tuple[str, ...]
    """The metrics of `problem.observed`."""
    source: str
    """The objective, in the words of an error."""
    columns: tuple[ColumnBounds, ...]
    """The bounds of each of `observed`."""
    bests: tuple[tuple[int, ColumnBounds], ...]
    """The goals whose best value is known, by their place in `observed`."""
    highest: int | None
    """The level at which that is the best."""
    constraints: tuple[Constraint, ...]

    @classmethod
    def of(cls, id: str, problem: Problem, objective: Objective, optima: Mapping[str, float]) -> ColumnChecks:
        """The checks of a benchmark with this id, problem, objective and best values."""
        observed = problem.observed
        bests = ((at, ColumnBounds.best(g, optima[g.name])) for at, g in enumerate(problem.goals) if g.name in optima)
        return cls(
            observed,
            f"Objective {type(objective).__module__}.{type(objective).__qualname__} of {id}",
            tuple(ColumnBounds.of(objective.metric(name)) for name in observed),
            tuple(bests),
            objective.fidelity.levels[-1] if objective.fidelity else None,
            problem.constraints,
        )

    def checked(
        self, found: Any, codes: Codes, level: int | None, expected: bool
    ) -> tuple[list[list[float]], list[float]]:
        """The observed values of what an objective gave, a list a metric, and the costs.

        `expected` says that no noise was drawn. Raises InterfaceError for what no objective may give.
        """
        rows, values = len(codes), []
        for bounds in self.columns:
            given = column(found, bounds.name, rows, self.source).tolist()
            self._require(bounds, given, codes)
            values.append(given)
        costs = column(found, "cost", rows, self.source).tolist()
        for row, cost in enumerate(costs):
            if not 0.0 <= cost <= MOST_SECONDS:
                wanted = f"finite seconds, 0 or more and at most {MOST_SECONDS:g},"
                self._refuse("cost", cost, row, codes, wanted)
        if expected and level == self.highest:
            for at, best in self.bests:
                if best.first_outside(values[at]) >= 0:
                    self._require_no_better(best, at, values, codes)
        return values, costs

    def accept(self, values: Sequence[NDArray[np.float64]], cost: NDArray[np.float64], level: int | None) -> bool:
        """Whether whole columns of expected values, one for each of `observed`, and of costs are as they may be."""
        with np.errstate(invalid="ignore"):
            if not ((cost >= 0.0) & (cost <= MOST_SECONDS)).all():
                return False
            for bounds, column in zip(self.columns, values, strict=True):
                if ((column < bounds.lowest) | (column > bounds.highest)).any():
                    return False
            feasible = self._feasible(values, len(cost))
            for at, best in self.bests if level == self.highest else ():
                if (feasible & ((values[at] < best.lowest) | (values[at] > best.highest))).any():
                    return False
        return True

    def of_one(self, found: Any, metric: Metric | None, name: str, codes: Codes) -> NDArray[np.float64]:
        """The column of one metric for a report; NaN where the objective has no such metric."""
        if metric is None:
            return np.full(len(codes), np.nan)
        given = column(found, name, len(codes), self.source)
        self._require(ColumnBounds.of(metric), given.tolist(), codes)
        return given

    def _require(self, bounds: ColumnBounds, values: list[float], codes: Codes) -> None:
        row = bounds.first_outside(values)
        if row >= 0:
            self._refuse(bounds.name, values[row], row, codes, bounds.statement)

    def _require_no_better(self, best: ColumnBounds, at: int, values: list[list[float]], codes: Codes) -> None:
        """Raise InterfaceError where a feasible row has an expected value better than the best there is."""
        better = [row for row, value in enumerate(values[at]) if best.first_outside([value]) == 0]
        if better:
            feasible = self._feasible(values, len(codes))
            for row in better:
                if feasible[row]:
                    self._refuse(best.name, values[at][row], row, codes, best.statement)

    def _feasible(self, values: Sequence[ArrayLike], n: int) -> NDArray[np.bool_]:
        """(n,): the rows that keep every constraint, by a column of values for each of `observed`."""
        feasible = np.ones(n, np.bool_)
        for constraint in self.constraints:
            feasible &= constraint.kept(np.asarray(values[self.observed.index(constraint.metric)], np.float64))
        return feasible

    def _refuse(self, name: str, value: float, row: int, codes: Codes, statement: str) -> NoReturn:
        code = np.asarray(codes)[row].tolist()
        raise InterfaceError(
            f"{self.source} gave {name} {value!r} for row {row}, code {code}; wanted {statement} in every row."
        )


def _slack(bound: float) -> float:
    return _TOLERANCE * max(abs(bound), 1.0) if isfinite(bound) else 0.0
