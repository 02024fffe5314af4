"""The constraint: a metric that must stay between two bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi.value_checks import is_number, is_one_line


@frozen
class Constraint:
    """A metric that must stay between two bounds, both included."""

    metric: str = field()
    """The name of a metric of the objective; none on test data."""
    lower: float = field(default=-np.inf)
    """The least it may be, in its unit; -inf for no such bound."""
    upper: float = field(default=np.inf)
    """The most it may be; inf for no such bound."""

    @metric.validator
    def _named(self, _: Any, metric: object) -> None:
        if not metric or not is_one_line(metric):
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
        """The metric and its bounds in words: "params up to 100"."""
        return f"{self.metric} {self.bounds}".rstrip()

    @property
    def bounds(self) -> str:
        """The bounds in words: "up to 100"."""
        lower = "" if self.lower == -np.inf else f"from {self.lower:,.12g} "
        upper = "" if self.upper == np.inf else f"up to {self.upper:,.12g}"
        return f"{lower}{upper}".rstrip()

    def kept(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values are within the bounds; NaN, which is a failure, is not."""
        return np.asarray((values >= self.lower) & (values <= self.upper))

    def violation(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much each value breaks the bounds: 0 where they are kept, infinite for NaN, which is a failure."""
        broken = np.maximum(np.maximum(self.lower - values, values - self.upper), 0.0)
        return np.where(np.isnan(values), np.inf, broken)
