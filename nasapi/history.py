"""The history of a run: what was asked, what it gave, what it cost, and what that amounts to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import field, fields, frozen
from numpy.typing import NDArray

from nasapi import ranking
from nasapi.argument_checks import read_only
from nasapi.budget import Unit
from nasapi.constraint import Constraint
from nasapi.errors import near
from nasapi.frames import Framed, html_pairs
from nasapi.metric import Metric
from nasapi.space import Codes
from nasapi.words import counted

STOPPED_EARLY = {
    "strategy": "the strategy asked for no more trials",
    "repeats": "the strategy only repeated networks",
}
"""Why a run can end before its budget is spent, in words, by `History.ended`."""


def _columns(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Columns by name, each read-only."""
    return {name: read_only(column) for name, column in columns.items()}


@frozen(eq=False)
class Clock:
    """When trials were evaluated, in simulated seconds, where that is not one after the other at its cost."""

    start: NDArray[np.float64] = field(converter=read_only)
    """(N,)"""
    end: NDArray[np.float64] = field(converter=read_only)
    """(N,): non-decreasing, as results come back in order of completion."""
    order: NDArray[np.int64] = field(converter=read_only)
    """(N,): the place of each trial in the order asked."""

    def __reduce__(self) -> tuple[type[Clock], tuple[NDArray[Any], ...]]:
        return type(self), (self.start, self.end, self.order)


