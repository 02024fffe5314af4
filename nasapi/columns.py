"""What an objective gives, held against what its metrics promise: one check for every column that is used."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InterfaceError
from nasapi.problem import Constraint, Metric
from nasapi.space import Codes

_TOLERANCE = 1e-6  # of rounding, relative: some tables are float32
_FINITE = (-sys.float_info.max, sys.float_info.max)


@frozen
class Promise:
    """What is promised of one column: its bounds, and the best value that anything has."""

    name: str
    lowest: float
    highest: float
    said: str
    """The promise in words, that end "… for row 3"."""

    @classmethod
    def of(cls, metric: Metric) -> Promise:
        """Finite values within the metric's bounds; NaN is a failure."""
        if metric.bounds is None:
            return cls(metric.name, *_FINITE, "a finite number, or NaN for a failure,")
        low, high = metric.bounds
        said = f"between {low:g} and {high:g}, or NaN for a failure,"
        return cls(metric.name, low - _slack(low), high + _slack(high), said)

    @classmethod
    def best(cls, metric: Metric, optimum: float) -> Promise:
        """No value is better than the optimum."""
        said = f"no better than the known optimum {optimum!r}"
        low, high = _FINITE
        if metric.goal == "max":
            return cls(metric.name, low, optimum + _slack(optimum), said)
        return cls(metric.name, optimum - _slack(optimum), high, said)

    def broken(self, values: list[float]) -> int:
        """The first row that breaks the promise, -1 where all keep it."""
        lowest, highest = self.lowest, self.highest
        for row, value in enumerate(values):  # quicker than numpy for the few rows that a strategy asks for
            if not lowest <= value <= highest and value == value:
                return row
        return -1


def column(found: Any, name: str, rows: int, source: str) -> NDArray[np.float64]:
    """The column `name` of what an objective gave, as floats; raises InterfaceError where it is no column of numbers.

    `source` is who gave it, in words.
    """
    try:
        values = found[name]
    except Exception:
        if not isinstance(found, Mapping):
            raise InterfaceError(
                f"{source} answered `evaluate` with {type(found).__name__}; wanted a mapping of columns by metric."
            ) from None
        values = None
    if type(values) is np.ndarray and values.dtype.char == "d" and values.shape == (rows,):
        return values
    if not isinstance(values, np.ndarray) or isinstance(values, np.ma.MaskedArray):
        what = "no column" if values is None else f"a {type(values).__name__}"
    elif values.dtype.kind not in "fiu":
        what = f"an array of {values.dtype}"
    elif values.shape != (rows,):
        what = f"shape {values.shape}"
    else:
        return np.asarray(values, np.float64)
    raise InterfaceError(f"{source} gave {what} for {name!r}; wanted an array of {rows} floats, shape ({rows},).")


def require_costs(costs: list[float], codes: Codes, source: str) -> None:
    """Raise InterfaceError unless every cost is finite and not negative."""
    for row, cost in enumerate(costs):
        if not 0.0 <= cost < np.inf:
            refuse(source, "cost", cost, row, codes, "finite seconds, 0 or more,")


def require_kept(promise: Promise, values: list[float], codes: Codes, source: str) -> None:
    """Raise InterfaceError that names metric, row and value where a promise is broken."""
    row = promise.broken(values)
    if row >= 0:
        refuse(source, promise.name, values[row], row, codes, promise.said)


def feasible(constraints: tuple[Constraint, ...], values: Mapping[str, list[float]], row: int) -> bool:
    """Whether a row keeps every constraint."""
    return all(c.lower <= values[c.metric][row] <= c.upper for c in constraints)


def refuse(source: str, name: str, value: float, row: int, codes: Codes, said: str) -> NoReturn:
    """Raise the InterfaceError of a value that breaks a promise."""
    code = np.asarray(codes)[row].tolist()
    raise InterfaceError(f"{source} gave {name} {value!r} for row {row}, code {code}; wanted {said} in every row.")


def _slack(bound: float) -> float:
    return _TOLERANCE * max(abs(bound), 1.0) if np.isfinite(bound) else 0.0
