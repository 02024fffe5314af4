"""The objective that looks values up in columns: one row an architecture, several runs and fidelity levels a row.

A benchmark without noise reads the same columns through `nasapi.answer_cache` and does not come here for each query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nasapi.argument_checks import read_only, unchecked
from nasapi.columns import Lookup, require_free
from nasapi.errors import InvalidOption
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.objective import Columns, Objective
from nasapi.space import Codes, SearchSpace
from nasapi.spaces.rows import Rows
from nasapi.specs import Spec

if TYPE_CHECKING:
    from nasapi.tables.table import Table


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
        failures: Mapping[str, str] | None = None,
        identity: Literal["code", "network"] = "code",
        description: str = "",
    ):
        """Look `columns` up at the rows that `rows` gives for valid codes, (n,) with -1 for a code not in the table.

        `ListedSpace.rows` and `ListedSpace.networks` are such functions; `of` makes one of a table's codes.

        Columns and cost are (rows,), (rows, runs), (rows, levels) or (rows, levels, runs), the levels' axis being there
        exactly when there is a `fidelity`. Runs that a row does not have are NaN. The expected value is the mean over a
        row's runs; noise chooses one of those that all columns of several runs have, the same for all; a column that
        shares none with the others has one of its own. `description` says what the table is,
        `failures` why a metric can be NaN.
        """
        require_free((metric.name for metric in columns), f"a table of {space.id}")
        self.space = space
        self.metrics = tuple(columns)
        self.fidelity = fidelity
        self.missing = dict(missing or {})
        self.failures = dict(failures or {})
        self.identity = identity
        self.description = description
        self._rows = unchecked(rows)  # the codes are checked before
        self._ruled = type(space).valid is not SearchSpace.valid  # whether there is more to codes than ranges
        self._levels = len(fidelity.levels) if fidelity else 0
        self._sources = {metric.name: (columns, metric) for metric in columns}
        self._columns = {"cost": _shaped("cost", cost, self._levels)}
        self._means: dict[tuple[str, int], NDArray[np.float64]] = {}
        self._level_means: dict[int, list[tuple[str, NDArray[np.float64]]]] = {}
        if not isinstance(columns, Deferred):
            for metric in columns:
                self._column(metric.name)

    @classmethod
    def of(
        cls, table: Table, space: SearchSpace, metrics: Sequence[Metric], *, cost: str = "cost", **others: Any
    ) -> Self:
        """The objective of a table whose column `codes`, (rows, d), says which architecture of `space` each row is.

        A metric is the column of its name, and `cost` the name of that of the seconds; where the table has none, costs
        are 0 and said to be missing. `others` are the keywords of the constructor. Raises InvalidOption where a code is
        listed twice or is no code of the space, or where the table says another space, split or unit; NotAvailable for
        a column that is not there.
        """
        _require_as_written(table, space, metrics)
        codes = space.require(table["codes"].astype(np.int64))
        rows = Rows(codes)
        if rows.twice is not None:
            raise InvalidOption(f"Row {rows.twice} of the table has a code that is listed before; list each once.")
        known = cost in list(table)
        seconds = table[cost] if known else np.zeros(_rows_and_levels(table, others))
        unknown = {} if known else {"cost": "the table has no column of it."}
        others["missing"] = {**unknown, **others.get("missing", {})}
        return cls(space, rows.of, {metric: table[metric.name] for metric in metrics}, seconds, **others)

    @cached_property
    def stochastic(self) -> bool:  # type: ignore[override]
        """Whether any column has several runs."""
        return any(self._column(name).shape[2] > 1 for name in self._sources)

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The rows' values: means over their runs, or of the one run that `noise` chooses."""
        if self._ruled:
            codes = self.space.require(codes)
        rows = self._rows(codes)
        at = self._place(self.level(fidelity))
        if noise is None:
            found = {name: values[rows] for name, values in self._all_means(at)}
        else:
            names = [*self._sources, "cost"]
            found = _drawn({name: self._column(name)[rows, at].astype(np.float64) for name in names}, noise)
        absent = rows.item() < 0 if len(rows) == 1 else (rows < 0).any()
        if absent:
            found = {name: np.where(rows < 0, 0.0 if name == "cost" else np.nan, found[name]) for name in found}
        return found

    def _lookup(self, names: Sequence[str], level: int | None) -> Lookup:
        at = self._place(level)
        return Lookup(self._rows, tuple(self._mean(name, at) for name in names), self._mean("cost", at))

    def _place(self, level: int | None) -> int:
        """Where a level stands among the columns' levels; 0 where there are none."""
        return 0 if self.fidelity is None or level is None else self.fidelity.levels.index(level)

    def expected(self, metric: str) -> NDArray[np.float64]:
        """(rows,): what `evaluate` expects of a metric at the highest fidelity, NaN where it fails; read-only."""
        return read_only(self._mean(self.metric(metric).name, -1))

    def _column(self, name: str) -> NDArray[Any]:
        """(rows, levels, runs): a column as it was given."""
        if name not in self._columns:
            columns, metric = self._sources[name]
            self._columns[name] = _shaped(name, columns[metric], self._levels)
        return self._columns[name]

    def _all_means(self, at: int) -> list[tuple[str, NDArray[np.float64]]]:
        """Each column's mean and the cost's at one level, by name."""
        if at not in self._level_means:
            self._level_means[at] = [(name, self._mean(name, at)) for name in (*self._sources, "cost")]
        return self._level_means[at]

    def _mean(self, name: str, at: int) -> NDArray[np.float64]:
        """(rows,): a column's mean over the runs of one level."""
        at %= max(self._levels, 1)
        if (name, at) not in self._means:
            self._means[name, at] = _mean_over_runs(self._column(name)[:, at : at + 1])
        return self._means[name, at]

    def training_sd(self, metric: str) -> float:
        """The standard deviation of a metric over a row's runs at the highest fidelity, for rows as searches end on.

        The root of the mean variance, n - 1 in the denominator, of the better half of the rows that have two runs or
        more, by the mean of their runs; NaN where no row has two. Bad rows are left out because a few that train or do
        not would make the number.
        """
        runs = self._column(self.metric(metric).name)[:, -1].astype(np.float64)
        runs = runs[(~np.isnan(runs)).sum(axis=1) > 1]
        if not len(runs):
            return np.nan
        means = -self.metric(metric).sign * np.nanmean(runs, axis=1)
        ordered = np.sort(means)
        median = ordered[[(len(means) - 1) // 2, len(means) // 2]].mean()  # np.median imports all of numpy.ma
        return float(np.sqrt(np.nanvar(runs[means >= median], axis=1, ddof=1).mean()))


class Deferred(Mapping[Metric, NDArray[Any]]):
    """Columns by metric, each made by a function when it is first needed, for a table of which a run needs little.

    Pickled they are all made, and the functions may be any.
    """

    def __init__(self, makers: Mapping[Metric, Callable[[], NDArray[Any]]]):
        """Ask each of `makers`, which take nothing, for its column."""
        self._makers = dict(makers)

    def __getitem__(self, metric: Metric) -> NDArray[Any]:
        return self._makers[metric]()

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __reduce__(self) -> tuple[type[dict[Metric, NDArray[Any]]], tuple[dict[Metric, NDArray[Any]]]]:
        return dict, (dict(self),)


def _require_as_written(table: Table, space: SearchSpace, metrics: Sequence[Metric]) -> None:
    """Raise InvalidOption where space or metrics are not what the table's header says."""
    whole = (space.parent or space).id
    written = table.attributes.get("space")
    if written and Spec.parse(str(written)).id not in {Spec.parse(each).id for each in (space.id, whole)}:
        raise InvalidOption(f"The table is of space {written!r}, not of {space.id!r}.")
    for metric in metrics:
        column = table.describe(metric.name)
        for part, wanted, unsaid in (("split", metric.split, "none"), ("unit", metric.unit, "")):
            if column[part] not in (wanted, unsaid):
                raise InvalidOption(
                    f"The table says that {metric.name!r} has the {part} {column[part]!r}; the metric says {wanted!r}. "
                    "Correct the metric, or write the column as what it is."
                )


def _rows_and_levels(table: Table, others: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of a column of one run."""
    fidelity = others.get("fidelity")
    return (table.rows,) if fidelity is None else (table.rows, len(fidelity.levels))


def _shaped(name: str, values: NDArray[Any], levels: int) -> NDArray[Any]:
    """A column as (rows, levels, runs), with one level where there is no fidelity."""
    column = np.asarray(values)
    if column.dtype.kind not in "fiu":
        column = column.astype(np.float64)
    if levels == 0:
        column = column.reshape(len(column), 1, prod(column.shape[1:]))
    elif column.ndim == 2:
        column = column[:, :, None]
    if column.ndim != 3 or column.shape[1] != max(levels, 1):
        raise InvalidOption(f"Column {name!r} has shape {np.shape(values)}; wanted {levels or 'no'} fidelity levels.")
    return column


def _mean_over_runs(values: NDArray[Any]) -> NDArray[np.float64]:
    """(rows,): of (rows, 1, runs) the mean over the runs that are there; NaN where none is."""
    values = values.astype(np.float64, copy=False)
    if values.shape[2] == 1:
        return values.ravel()  # of one level and float64, the column itself
    there = ~np.isnan(values)
    total = np.where(there, values, 0.0).sum(axis=2)
    count = there.sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).ravel()


def _drawn(columns: Mapping[str, NDArray[np.float64]], noise: NDArray[np.uint64]) -> dict[str, Any]:
    """(n,) of each column, (n, runs): the run that each row's noise chooses among those that are there.

    Columns of equally many runs have the same trainings, so one is chosen that none of them lacks, where there is one.
    """
    present = {name: ~np.isnan(values) for name, values in columns.items()}
    shared: dict[int, NDArray[np.bool_]] = {}
    for there in present.values():
        runs = there.shape[1]
        shared[runs] = shared[runs] & there if runs in shared else there
    together = {runs: _chosen(there, noise) for runs, there in shared.items()}
    every, drawn = np.arange(len(noise)), {}
    for name, values in columns.items():
        runs = values.shape[1]
        chosen, alone = together[runs], ~shared[runs].any(axis=1)
        if alone.any():
            chosen = np.where(alone, _chosen(present[name], noise), chosen)
        drawn[name] = values[every, chosen]
    return drawn


def _chosen(there: NDArray[np.bool_], noise: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(n,): the run that each row's noise chooses among those that are there, (n, runs); the first where none is."""
    place = (noise % np.maximum(there.sum(axis=1), 1).astype(np.uint64)).astype(np.int64)
    order = np.argsort(~there, axis=1, kind="stable")  # the runs that are there first
    return np.asarray(order[np.arange(len(noise)), place])
