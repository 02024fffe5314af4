"""Which part of a study a command does: a shard, as people (3/20) and schedulers (SLURM's variables) write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from nasapi.errors import InvalidOption

if TYPE_CHECKING:
    _Type = click.ParamType[Any]  # older clicks have no parameters here
else:
    _Type = click.ParamType


class Shard(_Type):
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


def scheduled_shard(environment: Mapping[str, str]) -> tuple[int, int] | None:
    """The shard of a task of a SLURM array by its variables; None elsewhere.

    Raises InvalidOption for an array with gaps, as of tasks that are sent again: it does not say how many there are.
    """
    names = [f"SLURM_ARRAY_TASK_{name}" for name in ("ID", "COUNT", "MIN", "MAX", "STEP")]
    words = [environment.get(name, "") for name in names]
    if not words[0] or not words[1]:
        return None
    if not all(re.fullmatch(r"[0-9]{1,9}", word) for word in words if word):
        raise InvalidOption(f"{names[0]} and {names[1]} are {words[0]!r} and {words[1]!r}; wanted whole numbers.")
    task, count, least, step = int(words[0]), int(words[1]), int(words[2] or 0), max(int(words[4] or 1), 1)
    most = int(words[3] or least + step * (count - 1))
    if most - least != step * (count - 1) or task not in range(least, most + 1, step):
        raise InvalidOption(
            f"This is task {task} of a SLURM array of {count} that goes from {least} to {most} with gaps, so that it "
            'does not say which part of the study to do; give --shard, such as "$((SLURM_ARRAY_TASK_ID + 1))/20".'
        )
    return (task - least) // step + 1, count
