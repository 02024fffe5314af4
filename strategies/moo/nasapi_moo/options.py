"""A check of an option that the strategies share, as an attrs validator."""

from __future__ import annotations

from typing import Any

from nasapi.errors import InvalidOption


def strategy_spec(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but text; whether it names a strategy is seen when it is loaded."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidOption(f"`{attribute.name}` is the spec of a strategy such as 'evolution', not {value!r}.")
