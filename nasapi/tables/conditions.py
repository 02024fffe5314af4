"""Conditions on metrics as a person writes them, `params<400000 and valid_accuracy>=90`: parsed, never evaluated."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, near

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_SIGN = "|".join(map(re.escape, _COMPARISONS))
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_JOINT = re.compile(r"\s+and\s+|\s*,\s*")


@frozen
class Condition:
    """A comparison of one metric with a number."""

    metric: str
    comparison: str
    number: float

    def kept(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,): which values keep it; a missing one, NaN, never does."""
        return np.asarray(_COMPARISONS[self.comparison](values, self.number) & ~np.isnan(values))

    def __str__(self) -> str:
        return f"{self.metric}{self.comparison}{self.number:.12g}"


def parse_conditions(text: str, metrics: Iterable[str]) -> tuple[Condition, ...]:
    """The conditions of a text, comparisons `METRIC<NUMBER` joined by "and" or a comma, all of which must be kept.

    Comparisons are <, <=, >, >=, = (or ==) and !=. Raises InvalidOption with the part that is none.
    """
    known = sorted(metrics, key=len, reverse=True)  # a name may begin with another
    return tuple(_condition(part, known) for part in _JOINT.split(text.strip()))


def _condition(text: str, known: list[str]) -> Condition:
    for name in known:
        found = re.fullmatch(rf"{re.escape(name)}\s*({_SIGN})\s*(.*)", text, re.DOTALL)
        if found and _NUMBER.fullmatch(found[2]):
            return Condition(name, found[1], float(found[2]))
    written = re.fullmatch(rf"(.*?)\s*({_SIGN})\s*(.*)", text, re.DOTALL)
    if written is None:
        raise InvalidOption(
            f"{text!r:.120} is no condition; write a metric, one of <, <=, >, >=, = and !=, and a number, as in "
            f"'{known[-1]}<100', several joined by 'and'."
        )
    name, _, number = written.groups()
    if name not in known:
        raise InvalidOption(f"No metric {name!r:.120} to compare in {text!r:.120}. {near(name, known)}")
    raise InvalidOption(
        f"{number!r:.120} in {text!r:.120} is no number; a metric is compared with a number alone, and conditions are "
        "joined by 'and'."
    )