def _optional(column: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if column is None else read_only(column)


@frozen(eq=False, repr=False)
class History(Framed):
    """One run as columns of equal length N, a row a trial, in the order told. The arrays are read-only.

    That is the order asked but where several workers evaluate at a time; then it is the order of completion.
    """

    benchmark: str
    """The benchmark's spec: its id with its options."""
    strategy: str
    """The strategy's spec."""
    seed: int
    batch: int
    goals: tuple[Metric, ...]
    constraints: tuple[Constraint, ...]
    codes: Codes = field(converter=read_only)
    """(N, d)"""
    fidelity: NDArray[np.int64] = field(converter=read_only)
    """(N,): the fidelity level; -1 for the highest."""
    values: Mapping[str, NDArray[np.float64]] = field(converter=_columns)
    """A column (N,) for each goal and constrained metric; NaN where the evaluation failed."""
    cost: NDArray[np.float64] = field(converter=read_only)
    """(N,): simulated seconds of each evaluation, from its beginning."""
    repeats: Mapping[str, NDArray[np.bool_]] = field(converter=_columns)
    """(N,) by "code" and by "network": whether the same was asked before at the same fidelity."""
    report_metrics: Mapping[str, NDArray[np.float64]] = field(converter=_columns)
    """A column (N,) for each report metric; NaN except in rows that were the incumbent, or are on the front."""
    errors: Mapping[int, str] = field(factory=dict)
    """What went wrong, by row."""
    seconds: NDArray[np.float64] = field(factory=lambda: np.empty(0), converter=read_only)
    """(N,): the strategy's own wall time, the one column that is not repeatable."""
    optima: Mapping[str, float] = field(factory=dict)
    """The best possible value of each goal, where it is known."""
    ended: str = "budget"
    """Why the run ended: "budget", "strategy" (it asked for no more trials) or "repeats"."""
    unit: Unit = "trials"
    """What the budget counted."""
    workers: int = 1
    """How many workers evaluated at a time."""
    clock: Clock | None = None
    """When each trial was evaluated; None where one was after the other, each at its cost."""
    _charged: NDArray[np.float64] | None = field(default=None, converter=_optional)

    def __len__(self) -> int:
        return len(self.codes)

    def __reduce__(self) -> tuple[Callable[..., History], tuple[Any, ...]]:
        """Pickled by its columns, which are read-only again where it is unpickled."""
        return type(self), tuple(getattr(self, column.name) for column in fields(type(self)))

    def __repr__(self) -> str:
        number = counted(len(self), "trial", "trials")
        return f"<run of {self.strategy} on {self.benchmark}, seed {self.seed}: {number}{self._outcome()}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: what was run, and what it came to."""
        pairs = {
            "trials": f"{len(self)}{self._outcome()}",
            "benchmark": self.benchmark,
            "seed": f"{self.seed}, batch {self.batch}",
            "simulated seconds": float(self.end[-1]) if len(self) else 0.0,
            "failures": len(self.errors),
            "ended by": self.ended,
        }
        return html_pairs(self.strategy, pairs)

    @property
    def losses(self) -> NDArray[np.float64]:
        """(N, goals): the values with the sign that is minimised; infinite for failures and for lower fidelities."""
        columns = [goal.sign * self.values[goal.name] for goal in self.goals]
        losses = np.stack(columns, axis=1) if columns else np.empty((len(self), 0))
        failed = np.asarray(np.isnan(losses).any(axis=1))
        losses[failed | (self.fidelity >= 0)] = np.inf
        return losses

    @property
    def violation(self) -> NDArray[np.float64]:
        """(N,): the sum by which constraints are broken, 0 where all are kept."""
        return sum((c.violation(self.values[c.metric]) for c in self.constraints), np.zeros(len(self)))

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """(N,): which trials succeeded at the highest fidelity and kept every constraint."""
        return ranking.feasible(self.losses, self.violation)

    def feasible_share(self) -> NDArray[np.float64]:
        """(N,): the share of the trials so far, at any level, that kept all constraints; a failed one kept none."""
        succeeded = np.isfinite(list(self.values.values())).all(axis=0)
        return np.cumsum(succeeded & (self.violation == 0)) / np.arange(1, len(self) + 1)

    @property
    def charged(self) -> NDArray[np.float64]:
        """(N,): what each trial was charged, in the budget's unit.

        Full-fidelity equivalents for trials, seconds, or 1 for the first trial of a network and 0 for others.
        """
        if self._charged is not None:
            return self._charged
        if self.unit == "unique":
            return (~self.repeats["network"]).astype(np.float64)
        return self.cost if self.unit == "seconds" else np.ones(len(self))

    @property
    def plain_charges(self) -> bool:
        """Whether each trial was charged 1, or its cost in seconds, or 1 for a network that was new."""
        return self._charged is None

    @property
    def order(self) -> NDArray[np.int64]:
        """(N,): the place of each trial in the order asked."""
        return np.arange(len(self)) if self.clock is None else self.clock.order

    @property
    def start(self) -> NDArray[np.float64]:
        """(N,): the simulated seconds at which each evaluation began."""
        return np.append(0.0, np.cumsum(self.cost[:-1]))[: len(self)] if self.clock is None else self.clock.start

    @property
    def end(self) -> NDArray[np.float64]:
        """(N,): the simulated seconds at which each evaluation had ended."""
        return np.cumsum(self.cost) if self.clock is None else self.clock.end

    @property
    def elapsed(self) -> NDArray[np.float64]:
        """(N,): the simulated seconds that had passed when each trial was told: its `end`."""
        return self.end

    def incumbents(self) -> NDArray[np.int64]:
        """(N,): after each trial the row of the best so far, -1 before the first success; for one goal.

        Feasible beats infeasible, a smaller violation a larger one, then the goal decides; the earlier row keeps a tie.
        """
        loss = self.losses[:, 0]
        if not self.constraints:  # the same, without an order of all
            best = np.minimum.accumulate(np.append(np.inf, loss))
            return np.maximum.accumulate(np.where(loss < best[:-1], np.arange(len(loss)), -1)).astype(np.int64)
        order = ranking.order(loss, self.violation)
        place = np.empty(len(self), np.int64)
        place[order] = np.arange(len(self))
        place[~np.isfinite(loss)] = len(self)
        best = np.minimum.accumulate(place)
        return np.append(order, -1)[best]

    def front(self) -> NDArray[np.int64]:
        """The rows that no other feasible row dominates, each distinct point once; for any number of goals."""
        losses = self.losses
        losses[self.violation > 0] = np.inf
        return ranking.nondominated(losses)

    def incumbent(self) -> int:
        """The row of the best trial of the run; raises LookupError where every evaluation failed."""
        rows = self.incumbents()
        if not len(rows) or rows[-1] < 0:
            raise LookupError(f"No evaluation of this run of {self.strategy} on {self.benchmark} succeeded.")
        return int(rows[-1])

    def curve(self, metric: str | None = None) -> NDArray[np.float64]:
        """(N,): after each trial the incumbent's value of a goal or report metric, by default the first goal.

        NaN before the first success and where the metric is missing; raises LookupError for a metric that this run did
        not record.
        """
        name = self.goals[0].name if metric is None else metric
        recorded = {**self.report_metrics, **self.values}
        if name not in recorded:
            raise LookupError(f"This run recorded no {name!r}. {near(name, recorded)}")
        return np.append(recorded[name], np.nan)[self.incumbents()]

    def regret(self) -> NDArray[np.float64]:
        """(N,): how far the incumbent is from the best possible, in the goal's unit; infinite before a success.

        An incumbent that breaks a constraint is infinitely far. Where values are noisy, a lucky draw may beat the best
        expected value: the regret is then negative. Raises LookupError where the optimum is not known.
        """
        goal = self.goals[0]
        if goal.name not in self.optima:
            raise LookupError(f"The best possible {goal.name} of {self.benchmark} is not known.")
        rows = self.incumbents()
        good = (rows >= 0) & (np.append(self.violation, np.inf)[rows] == 0)
        gap = goal.sign * (self.values[goal.name][rows] - self.optima[goal.name]) + 0.0  # no -0.0
        return np.where(good, gap, np.inf)

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name, a row a trial: `trial` from 0, `code` and `fidelity`, each metric, what it cost, its error.

        `charged` is what the budget was charged; `start` and `elapsed` are when the evaluation began and ended. Metrics
        are those of the goals and constraints, and the report metrics. `repeats_code` and `repeats_network` say whether
        the same was asked before; `strategy_seconds` are NaN where they were not recorded.
        """
        seconds = self.seconds if len(self.seconds) == len(self) else np.full(len(self), np.nan)
        columns = {
            **self.report_metrics,
            **self.values,
            "cost": self.cost,
            "charged": self.charged,
            "start": self.start,
            "elapsed": self.end,
            **{f"repeats_{level}": repeated for level, repeated in self.repeats.items()},
            "strategy_seconds": seconds,
        }
        return {
            "trial": list(range(len(self))),
            "code": self.codes.tolist(),
            "fidelity": self.fidelity.tolist(),
            **{name: column.tolist() for name, column in columns.items()},
            "error": [self.errors.get(row) for row in range(len(self))],
        }

    def _outcome(self) -> str:
        """How the run did, in a few words that follow the number of trials."""
        if len(self.goals) != 1:
            return f", {len(self.front())} of them on the front"
        goal, rows = self.goals[0], self.incumbents()
        if not len(rows):
            return ""
        if rows[-1] < 0:
            return ", none of which succeeded"
        return f", the best with {goal.name} {self.values[goal.name][rows[-1]]:.6g} {goal.shown_unit}".rstrip()
