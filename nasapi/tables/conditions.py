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
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SIGN = re.compile("|".join(map(re.escape, _COMPARISONS)))
_NUMBER = re.compile(r"[+-]?(\d{1,3}([,_]\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_JOINT = re.compile(r"\s+and\s+|\s*&&?\s*|\s*(?:(?<!\d),|,(?!\d{3}(?!\d)))\s*", re.IGNORECASE)  # not within 400,000


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
    """The conditions of a text, comparisons `METRIC<NUMBER` joined by "and", "&" or a comma, all of which must be kept.

    Comparisons are <, <=, >, >=, = (or ==) and !=; the number may stand first, or on both sides as in `1e5<params<1e6`,
    and its thousands apart, 400,000 or 400_000. Raises InvalidOption with the part that is none.
    """
    known = list(metrics)
    return tuple(found for part in _JOINT.split(text.strip()) for found in _conditions(part, known))


def _conditions(text: str, known: list[str]) -> list[Condition]:
    """The comparisons of a part: one, or two of a metric between numbers."""
    signs, operands = _parts(text, known)
    named = [each for each in operands if each in known]
    if len(named) == 1 and (len(operands) == 2 or (len(operands) == 3 and operands[1] in known)):
        place = operands.index(named[0])
        beside = [(signs[place], operands[place + 1])] if place < len(signs) else []
        if place:
            beside.insert(0, (_TURNED.get(signs[place - 1], signs[place - 1]), operands[place - 1]))
        if all(_NUMBER.fullmatch(number) for _, number in beside):
            return [Condition(named[0], sign, float(number.replace(",", ""))) for sign, number in beside]
    if len(operands) < 2:
        raise InvalidOption(
            f"{text!r:.120} is no condition; write a metric, one of <, <=, >, >=, = and !=, and a number, as in "
            f"'{known[0]}<100', several joined by 'and'."
        )
    numbers = [each for each in operands if _NUMBER.fullmatch(each)]
    strange = next((each for each in operands if each not in known and each not in numbers), None)
    if not named and strange is not None:
        raise InvalidOption(f"No metric {strange!r:.120} to compare in {text!r:.120}. {near(strange, known)}")
    wrong = (
        f"{strange!r:.120} in {text!r:.120} is no number; "
        if strange is not None
        else f"{text!r:.120} is no condition; "
    )
    raise InvalidOption(f"{wrong}a metric is compared with a number alone, and conditions are joined by 'and'.")


def _parts(text: str, known: list[str]) -> tuple[list[str], list[str]]:
    """The signs of a comparison and what is before, between and after them; a name that has a sign in it is one."""
    names = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    signs, operands = [], [""]
    for part in re.split(rf"((?<![\w.])(?:{names})(?![\w.])|{_SIGN.pattern})", text):
        if part in _COMPARISONS:
            signs.append(part)
            operands.append("")
        else:
            operands[-1] += part
    return signs, [each.strip() for each in operands]
