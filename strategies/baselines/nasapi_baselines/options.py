"""Checks that the options of several strategies share, as attrs validators."""

from __future__ import annotations

from typing import Any

from nasapi.errors import InvalidOption


def at_least_one(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but a whole number from 1, or None where that is the default."""
    if value is None and attribute.default is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidOption(f"`{attribute.name}` is a whole number from 1, not {value!r}.")


def known_identity(_: object, attribute: Any, value: Any) -> None:
    """Raise InvalidOption for anything but "code", "network" or None."""
    if value not in (None, "code", "network"):
        raise InvalidOption(f"`{attribute.name}` is 'code', 'network' or none, not {value!r}.")
