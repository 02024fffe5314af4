"""Which part of some work a task of a scheduler's job array does."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nasapi.errors import InvalidOption


def scheduled_shard(environment: Mapping[str, str]) -> tuple[int, int] | None:
    """The part, from 1, and the number of parts of a task of a SLURM array by its variables; None outside of one.

    Raises InvalidOption for an array with gaps, as of tasks that are sent again, and where the number of tasks is
    missing: neither says how many parts there are.
    """
    names = [f"SLURM_ARRAY_TASK_{name}" for name in ("ID", "COUNT", "MIN", "MAX", "STEP")]
    words = [environment.get(name, "") for name in names]
    if not words[0]:
        return None
    if not words[1] or not all(re.fullmatch(r"[0-9]{1,9}", word) for word in words if word):
        raise InvalidOption(
            f"{names[0]} and {names[1]} are {words[0]!r} and {words[1]!r}; wanted whole numbers, or give --shard."
        )
    task, count, least, step = int(words[0]), int(words[1]), int(words[2] or 0), max(int(words[4] or 1), 1)
    most = int(words[3] or least + step * (count - 1))
    if most - least != step * (count - 1) or task not in range(least, most + 1, step):
        raise InvalidOption(
            f"This is task {task} of a SLURM array of {count} that goes from {least} to {most} with gaps, so that it "
            'does not say which part of the work to do; give --shard, such as "$((SLURM_ARRAY_TASK_ID + 1))/20".'
        )
    return (task - least) // step + 1, count
