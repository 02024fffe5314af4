"""Results of hooks: what plugins offer, read by one reader that nothing in it can break."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from nasapi.errors import with_article
from nasapi.plugins.hooks import KINDS, Entry, Published, Reproduction
from nasapi.safety.fences import Fence

Item = TypeVar("Item")

MOST = 10_000
"""Items of one answer; an answer that goes on for longer is taken for one without an end."""
_TARGET = re.compile(r"[\w.]+:\w+")
_ID = re.compile(r"\w[\w./+-]*")


def read(ask: Callable[[], object], hook: str, check: Callable[[Any], Item]) -> tuple[tuple[Item, ...], str | None]:
    """The items that a plugin's function gives, each checked, and None; or none of them, and what is wrong.

    `check` gives an item as it is kept, and raises TypeError or ValueError for one that is none.
    """
    with Fence() as fence:
        given = ask()
        if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
            name = "None" if given is None else with_article(type(given).__name__)
            raise TypeError(f"{hook} gave {name}; wanted a list of what the plugin offers")
        items = tuple(islice(iter(given), MOST + 1))
        if len(items) > MOST:
            raise ValueError(f"{hook} gave more than {MOST:,} items")
        return tuple(check(item) for item in items), None
    return (), fence.reason


def checked_entry(entry: Any) -> Entry:
    """The entry; raises TypeError or ValueError for what is none."""
    if isinstance(entry, Entry) and entry.kind not in KINDS:
        raise TypeError(f"{entry.id!r:.80} is of kind {entry.kind!r:.80}; wanted one of {', '.join(KINDS)}")
    if not isinstance(entry, Entry):
        raise TypeError(f"nasapi_entries gave {entry!r:.80}; wanted Entry(kind, id, target, summary)")
    _line(entry.id, f"the id of a {entry.kind}", 100)
    if not _ID.fullmatch(entry.id):
        raise ValueError(f"the id {entry.id!r} is not made of letters, digits and '/', '-', '_', '.', '+'")
    _line(entry.summary, f"the summary of {entry.id!r}", 1000)
    _target(entry.target, f"the target {entry.target!r:.100} of {entry.id!r}")
    if entry.paper != "":
        _target(entry.paper, f"the paper {entry.paper!r:.100} of {entry.id!r}")
        if entry.kind != "strategy":
            raise ValueError(f"{entry.id!r} is {with_article(entry.kind)} and names a paper; strategies alone do")
    arguments = _keywords(entry.arguments, f"the arguments of {entry.id!r}")
    return entry._replace(arguments=arguments, kit=_keywords(entry.kit, f"the options that the kit gives {entry.id!r}"))


def checked_reproduction(item: Any) -> Reproduction:
    """The table of published numbers; raises TypeError or ValueError for what is none."""
    if not isinstance(item, Reproduction):
        raise TypeError(f"nasapi_reproductions gave {item!r:.80}; wanted Reproduction(name, title, source, rows, …)")
    _line(item.name, "the name of a reproduction", 100)
    if not _ID.fullmatch(item.name):
        raise ValueError(f"the name {item.name!r} is not made of letters, digits and '/', '-', '_', '.', '+'")
    for name in ("title", "source", "notes"):
        _text(getattr(item, name), f"the {name} of {item.name!r}", 10_000)
    if item.run != "":
        _target(item.run, f"`run` of {item.name!r}, {item.run!r:.100},")
    if isinstance(item.rows, str) or not isinstance(item.rows, Iterable):
        raise TypeError(f"the rows of {item.name!r} are {item.rows!r:.80}; wanted a tuple of Published")
    rows = tuple(islice(iter(item.rows), MOST + 1))
    if len(rows) > MOST:
        raise ValueError(f"{item.name!r} has more than {MOST:,} rows")
    return item._replace(rows=tuple(_row(row, item.name) for row in rows))


def _row(row: Any, name: str) -> Published:
    if not isinstance(row, Published):
        raise TypeError(f"a row of {name!r} is {row!r:.80}; wanted Published(benchmark, strategy, trials, value, …)")
    for field in ("benchmark", "strategy", "metric", "label", "instead"):
        _line(getattr(row, field), f"the {field} of a row of {name!r}", 1000)
    if isinstance(row.trials, bool) or not isinstance(row.trials, int) or row.trials < (1 if row.strategy else 0):
        raise ValueError(f"the trials of a row of {name!r} are a whole number from 1, not {row.trials!r:.80}")
    if isinstance(row.runs, bool) or not isinstance(row.runs, int) or row.runs < 0:
        raise ValueError(f"the runs of a row of {name!r} are a whole number from 0, not {row.runs!r:.80}")
    for field in ("value", "error"):
        number = getattr(row, field)
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            raise ValueError(f"the {field} of a row of {name!r} is a finite number, not {number!r:.80}")
    return row


def _text(text: Any, what: str, longest: int) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{what} is {text!r:.80}, which is no string")
    if len(text) > longest:
        raise ValueError(f"{what} has {len(text):,} characters; at most {longest:,} are kept")
    if not text.isprintable() and not all(character.isprintable() or character == "\n" for character in text):
        raise ValueError(f"{what} has characters that cannot be printed: {text!r:.80}")


def _line(text: Any, what: str, longest: int) -> None:
    _text(text, what, longest)
    if "\n" in text:
        raise ValueError(f"{what} has several lines: {text!r:.80}")


def _keywords(given: Any, what: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise TypeError(f"{what} are {given!r:.80}; wanted a mapping of keywords")
    for key in given:
        if not (isinstance(key, str) and key.isidentifier()):
            raise ValueError(f"{what} name {key!r:.80}, which is no keyword")
    return dict(given)


def _target(target: Any, what: str) -> None:
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        raise ValueError(f"{what} is not of the form 'package.module:name'")
