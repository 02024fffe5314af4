"""Questions to an objective: architectures with their values, and of these the best, or those that keep a bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from nasapi.argument_checks import read_only
from nasapi.benchmark import Benchmark
from nasapi.columns import column, require_free
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.frames import Framed, html_of
from nasapi.metric import Metric
from nasapi.objective import Objective
from nasapi.plugins.loading import benchmark_or_objective
from nasapi.safety.whole_numbers import whole
from nasapi.space import Codes, SearchSpace
from nasapi.tables.conditions import parse_conditions
from nasapi.words import counted

LARGEST = 1_000_000
"""The most architectures that are listed when none is named."""

if TYPE_CHECKING:
    from nasapi.pictures import Cell


@frozen(eq=False, repr=False)
class Selection(Framed):
    """Architectures of one space with what an objective says of them, a row each; every method gives another."""

    objective: Objective
    codes: Codes = field(converter=read_only)
    """(n, d)"""
    columns: Mapping[str, NDArray[np.float64]]
    """A column (n,) for each metric of the objective, and `cost` in seconds; expected values, NaN where missing."""
    goal: str
    """The metric that architectures are ranked by where none is named."""
    constraints: tuple[Constraint, ...] = ()
    """A benchmark's, which its best keep."""

    def where(self, *conditions: str) -> Selection:
        """The rows that keep all conditions, such as "params<400000" or "params<4e5 and valid_accuracy>=90".

        Raises InvalidOption for what is no comparison of a metric with a number.
        """
        kept = np.ones(len(self), np.bool_)
        for text in conditions:
            for condition in parse_conditions(text, [*self.columns, *self.objective.missing]):
                self._require_here(condition.metric)
                kept &= condition.kept(self.columns[condition.metric])
        return self._rows(np.flatnonzero(kept))

    def ranked(self, by: str | None = None) -> Selection:
        """The rows with a value of a metric, the best first, equals in the order they have; by default the goal.

        Of a benchmark those alone that keep its constraints.
        """
        self._require_here(self.goal if by is None else by)
        values = self.metric(by).sign * self.columns[self.metric(by).name]
        ranked = ~np.isnan(values)
        for constraint in self.constraints:
            self._require_here(constraint.metric)
            ranked &= constraint.kept(self.columns[constraint.metric])
        order = np.argsort(values, kind="stable")
        return self._rows(order[ranked[order]])

    def distinct(self) -> Selection:
        """The first row of each network: of the codes that are one network, the first."""
        if not len(self):
            return self
        networks = self.objective.space.canonical(self.codes)
        return self._rows(np.sort(np.unique(networks, axis=0, return_index=True)[1]))

    def head(self, n: int) -> Selection:
        """The first `n` rows, or all where there are fewer."""
        return self._rows(np.arange(min(whole(n, wanted="A number of rows is a whole number from 0"), len(self))))

    def top(self, n: int, by: str | None = None) -> Selection:
        """The `n` best rows as `ranked` has them, the best first; by default by the goal."""
        return self.ranked(by).head(n)

    def metric(self, name: str | None = None) -> Metric:
        """The metric of that name, `cost` too, by default the goal.

        Raises InvalidOption for none of these, NotAvailable for one whose data are not here.
        """
        name = self.goal if name is None else name
        if name not in self.columns:
            self._require_here(name)
            raise InvalidOption(f"No metric {name!r:.120} to rank by. {near(name, self.columns)}")
        return (
            Metric("cost", "min", "s", description="simulated seconds of an evaluation")
            if name == "cost"
            else self.objective.metric(name)
        )

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name: `architecture`, the space's own string, then each metric, and `cost`."""
        texts = [self.objective.space.format(code) for code in self.codes]
        return {"architecture": texts, **{name: values.tolist() for name, values in self.columns.items()}}

    def cell(self, row: int = 0) -> Cell:
        """The architecture of a row as a picture, by default of the first; raises IndexError where there is no row."""
        from nasapi.pictures import Cell  # networkx, which no other question needs

        return Cell(self.objective.space, self.codes[row])

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        number = counted(len(self), "architecture", "architectures")
        return f"<{number} of {self.objective.space.id} with {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        shown = self.head(20)
        beyond = f", of which the first {len(shown)}" if len(shown) < len(self) else ""
        return html_of(f"{repr(self)[1:-1]}{beyond}", shown.to_dict())

    def _require_here(self, name: str) -> None:
        """Raise NotAvailable for a metric whose data are not here."""
        if name in self.objective.missing:
            here = " or ".join(one for one in self.columns if one not in self.objective.missing)
            raise NotAvailable(
                f"{name} is not here, so that nothing can be ranked or chosen by it{here and f', but by {here}'}: "
                f"{self.objective.missing[name]}"
            )

    def _rows(self, rows: NDArray[np.intp]) -> Selection:
        columns = {name: values[rows] for name, values in self.columns.items()}
        return evolve(self, codes=self.codes[rows], columns=columns)


