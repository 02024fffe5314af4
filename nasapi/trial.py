"""What passes between a strategy and the harness: an architecture, a trial of it, and the trial's result."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, NoReturn

from attrs import field, frozen

from nasapi.errors import InterfaceError, NotAvailable


@frozen
class Architecture:
    """One architecture of one space: hashable, comparable, and plain enough for JSON."""

    space: str
    """The space's id."""
    code: tuple[int, ...]
    """(d,): a value for each gene, from 0 and below the gene's cardinality."""


@frozen
class Trial:
    """One request: what is to be evaluated, and at which level."""

    arch: Architecture
    """One of the problem's space."""
    fidelity: int | None = None
    """One of the levels of the problem's fidelity; None for the highest."""
    note: Any = None
    """Whatever the strategy wants to be told with the result; nobody else reads it, and nothing of it is kept."""


class ReadOnlyError(InterfaceError):
    """An attempt to change what a result says."""

    metric: object = None
    """The metric that was written to; None where it was all of them."""
    values: Values | None = None


class UnobservedMetric(NotAvailable, KeyError):
    """A metric that a result has no value of."""

    def __str__(self) -> str:
        return Exception.__str__(self)  # a KeyError would put its sentence in quotes


class Values(dict[str, float]):
    """Values by metric that can be read, compared, copied and pickled, and not be changed."""

    __slots__ = ()

    def __missing__(self, name: object) -> NoReturn:
        raise UnobservedMetric(
            f"A result has the values of goals and constraints alone, here {', '.join(self)}, and not of {name!r}."
            if self
            else f"A result whose evaluation failed has no values, and none of {name!r}; its `error` says why."
        )

    def __setitem__(self, name: str, value: float) -> NoReturn:
        self._refuse(name)

    def __delitem__(self, name: str) -> NoReturn:
        self._refuse(name)

    def __ior__(self, other: object) -> NoReturn:  # type: ignore[misc]
        self._refuse()

    def clear(self) -> NoReturn:
        """Refused."""
        self._refuse()

    def pop(self, name: str, *default: object) -> NoReturn:
        """Refused."""
        self._refuse(name)

    def popitem(self) -> NoReturn:
        """Refused."""
        self._refuse()

    def setdefault(self, name: str, *default: object) -> NoReturn:
        """Refused."""
        self._refuse(name)

    def update(self, *others: object, **values: float) -> NoReturn:
        """Refused."""
        self._refuse(next(iter(values), None))

    def __reduce__(self) -> tuple[type[Values], tuple[dict[str, float]]]:
        return Values, (dict(self),)

    def _refuse(self, metric: object = None) -> NoReturn:
        error = ReadOnlyError(
            f"What a result says of {metric!r} cannot be changed; "
            "make another with `attrs.evolve(result, values={...})`."
            if metric is not None
            else "The values of a result cannot be changed; make another with `attrs.evolve(result, values={...})`."
        )
        error.metric, error.values = metric, self
        raise error


def _kept(values: Mapping[str, float]) -> Values:
    return values if type(values) is Values else Values(values)


@frozen
class Result:
    """What a trial gave."""

    trial: Trial
    """The one that was asked for."""
    values: Mapping[str, float] = field(converter=_kept)
    """Each goal and each constrained metric, in its unit; empty where the evaluation failed.

    A mapping that refuses to be changed, with a copy of what was given.
    """
    cost: float = 0.0
    """Seconds: of the evaluation, or spent until it failed."""
    error: str | None = None
    """Why the evaluation failed; None where it did not."""


# attrs keeps the fields of a frozen class in slots, whose descriptors set what plain assignment may not
_trial, _values, _cost, _error = (vars(Result)[name].__set__ for name in ("trial", "values", "cost", "error"))


def measured(trial: Trial, values: Values, cost: float) -> Result:
    """`Result(trial, values, cost)` in half the time, of values that nobody else has."""
    result = object.__new__(Result)
    _trial(result, trial)
    _values(result, values)
    _cost(result, cost)
    _error(result, None)
    return result


def all_measured(trials: Sequence[Trial], values: Sequence[Values], costs: Sequence[float]) -> list[Result]:
    """What `measured` gives of each row; raises InterfaceError where there are not as many of each."""
    if not len(trials) == len(values) == len(costs):
        raise InterfaceError(f"{len(trials)} trials have {len(values)} values and {len(costs)} costs.")
    results = [*map(object.__new__, repeat(Result, len(trials)))]
    _set_all(_trial, results, trials)
    _set_all(_values, results, values)
    _set_all(_cost, results, costs)
    _set_all(_error, results, repeat(None))
    return results


def _set_all(setter: Callable[[Result, Any], None], results: list[Result], values: Iterable[Any]) -> None:
    """Call a setter on each result and its value; a deque of no length drives `map` without a loop in Python."""
    deque(map(setter, results, values), maxlen=0)
