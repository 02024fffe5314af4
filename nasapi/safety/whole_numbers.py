"""Whole numbers as arguments: Python's and numpy's alike, and nothing that would have to be rounded."""

from __future__ import annotations

import operator
from typing import Any

from nasapi.errors import InvalidOption


def whole(value: Any, least: int = 0, most: int | None = None, *, wanted: str) -> int:
    """A whole number from `least`, and to `most` where that is given, as Python's int.

    True is no number here, and 1.0 is none either. Raises InvalidOption, which begins with `wanted`: what was asked
    for.
    """
    if type(value) is int and value >= least and (most is None or value <= most):
        return value
    refusal = f"{wanted}, not {value!r:.80}."
    if isinstance(value, bool):
        raise InvalidOption(refusal)
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InvalidOption(refusal) from error
    if number < least or (most is not None and number > most):
        raise InvalidOption(refusal)
    return number