def query(source: Objective | Benchmark | str, codes: Codes | None = None, fidelity: int | None = None) -> Selection:
    """What an objective, a benchmark's objective, or that of an id says of architectures, expected values at a level.

    `codes` is (n, d), by default what `every_code` gives. The goal is the benchmark's first, and otherwise the
    objective's first metric that is not of training data; a benchmark's best keep its constraints. Raises InvalidOption
    where there are too many to list, or for a fidelity that is no level.

        nasapi.query("nb201/cifar100").where("params<400000").top(5, "valid_accuracy").to_dict()
    """
    asked = benchmark_or_objective(source) if isinstance(source, str) else source
    objective = asked.objective if isinstance(asked, Benchmark) else asked
    if not isinstance(objective, Objective):
        raise InvalidOption(f"What is asked is an Objective, a Benchmark or the id of one, not {source!r:.80}.")
    constraints: tuple[Constraint, ...] = ()
    if isinstance(asked, Benchmark):
        goal, constraints = asked.problem.goals[0].name, asked.problem.constraints
    else:
        goal = _first(objective)
    require_free((metric.name for metric in objective.metrics), f"the objective of {objective.space.id}")
    level = objective.level(fidelity)
    codes = every_code(objective.space) if codes is None else objective.space.require(codes)
    names = [*(metric.name for metric in objective.metrics), "cost"]
    if not len(codes):
        return Selection(objective, codes, {name: np.empty(0) for name in names}, goal, constraints)
    found = objective.evaluate(codes, level, None)
    whose = f"Objective {type(objective).__module__}.{type(objective).__qualname__}"
    columns = {name: column(found, name, len(codes), whose) for name in names}
    if "cost" in objective.missing:
        columns["cost"] = np.full(len(codes), np.nan)
    return Selection(objective, codes, columns, goal, constraints)


def _first(objective: Objective) -> str:
    """What an objective's architectures are ranked by: its first metric that is not of training data.

    Where it has counts alone since others are not here, the first of those.
    """
    metrics, lost = objective.metrics, [name for name in objective.missing if name != "cost"]
    if lost and all(metric.unit == "count" for metric in metrics):
        return lost[0]
    return next((metric.name for metric in metrics if metric.split != "train"), metrics[0].name if metrics else "cost")


def every_code(space: SearchSpace) -> Codes:
    """(n, d): every architecture of a space in its own order.

    Where there are more than 1,000,000 and official numbers of fewer networks, each network once in the order of these.
    Raises InvalidOption where there are too many of both.
    """
    if space.size is not None and space.size <= LARGEST:
        empty = np.empty((0, len(space.cardinalities)), np.int64)
        return np.concatenate([empty, *space.enumerate()])
    if space.numbered is not None and space.numbered <= LARGEST:
        return space.codes_at(np.arange(space.numbered))
    many = "more architectures than anybody has counted" if space.size is None else f"{space.size:,} architectures"
    raise InvalidOption(
        f"{space.id} has {many}, and at most {LARGEST:,} are listed; name architectures, or draw some: `space.sample`, "
        "on the command line --sample."
    )
