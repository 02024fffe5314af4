"""The grid of a study as it was asked for, checked; and the sentence on its runs that failed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from nasapi.errors import InvalidOption
from nasapi.running.workers.jobs import Failure
from nasapi.safety.whole_numbers import whole
from nasapi.storage.rows import RunKey
from nasapi.words import counted, spans

_NAMED_KINDS = 3  # kinds of failure that one sentence names


def seeds_of(seeds: int | Iterable[int]) -> tuple[int, ...]:
    """The seeds: so many from 0, or those that are given; raises InvalidOption for anything else."""
    wanted = f"Seeds are a number of them or whole numbers from 0, not {seeds!r:.80}."
    if isinstance(seeds, (str, bytes)):
        raise InvalidOption(wanted)
    try:
        several = seeds if isinstance(seeds, Iterable) else range(whole(seeds, wanted=""))
        chosen = tuple(whole(seed, -1, wanted="") for seed in several)
    except (TypeError, InvalidOption) as error:  # TypeError from an array without an axis
        raise InvalidOption(wanted) from error
    if not chosen or min(chosen) < 0 or len(set(chosen)) < len(chosen):
        raise InvalidOption(f"Seeds are at least one whole number from 0, each once, not {seeds!r:.80}.")
    return chosen


def several(what: str, items: Iterable[Any]) -> list[Any]:
    """The items of a sequence; raises InvalidOption for one item in its place."""
    if isinstance(items, (str, bytes, os.PathLike)) or not isinstance(items, Iterable):
        raise InvalidOption(f"A study takes a list of {what}, not {items!r:.80}; put it in brackets.")
    return list(items)


def distinct(kind: str, names: Sequence[str]) -> None:
    """Raise InvalidOption unless there are names and each is there once."""
    if not names:
        raise InvalidOption(f"A study needs at least one {kind}, and none was given.")
    for name in names:
        if names.count(name) > 1:
            raise InvalidOption(f"Two of the {kind} entries are called {name!r}; give each its own name or options.")


def describe_failures(failures: Sequence[Failure], total: int) -> str:
    """How many runs failed, and of each kind of failure once which runs and why."""
    groups: dict[tuple[str, str, str], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((failure.strategy, failure.benchmark, _kind(failure.message)), []).append(failure)
    named = [_described(group) for group in groups.values()]
    rest = (
        f"; and {counted(len(named) - _NAMED_KINDS, 'more kind', 'more kinds')} of failure"
        if len(named) > _NAMED_KINDS
        else ""
    )
    are = "is" if len(failures) == 1 else "are"
    return (
        f"{len(failures)} of {counted(total, 'run', 'runs')} failed and {are} not recorded: "
        f"{'; '.join(named[:_NAMED_KINDS])}{rest}. "
        "Run the study again to try them again."
    )


def _described(group: Sequence[Failure]) -> str:
    """The seeds of failures of one kind, and what the first of them said."""
    first, messages = group[0], {failure.message for failure in group}
    seeds = f"seed{'s' * (len(group) > 1)} {spans(sorted(failure.seed for failure in group))}"
    of = f", of which seed {first.seed}" if len(messages) > 1 else ""
    return f"{seeds} of {first.strategy!r} on {first.benchmark!r}{of}: {first.message.removesuffix('.')}"


def _kind(message: str) -> str:
    """A message without the values in it: quoted texts, what is in brackets, and numbers but those of lines."""
    for values in (r"'[^']*'|\"[^\"]*\"", r"\[.*[\]…]", r"(?<!line )(?<!\d)-?\d[\d.,e+-]*"):
        message = re.sub(values, "…", message, flags=re.DOTALL)
    return message


def part_of(keys: Iterable[RunKey], seeds: Sequence[int], shard: tuple[int, int] | None) -> list[RunKey]:
    """The runs of a grid, or of one of so many parts of it: seeds in their order, a seed's runs together."""
    place = {seed: number for number, seed in enumerate(seeds)}
    ordered = sorted(keys, key=lambda key: (place[key[2]], *key[:2]))
    if shard is None:
        return ordered
    try:
        number, count = (whole(part, 1, wanted="") for part in shard)
    except (TypeError, ValueError) as error:  # InvalidOption is one
        raise InvalidOption(f"A shard is two whole numbers from 1, as (3, 20), not {shard!r:.80}.") from error
    if number > count:
        raise InvalidOption(f"A shard is one of so many, as 3/20 is the third of twenty, not {number}/{count}.")
    return ordered[(number - 1) * len(ordered) // count : number * len(ordered) // count]
