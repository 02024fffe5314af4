"""The options of the learned encoders: fields that are checked whenever they are set."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import inf
from typing import Any

import attrs
from attrs import field

from nasapi.errors import InvalidOption


def count(default: Any = attrs.NOTHING, least: int = 1) -> Any:
    """An option that is a whole number from `least`."""
    return _option(default, lambda value: type(value) is int and value >= least, f"a whole number from {least}")


def positive(default: Any = attrs.NOTHING) -> Any:
    """An option that is a finite number above 0."""
    return _option(default, lambda value: _number(value) and 0 < value < inf, "a number above 0")


def weight(default: Any = attrs.NOTHING) -> Any:
    """An option that is a finite number from 0."""
    return _option(default, lambda value: _number(value) and 0 <= value < inf, "a number from 0")


def share(default: Any = attrs.NOTHING) -> Any:
    """An option that is a number from 0 to, but without, 1."""
    return _option(default, lambda value: _number(value) and 0 <= value < 1, "a number in [0, 1)")


def switch(default: Any = attrs.NOTHING) -> Any:
    """An option that is true or false."""
    return _option(default, lambda value: isinstance(value, bool), "true or false")


def file(default: Any = attrs.NOTHING) -> Any:
    """An option that is the name of a file, or None."""
    return _option(default, lambda value: value is None or isinstance(value, (str, os.PathLike)), "a file or none")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _option(default: Any, good: Callable[[Any], bool], words: str) -> Any:
    def check(encoder: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not good(value):
            raise InvalidOption(f"{attribute.name!r} of {encoder.kind} is {words}, not {value!r}.")

    return field(default=default, kw_only=True, validator=check)
