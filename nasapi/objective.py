"""The objective: what an evaluation of an architecture gives, from a table, a surrogate or a training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nasapi.argument_checks import ChecksArguments, require_noise
from nasapi.columns import Lookup, column
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.fidelity import Fidelity
from nasapi.guard import guarded
from nasapi.metric import Metric
from nasapi.space import Codes, SearchSpace

Columns = Mapping[str, NDArray[Any]]
"""A column of n numbers for each metric, `cost` in seconds, and where rows may fail `error`, n sentences or None."""


class Objective(ChecksArguments, ABC):
    """A source of metrics for the architectures of one space. One method is abstract.

    Codes with a gene out of its range raise InvalidArchitecture, and noise that is none InvalidOption, whoever wrote
    `evaluate`.
    """

    space: SearchSpace
    metrics: tuple[Metric, ...]
    """What `evaluate` gives, each with its unit and the data it is measured on."""
    description: str = ""
    """What it is, in the words of its maker; empty where the docstring of its own class says that."""
    missing: Mapping[str, str] = {}
    """Metrics that exist for this task but whose data are not here, each with a sentence that says how to get it.

    "cost" and "fidelity" may be among them, where costs are not known and where lower levels exist elsewhere.
    """
    failures: Mapping[str, str] = {}
    """Why a metric can be NaN, a sentence for each that says; a failed trial carries it as its error."""
    fidelity: Fidelity | None = None
    """The cheaper levels that `evaluate` takes; None where there is only the real thing."""
    identity: Literal["code", "network"] = "code"
    """Whether two codes of one network may have different values ("code") or always share them ("network")."""
    deterministic: bool = True
    """Whether another process gives the same values; not where they are measured when they are asked for."""
    stochastic: bool = False
    """Whether `noise` makes a difference."""

    def __repr__(self) -> str:
        return f"<objective {type(self).__name__} of {self.space.id}: {', '.join(one.name for one in self.metrics)}>"

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Let guards of runs see what a class of objectives evaluates."""
        super().__init_subclass__(**keywords)
        if "evaluate" in vars(cls):
            cls.evaluate = guarded(cls.evaluate)  # type: ignore[method-assign]
            if "_lookup" not in vars(cls):  # the inherited columns need not be what the new `evaluate` gives
                cls._lookup = Objective._lookup  # type: ignore[method-assign]

    @abstractmethod
    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """One float column of length n for each metric, and `cost` in seconds.

        A batch gives what its rows give one by one. `fidelity` is one of the levels, None the highest. `noise` is (n,),
        each row's own draw: which training seed, which measurement; None asks for the expected value. Noise, too, acts
        on each row alone. The same noise gives the same values. Without noise, the same codes always have the same
        values. Another process gives the same values. Values keep to the `bounds` of their metric.

        NaN in a row means that its evaluation failed. A column `error` says for each row why it failed, None where it
        did not. Such a row costs what was spent on it, and is not asked for again. Where there is no such column,
        `failures` says why. Values are finite or NaN. On average, values of the highest fidelity are no worse than
        those of the lowest.

        Costs are finite and not negative. No row costs less at a higher fidelity. Where a metric tells the seconds of
        a training, costs are of the same order. Costs that are 0 for every architecture are not known, and `missing`
        says so of "cost". One of more than 1e100 is refused. A metric on test data is never the copy of one on
        validation data. Codes and noise are not changed. Columns are the caller's own: writing into them changes
        nothing else. `evaluate` does not touch the global random state.

        Raises NotAvailable where the data are not here, and InvalidArchitecture for codes outside the space. Raises
        InvalidOption for a fidelity that is no level.
        """

    def metric(self, name: str) -> Metric:
        """The metric of that name; raises NotAvailable where its data are missing, InvalidOption for no such metric."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        if name in self.missing:
            raise NotAvailable(f"{name!r} is not here: {self.missing[name]}")
        known = [metric.name for metric in self.metrics]
        raise InvalidOption(f"The objective of {self.space.id} has no metric {name!r}. {near(name, known)}")

    def level(self, fidelity: int | None) -> int | None:
        """The fidelity if it is a level, the highest for None; raises InvalidOption otherwise."""
        if self.fidelity is None:
            if fidelity is not None:
                how = self.missing.get("fidelity")
                raise InvalidOption(
                    f"This objective of {self.space.id} has no fidelities, but was asked for {fidelity!r}; "
                    + (f"omit it, or get them: {how}" if how else "omit it.")
                )
            return None
        if fidelity is None:
            return self.fidelity.levels[-1]
        if isinstance(fidelity, (bool, float)) or fidelity not in self.fidelity.levels:
            raise InvalidOption(
                f"{self.space.id} has no {self.fidelity.name} {fidelity!r}; its levels are {self.fidelity.levels}."
            )
        return int(fidelity)

    def _lookup(self, names: Sequence[str], level: int | None) -> Lookup | None:
        """What `evaluate` gives without noise as whole columns; None where it is more than a look-up in columns."""
        return None

    _checks = {"codes": lambda self, codes: self.space.admitted(codes), "noise": require_noise}


class Wrapped(Objective):
    """An objective in place of another: whatever a subclass does not say of itself is as with the other.

    `super().__init__(objective)` takes over every attribute that an objective has; change those that differ.
    """

    def __init__(self, objective: Objective):
        """Stand in place of `objective`."""
        if not isinstance(objective, Objective):
            raise InvalidOption(f"What is wrapped is an Objective, not {objective!r:.120}.")
        for name in Objective.__annotations__:
            setattr(self, name, getattr(objective, name))
        self.objective = objective


class Joined(Wrapped):
    """Several objectives over one space, side by side: all their metrics, their costs added."""

    def __init__(self, objectives: Sequence[Objective]):
        """Join `objectives`, whose metrics must have different names; the first one with fidelities lends them."""
        objectives = tuple(objectives)
        if not objectives or not all(isinstance(objective, Objective) for objective in objectives):
            raise InvalidOption(f"Objectives to join are at least one Objective, not {objectives!r:.120}.")
        names = [metric.name for objective in objectives for metric in objective.metrics]
        for name in names:
            if names.count(name) > 1:
                raise InvalidOption(f"Metric {name!r} comes from two of the joined objectives; rename one.")
        if len({objective.space.id for objective in objectives}) != 1:
            ids = sorted({objective.space.id for objective in objectives})
            raise InvalidOption(f"Joined objectives must share one space, not {ids}.")
        super().__init__(objectives[0])
        self.objectives = objectives
        self.description = " ".join(dict.fromkeys(one.description for one in objectives if one.description))
        self.metrics = tuple(metric for objective in objectives for metric in objective.metrics)
        self.missing = {name: how for objective in objectives for name, how in objective.missing.items()}
        if not all("cost" in objective.missing for objective in objectives):
            self.missing.pop("cost", None)  # what one does not know, another does
        self.failures = {name: why for objective in objectives for name, why in objective.failures.items()}
        self.fidelity = next((objective.fidelity for objective in objectives if objective.fidelity), None)
        self.identity = "code" if any(objective.identity == "code" for objective in objectives) else "network"
        self.deterministic = all(objective.deterministic for objective in objectives)
        self.stochastic = any(objective.stochastic for objective in objectives)

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The columns of all, each objective asked at `fidelity` if it has fidelities."""
        joined: dict[str, NDArray[Any]] = {}
        cost = np.zeros(len(codes))
        for objective in self.objectives:
            columns = objective.evaluate(codes, fidelity if objective.fidelity else None, noise)
            kind = type(objective)
            cost = cost + column(columns, "cost", len(codes), f"Joined objective {kind.__module__}.{kind.__qualname__}")
            if "error" in columns:
                first = joined.get("error", [None] * len(codes))
                errors = [one or other for one, other in zip(first, columns["error"], strict=True)]
                joined["error"] = np.array(errors, np.object_)
            joined |= {name: column for name, column in columns.items() if name not in ("cost", "error")}
        return joined | {"cost": cost}
