"""The grid of a study as it was asked for, checked; and what is said of the runs of it that failed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from nasapi.errors import InvalidOption
from nasapi.running.workers.jobs import Failure
from nasapi.safety.whole_numbers import whole

_TOLD = 12  # groups of failed runs that one sentence names


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
    """What failed, in a sentence about the first and one about them all."""
    first = failures[0]
    groups: dict[tuple[str, str, str], list[int]] = {}
    for failure in failures:
        what = failure.message.removesuffix(".")
        groups.setdefault((failure.strategy, failure.benchmark, what), []).append(failure.seed)
    named = [
        f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))} of {strategy!r} on {benchmark!r}: {message}"
        for (strategy, benchmark, message), seeds in groups.items()
    ]
    rest = f"; and {len(named) - _TOLD} more kinds of failure" if len(named) > _TOLD else ""
    others = f" Failed: {'; '.join(named[:_TOLD])}{rest}." if len(failures) > 1 else ""
    what = first.message.removesuffix(".")
    return (
        f"{len(failures)} of {total} runs failed and are not recorded; the first is seed {first.seed} of "
        f"{first.strategy!r} on {first.benchmark!r}: {what}.{others} Run the study again to try them again."
    )
