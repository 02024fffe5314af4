"""The objective that looks values up in columns: one row an architecture, several runs and fidelity levels a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nasapi.doors import inside
from nasapi.errors import InvalidOption
from nasapi.objective import Columns, Objective
from nasapi.problem import Fidelity, Metric
from nasapi.recall import Lookup
from nasapi.space import Codes, SearchSpace


class TableObjective(Objective):
    """Values from columns in memory; the usual base of a tabular benchmark."""

    def __init__(
        self,
        space: SearchSpace,
        rows: Callable[[Codes], NDArray[np.integer[Any]]],
        columns: Mapping[Metric, NDArray[Any]],
        cost: NDArray[Any],
        *,
        fidelity: Fidelity | None = None,
        missing: Mapping[str, str] | None = None,
        identity: Literal["code", "network"] = "code",
        description: str = "",
    ):
        """Look `columns` up at the rows that `rows` gives for valid codes, (n,) with -1 for a code not in the table.

        Columns and cost are (rows,), (rows, runs), (rows, levels) or (rows, levels, runs), the levels' axis being there
        exactly when there is a `fidelity`. Runs that a row does not have are NaN. The expected value is the mean over a
        row's runs; noise chooses one of them, the same run for every column. `description` says what the table is.
        """
        self.space = space
        self.metrics = tuple(columns)
        self.fidelity = fidelity
        self.missing = dict(missing or {})
        self.identity = identity
        self.description = description
        self._rows = rows
        levels = len(fidelity.levels) if fidelity else 0
        self._runs = {metric.name: _shaped(metric.name, values, levels) for metric, values in columns.items()}
        self._runs["cost"] = _shaped("cost", cost, levels)
        self._means = {name: _mean(values) for name, values in self._runs.items()}
        self.stochastic = any(values.shape[2] > 1 for name, values in self._runs.items() if name != "cost")

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The rows' values: means over their runs, or of the one run that `noise` chooses."""
        rows = self._rows(self.space.require(codes))
        level = self.level(fidelity)
        at = 0 if self.fidelity is None or level is None else self.fidelity.levels.index(level)
        if noise is None:
            found = {name: means[at, rows] for name, means in self._means.items()}
        else:
            found = {name: _drawn(values[rows, at], noise) for name, values in self._runs.items()}
        if (rows < 0).any():
            found = {name: np.where(rows < 0, 0.0 if name == "cost" else np.nan, found[name]) for name in found}
        return found

    def _lookup(self, names: Sequence[str], level: int | None) -> Lookup:
        at = 0 if self.fidelity is None or level is None else self.fidelity.levels.index(level)
        return Lookup(inside(self._rows), tuple(self._means[name][at] for name in names), self._means["cost"][at])

    def training_sd(self, metric: str) -> float:
        """The standard deviation of a metric over a row's runs at the highest fidelity, for rows as searches end on.

        The root of the mean variance of the better half of the rows that have two runs or more, by the mean of their
        runs; NaN where no row has two.
        """
        runs = self._runs[metric][:, -1]
        runs = runs[(~np.isnan(runs)).sum(axis=1) > 1]
        if not len(runs):
            return np.nan
        means = -self.metric(metric).sign * np.nanmean(runs, axis=1)
        return float(np.sqrt(np.nanvar(runs[means >= np.median(means)], axis=1, ddof=1).mean()))


def _shaped(name: str, values: NDArray[Any], levels: int) -> NDArray[np.float64]:
    """A column as (rows, levels, runs), with one level where there is no fidelity."""
    column = np.asarray(values, np.float64)
    if levels == 0:
        column = column.reshape(len(column), 1, -1)
    elif column.ndim == 2:
        column = column[:, :, None]
    if column.ndim != 3 or column.shape[1] != max(levels, 1):
        raise InvalidOption(f"Column {name!r} has shape {np.shape(values)}; wanted {levels or 'no'} fidelity levels.")
    return column


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(levels, rows): the mean over the runs that are there; NaN where none is."""
    there = ~np.isnan(values)
    total = np.where(there, values, 0.0).sum(axis=2)
    count = there.sum(axis=2)
    return np.ascontiguousarray(np.where(count > 0, total / np.maximum(count, 1), np.nan).T)


def _drawn(values: NDArray[np.float64], noise: NDArray[np.uint64]) -> NDArray[np.float64]:
    """(n,): from (n, runs) the run that each row's noise chooses among those that are there."""
    there = ~np.isnan(values)
    chosen = (noise % np.maximum(there.sum(axis=1), 1).astype(np.uint64)).astype(np.int64)
    order = np.argsort(~there, axis=1, kind="stable")  # the runs that are there first
    every = np.arange(len(values))
    return np.asarray(values[every, order[every, chosen]])
