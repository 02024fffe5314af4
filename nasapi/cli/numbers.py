"""Numbers as options of commands take them."""

from __future__ import annotations

from typing import Any

import click


class Number(click.FloatRange):
    """A number, within a range where one is given; NaN, which compares with nothing, is none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value!r} is no number; give one such as 12 or 0.5.", param, ctx)
        return number
