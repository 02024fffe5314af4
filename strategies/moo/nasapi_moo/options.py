"""Checks of options that the strategies share, as attrs validators."""

from __future__ import annotations

from typing import Any

from nasapi.errors import InvalidOption


def share(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidOption(f"`{attribute.name}` is a share from 0 to 1, not {value!r}.")


def strategy_spec(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but text; whether it names a strategy is seen when it is loaded."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidOption(f"`{attribute.name}` is the spec of a strategy such as 'evolution', not {value!r}.")
