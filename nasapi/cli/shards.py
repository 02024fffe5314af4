"""Which part of a study a command does: a shard as people write it, 3/20."""

from __future__ import annotations

import re
from typing import Any

import click

from nasapi.cli.numbers import ParamType


class Shard(ParamType):
    """One of so many parts of a study: 3/20."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The part's number, from 1, and how many there are."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", value)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is no shard; 3/20 is the third of twenty.", param, ctx)
        return int(found[1]), int(found[2])
