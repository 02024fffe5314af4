"""Checks that the options of several strategies share, as attrs validators."""

from __future__ import annotations

from math import inf
from numbers import Integral, Real
from typing import Any

from nasapi.errors import InvalidOption


def at_least_one(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a whole number from 1, or None where that is the default."""
    if value is None and attribute.default is None:
        return
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InvalidOption(f"`{attribute.name}` is a whole number from 1, not {value!r}.")


def is_positive(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < inf:
        raise InvalidOption(f"`{attribute.name}` is a number above 0, not {value!r}.")


def is_not_negative(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a finite number from 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < inf:
        raise InvalidOption(f"`{attribute.name}` is a number from 0, not {value!r}.")


def is_share(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value <= 1:
        raise InvalidOption(f"`{attribute.name}` is a share from 0 to 1, not {value!r}.")


def is_count(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise InvalidOption(f"`{attribute.name}` is a whole number from 0, not {value!r}.")


def is_flag(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but true or false."""
    if not isinstance(value, bool):
        raise InvalidOption(f"`{attribute.name}` is true or false, not {value!r}.")


def is_spec(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but text, which is what names an entry and its options."""
    if not isinstance(value, str):
        raise InvalidOption(f"`{attribute.name}` is a name, with options in brackets, not {value!r}.")


def known_identity(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but "code", "network" or None."""
    if value not in (None, "code", "network"):
        raise InvalidOption(f"`{attribute.name}` is 'code', 'network' or none, not {value!r}.")
