"""The problem: all that a strategy may know of what it optimises; the one place of signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.space import Codes, SearchSpace
from nasapi.trial import Result, Trial
from nasapi.value_checks import as_tuple


def _instance(kind: type, wanted: str) -> Callable[[Any, Any, Any], None]:
    """A validator that says in a sentence what an attribute is to be."""

    def require(_: Any, attribute: Any, given: Any) -> None:
        if not isinstance(given, kind):
            raise InvalidOption(f"The {attribute.name} of a problem is {wanted}, not {given!r:.80}.")

    return require


def _tuple_of(kind: type, wanted: str) -> Callable[[Any, Any, Any], None]:
    """A validator of a tuple whose entries are all of one kind."""

    def require(_: Any, attribute: Any, given: Any) -> None:
        if not isinstance(given, tuple) or not all(isinstance(one, kind) for one in given):
            raise InvalidOption(f"The {attribute.name} of a problem are a tuple of {wanted}, not {given!r:.80}.")

    return require


@frozen(eq=False, repr=False)
class Problem:
    """A space, what is good in it, and what may be spent; handed to every strategy.

    A goal on test data cannot be built: what a search optimises must not be what it is judged by.
    """

    space: SearchSpace = field(validator=_instance(SearchSpace, "a SearchSpace"))
    """Which architectures there are."""
    goals: tuple[Metric, ...] = field(converter=as_tuple, validator=_tuple_of(Metric, "Metric"))
    """What is to be high or low; runs of one goal are judged by the first."""
    budget: Budget = field(validator=_instance(Budget, "a Budget, such as Budget(100)"))
    """What may be spent."""
    fidelity: Fidelity | None = field(default=None, validator=optional(_instance(Fidelity, "a Fidelity or None")))
    """The levels that trials may ask for; None where there is only the real thing."""
    constraints: tuple[Constraint, ...] = field(
        default=(), converter=as_tuple, validator=_tuple_of(Constraint, "Constraint")
    )
    """What must hold of an incumbent."""

    @goals.validator
    def _searchable(self, _: Any, goals: tuple[Metric, ...]) -> None:
        if not goals:
            raise InvalidOption("A problem needs at least one goal.")
        names = [goal.name for goal in goals]
        for goal in goals:
            if names.count(goal.name) > 1:
                raise InvalidOption(f"{goal.name!r} is a goal twice; a metric has one direction.")
            if goal.split == "test":
                raise InvalidOption(
                    f"{goal.name!r} is measured on test data and cannot be a goal; "
                    "search on validation data and report the test value."
                )

    def __repr__(self) -> str:
        return f"<problem: {self.statement}>"

    def copy(self) -> Problem:
        """The same problem of parts of its own, the space apart: whoever changes one leaves the other as it was."""
        goals, constraints = (tuple(map(evolve, parts)) for parts in (self.goals, self.constraints))
        return Problem(self.space, goals, evolve(self.budget), self.fidelity and evolve(self.fidelity), constraints)

    def same_as(self, other: Problem) -> bool:
        """Whether another problem has the same space and equal parts."""
        parts = ("goals", "budget", "fidelity", "constraints")
        return self.space is other.space and all(getattr(self, part) == getattr(other, part) for part in parts)

    @property
    def statement(self) -> str:
        """What is wanted, in a few words: "maximise valid_accuracy on nb201, 192 trials"."""
        wanted = " and ".join(f"{goal.goal}imise {goal.name}" for goal in self.goals)
        bounds = f", {len(self.constraints)} constrained" if self.constraints else ""
        return f"{wanted} on {self.space.id}{bounds}, {self.budget}"

    @property
    def features(self) -> frozenset[str]:
        """What a strategy must support to solve this: "multi-objective", "constraints".

        Fidelities may be ignored: a trial without one is evaluated at the highest.
        """
        present = {"multi-objective": len(self.goals) > 1, "constraints": bool(self.constraints)}
        return frozenset(name for name, there in present.items() if there)

    @property
    def observed(self) -> tuple[str, ...]:
        """The metrics that a strategy is told: those of the goals, then those of the constraints, each once."""
        return observed(self.goals, self.constraints)

    def losses(self, results: Sequence[Result]) -> NDArray[np.float64]:
        """(n, goals): what is to be minimised; infinite where an evaluation failed."""
        columns = [goal.sign * _values(results, goal.name) for goal in self.goals]
        return np.column_stack([np.where(np.isnan(column), np.inf, column) for column in columns])

    def violations(self, results: Sequence[Result]) -> NDArray[np.float64]:
        """(n, constraints): by how much each constraint is broken: 0 where kept, infinite where nothing finite came."""
        columns = [np.empty((len(results), 0))]
        for constraint in self.constraints:
            values = _values(results, constraint.metric)
            columns.append(constraint.violation(np.where(np.isfinite(values), values, np.nan))[:, None])
        return np.concatenate(columns, axis=1)

    def trials(self, codes: Codes, fidelity: int | None = None) -> list[Trial]:
        """A trial for each row."""
        return [Trial(architecture, fidelity) for architecture in self.space.architectures(codes)]

    def codes(self, results: Sequence[Result]) -> Codes:
        """(n, d): the codes that the results belong to."""
        return self.space.codes([result.trial.arch for result in results])


def observed(goals: Sequence[Metric], constraints: Sequence[Constraint]) -> tuple[str, ...]:
    """The names of what a strategy is told: goals, then constrained metrics, each once."""
    return tuple(dict.fromkeys([*(goal.name for goal in goals), *(constraint.metric for constraint in constraints)]))


def _values(results: Sequence[Result], name: str) -> NDArray[np.float64]:
    """(n,): what was measured of a metric; NaN where the evaluation failed."""
    return np.array([result.values.get(name, np.nan) for result in results], np.float64)
