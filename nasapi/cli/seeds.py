"""Which seeds a command runs, as people write them: 30, 10-19, 0,3,7-9."""

from __future__ import annotations

import re
from typing import Any

import click

from nasapi.cli.numbers import ParamType

_MOST_SEEDS = 1_000_000


class Seeds(ParamType):
    """A number of seeds from 0, or the seeds themselves: 30, 10-19, 0,3,7-9."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | tuple[int, ...]:
        """The number, or the seeds."""
        if isinstance(value, (int, tuple)):
            return value
        if re.fullmatch(r"[0-9]{1,7}", value) and 0 < int(value) <= _MOST_SEEDS:
            return int(value)
        ranges = [re.fullmatch(r"([0-9]{1,18})(?:-([0-9]{1,18}))?", part) for part in value.split(",")]
        if not re.search("[-,]", value) or not all(ranges):
            self.fail(f"{value!r} is no number of seeds, as 30, and no seeds, as 10-19 or 0,3,7-9.", param, ctx)
        ends = [(int(found[1]), int(found[2] or found[1])) for found in ranges if found]
        if any(first > last for first, last in ends) or sum(last - first + 1 for first, last in ends) > _MOST_SEEDS:
            self.fail(f"{value!r} is no range of 1 to {_MOST_SEEDS:,} seeds, the smaller first.", param, ctx)
        return tuple(seed for first, last in ends for seed in range(first, last + 1))
