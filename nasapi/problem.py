"""The problem: all that a strategy may know of what it optimises."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, near
from nasapi.space import Codes, SearchSpace
from nasapi.trial import Result, Trial

Goal = Literal["min", "max"]
Split = Literal["none", "train", "valid", "test"]


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


def _tuple(given: Any) -> Any:
    """A list as a tuple, so that nobody changes a problem; anything else as it is."""
    return tuple(given) if isinstance(given, list) else given


def _plain_numbers(given: Any) -> Any:
    """A sequence as a tuple of Python's numbers; anything else as it is."""
    return tuple(map(_plain, given)) if isinstance(given, (list, tuple)) else given


def _plain(number: Any) -> Any:
    """A number of numpy as Python's, which is what stores record."""
    return number.item() if isinstance(number, np.generic) else number


def is_number(given: object) -> bool:
    """Whether something is a number of Python's or numpy's; True is none."""
    return isinstance(given, (int, float, np.integer, np.floating)) and not isinstance(given, bool)


def _one_line(given: object) -> bool:
    """Whether something is text that a table can show."""
    return isinstance(given, str) and (not given or given.isprintable())


@frozen
class Metric:
    """A quantity: its name, which way is better, its unit, the data it is measured on, and how it came about.

    What is in percent is no fraction: it reaches beyond 1.5 somewhere, and has bounds. A name with "valid", "test" or
    "train" in it is of that split, unless it is of none. Accuracies are to be large; losses, errors, perplexities,
    times and sizes small. A published one has a unit, "1" for a plain number, a description and an origin.
    """

    name: str = field()
    goal: Goal = field()
    unit: str = field(default="")
    split: Split = field(default="none")
    bounds: tuple[float, float] | None = field(default=None, converter=_tuple)
    description: str = field(default="")
    """What the number is of, in the words of its maker: which data, device, batch, number of epochs."""
    origin: str = field(default="")
    """"measured", "derived: " and how, or "predicted: " and by what; empty where nobody says."""

    @name.validator
    def _named(self, _: Any, name: object) -> None:
        if not name or not _one_line(name):
            raise InvalidOption(f"A metric has a name, a string such as 'valid_accuracy', not {name!r:.80}.")

    @unit.validator
    @description.validator
    def _in_words(self, attribute: Any, given: object) -> None:
        if not _one_line(given):
            raise InvalidOption(f"The {attribute.name} of metric {self.name!r} is one line of text, not {given!r:.80}.")

    @bounds.validator
    def _an_interval(self, _: Any, bounds: Any) -> None:
        if bounds is None:
            return
        if not isinstance(bounds, tuple) or [*map(is_number, bounds)] != [True, True]:
            raise InvalidOption(
                f"The bounds of metric {self.name!r} are two numbers, the lower first, such as (0.0, 100.0), not "
                f"{bounds!r:.80}."
            )

    @goal.validator
    @split.validator
    def _one_of_few(self, attribute: Any, given: object) -> None:
        known = get_args(Goal if attribute.name == "goal" else Split)
        if not isinstance(given, str) or given not in known:
            hint = near(str(given).lower(), known)
            raise InvalidOption(f"The {attribute.name} of metric {self.name!r} cannot be {given!r:.80}. {hint}")

    @origin.validator
    def _says_how(self, _: Any, origin: object) -> None:
        if not isinstance(origin, str) or not re.fullmatch(r"|measured|(derived|predicted): \S.*", origin):
            raise InvalidOption(
                f"The origin of metric {self.name!r} is {origin!r:.120}; wanted 'measured', 'derived: ' and how, or "
                "'predicted: ' and by what."
            )

    @property
    def sign(self) -> int:
        """The factor that makes smaller better."""
        return 1 if self.goal == "min" else -1

    @property
    def shown_unit(self) -> str:
        """The unit as it is printed beside a number: none of a plain number."""
        return "" if self.unit == "1" else self.unit


