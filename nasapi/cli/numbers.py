"""Numbers as options of commands take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nasapi.errors import InvalidOption

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]  # older clicks have no parameters here
else:
    ParamType = click.ParamType
"""The base of what reads an option's text."""

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Number(click.FloatRange):
    """A number, within a range where one is given; NaN, which compares with nothing, is none."""

    name = "number"

    def _describe_range(self) -> str:
        """The bounds as help prints them; click has "x<=None" where there are none."""
        return "" if self.min is None and self.max is None else super()._describe_range()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value!r} is no number; give one such as 12 or 0.5.", param, ctx)
        return number


def byte_count(size: str) -> int:
    """A number of bytes from words such as 500M; the units are powers of 1024."""
    number, unit = (size[:-1], size[-1:].upper()) if size[-1:].upper() in _UNITS else (size, "")
    try:
        return int(float(number) * _UNITS[unit])
    except (ValueError, OverflowError):
        raise InvalidOption(f"{size!r} is no size of memory; write a number with K, M or G, as in 4G.") from None
