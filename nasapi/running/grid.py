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
from nasapi.words import MOST_LETTERS, counted, spans

_CUTS = (1000, 300, 100)  # characters of a failure's message, the first with which all kinds have room
_SEEDS = 60  # characters of seeds as ranges; where they are more, seeds are counted


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
    """How many runs failed, and of each kind of failure once which runs and why, in `MOST_LETTERS` characters.

    Where that is too long, messages are cut; where there are too many kinds for that too, each strategy is named with
    its seeds, and one kind with why.
    """
    groups: dict[tuple[str, str, str], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((failure.strategy, failure.benchmark, _kind(failure.message)), []).append(failure)
    are = "is" if len(failures) == 1 else "are"
    start = f"{len(failures):,} of {counted(total, 'run', 'runs')} failed and {are} not recorded: "
    hopeless = all(failure.message.startswith(f"{InvalidOption.__name__}:") for failure in failures)
    end = ". They fail whenever they are tried." if hopeless else ". Run the study again to try them again."
    room = MOST_LETTERS - len(start) - len(end)
    for most in _CUTS:
        named = "; ".join(_described(group, most) for group in groups.values())
        if len(named) <= room:
            return f"{start}{named}{end}"
    first = f"; the first of {len(groups):,} kinds is {_described(next(iter(groups.values())), _CUTS[-1])}"
    return f"{start}{_by_strategy(failures, room - len(first))}{first}{end}"


def _described(group: Sequence[Failure], most: int) -> str:
    """The seeds of failures of one kind, and what the first of them said, in about `most` characters."""
    first, messages = group[0], {failure.message for failure in group}
    of = f", of which seed {first.seed}" if len(messages) > 1 else ""
    return f"{_seeds(group)} of {first.strategy!r} on {first.benchmark!r}{of}: {_cut(first.message, most)}"


def _by_strategy(failures: Sequence[Failure], room: int) -> str:
    """The seeds that failed of each strategy, on whatever benchmark; of as many as have room, with how many more."""
    groups: dict[str, list[Failure]] = {}
    for failure in failures:
        groups.setdefault(failure.strategy, []).append(failure)
    every = [f"{_seeds(group)} of {strategy!r}" for strategy, group in groups.items()]
    for kept in range(len(every), 0, -1):
        more = f" and runs of {counted(len(every) - kept, 'more strategy', 'more strategies')}"
        named = ", ".join(every[:kept]) + (more if kept < len(every) else "")
        if len(named) <= room:
            return named
    return f"runs of {counted(len(every), 'strategy', 'strategies')}"


def _seeds(group: Sequence[Failure]) -> str:
    """The seeds of failures, or how many there are where those are too many to read."""
    seeds = sorted({failure.seed for failure in group})
    named = spans(seeds)
    return f"seed{'s' * (len(seeds) > 1)} {named}" if len(named) <= _SEEDS else f"{len(seeds):,} seeds"


def _cut(message: str, most: int) -> str:
    """A message without its last full stop, its middle cut where it is long: a place in a file at its end is kept."""
    message = message.removesuffix(".")
    if len(message) <= most:
        return message
    place = re.search(r" \([^()]{1,60}, line \d+\)$", message)
    ending = place[0] if place else ""
    return f"{message[: most - len(ending)]}…{ending}"


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