@frozen
class Constraint:
    """A metric that must stay between two bounds, both included."""

    metric: str = field()
    lower: float = field(default=-np.inf)
    upper: float = field(default=np.inf)

    @metric.validator
    def _named(self, _: Any, metric: object) -> None:
        if not metric or not _one_line(metric):
            raise InvalidOption(f"A constraint names a metric, a string such as 'params', not {metric!r:.80}.")

    @upper.validator
    def _leaves_room(self, _: Any, upper: float) -> None:
        for bound in (self.lower, upper):
            if not is_number(bound):
                raise InvalidOption(f"A bound of the constraint on {self.metric!r} is a number, not {bound!r:.80}.")
        if not self.lower <= upper or self.lower == np.inf or upper == -np.inf:
            raise InvalidOption(
                f"A constraint on {self.metric!r} from {self.lower!r} to {upper!r} holds for nothing; "
                "give a lower bound that is not above the upper one."
            )

    def __str__(self) -> str:
        """The bounds in words: "params up to 100"."""
        lower = "" if self.lower == -np.inf else f" from {self.lower:g}"
        upper = "" if self.upper == np.inf else f" up to {self.upper:g}"
        return f"{self.metric}{lower}{upper}"

    def violation(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much each value breaks the bounds: 0 where they are kept, infinite for NaN, which is a failure."""
        broken = np.maximum(np.maximum(self.lower - values, values - self.upper), 0.0)
        return np.where(np.isnan(values), np.inf, broken)


@frozen
class Fidelity:
    """A cheaper way to evaluate, such as fewer epochs: rising levels, the last of which is the real thing.

    Levels are whole numbers from 1 that cost in proportion.
    """

    name: str = field()
    levels: tuple[int, ...] = field(converter=_plain_numbers)
    resumes: bool = field(default=False)
    """Whether levels are stages of one training: a higher one goes on from a lower one and costs the difference.

    Not where each level is a training of its own, with its own schedule of the learning rate.
    """

    @name.validator
    def _named(self, _: Any, name: object) -> None:
        if not name or not _one_line(name):
            raise InvalidOption(f"A fidelity has a name, a string such as 'epochs', not {name!r:.80}.")

    @levels.validator
    def _rising(self, _: Any, levels: tuple[int, ...]) -> None:
        if not isinstance(levels, tuple) or not all(type(each) is int for each in levels):
            raise InvalidOption(f"The levels of fidelity {self.name!r} are whole numbers, not {levels!r:.80}.")
        if not levels or any(a >= b for a, b in pairwise(levels)):
            raise InvalidOption(f"The levels of fidelity {self.name!r} must rise, not be {levels}.")
        if levels[0] < 1:
            raise InvalidOption(f"The levels of fidelity {self.name!r} are whole numbers from 1, not {levels}.")

    @resumes.validator
    def _yes_or_no(self, _: Any, resumes: object) -> None:
        if not isinstance(resumes, bool):
            raise InvalidOption(f"Levels of fidelity {self.name!r} resume, True, or not, False; not {resumes!r:.80}.")

    def share(self, level: int | None) -> float:
        """What an evaluation at a level is of one at the highest: the level over the highest, 1 for None."""
        return 1.0 if level is None else level / self.levels[-1]


MOST_WORKERS = 1_000_000
"""How many workers the simulated clock of a run can have."""

Unit = Literal["trials", "unique", "seconds"]


@frozen
class Budget:
    """How much a run may spend: trials, distinct networks, or simulated seconds of evaluation.

    Trials are full-fidelity equivalents: one at a lower level counts for its share of the highest. Where levels resume,
    trials and seconds count what an evaluation adds to what was trained of the same architecture before. A budget of
    networks ends, too, after 50 trials for each of them, and no fewer than 1,000, for a strategy that only repeats.
    """

    limit: float = field(converter=_plain)
    unit: Unit = field(default="trials")

    @limit.validator
    def _positive(self, _: Any, limit: float) -> None:
        if isinstance(limit, bool) or not isinstance(limit, (int, float)):
            raise InvalidOption(f"A budget is a number, not {limit!r:.80}.")
        if not limit > 0:
            raise InvalidOption(f"A budget must be more than 0, not {limit!r}.")
        if limit == np.inf:
            raise InvalidOption("A budget must be finite, not inf; a run ends when it is spent.")

    @unit.validator
    def _known(self, _: Any, unit: str) -> None:
        if unit not in ("trials", "unique", "seconds"):
            raise InvalidOption(f"A budget counts 'trials', 'unique' networks or 'seconds', not {unit!r}.")
        if unit != "seconds" and not (self.limit <= 10**7 and self.limit == int(self.limit)):
            raise InvalidOption(f"A budget of {unit} is a whole number up to 10,000,000, not {self.limit!r}.")

    def __str__(self) -> str:
        return f"{self.limit:,g} {'unique networks' if self.unit == 'unique' else self.unit}"


@frozen(eq=False, repr=False)
class Problem:
    """A space, what is good in it, and what may be spent; handed to every strategy.

    A goal on test data cannot be built: what a search optimises must not be what it is judged by.
    """

    space: SearchSpace = field(validator=_instance(SearchSpace, "a SearchSpace"))
    goals: tuple[Metric, ...] = field(converter=_tuple, validator=_tuple_of(Metric, "Metric"))
    budget: Budget = field(validator=_instance(Budget, "a Budget, such as Budget(100)"))
    fidelity: Fidelity | None = field(default=None, validator=optional(_instance(Fidelity, "a Fidelity or None")))
    constraints: tuple[Constraint, ...] = field(
        default=(), converter=_tuple, validator=_tuple_of(Constraint, "Constraint")
    )

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
        return np.column_stack([self._column(results, goal.name, goal.sign) for goal in self.goals])

    def violations(self, results: Sequence[Result]) -> NDArray[np.float64]:
        """(n, constraints): by how much each constraint is broken: 0 where kept, infinite where it failed."""
        columns = [np.empty((len(results), 0))]
        for constraint in self.constraints:
            values = self._column(results, constraint.metric, 1)
            values[np.isinf(values)] = np.nan
            columns.append(constraint.violation(values)[:, None])
        return np.concatenate(columns, axis=1)

    def trials(self, codes: Codes, fidelity: int | None = None) -> list[Trial]:
        """A trial for each row."""
        return [Trial(architecture, fidelity) for architecture in self.space.architectures(codes)]

    def codes(self, results: Sequence[Result]) -> Codes:
        """(n, d): the codes that the results belong to."""
        return self.space.codes([result.trial.arch for result in results])

    def _column(self, results: Sequence[Result], name: str, sign: int) -> NDArray[np.float64]:
        values = np.array([result.values.get(name, np.nan) for result in results], np.float64)
        return np.where(np.isnan(values), np.inf, sign * values)


def observed(goals: Sequence[Metric], constraints: Sequence[Constraint]) -> tuple[str, ...]:
    """The names of what a strategy is told: goals, then constrained metrics, each once."""
    return tuple(dict.fromkeys([*(goal.name for goal in goals), *(constraint.metric for constraint in constraints)]))
