"""What a block can show of a result: its table, some of its rows, a few of its numbers, or what made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from claims.kept import Result
from claims.spaces import space
from claims.verdicts import VERDICTS
from nasapi.errors import InvalidOption, UnknownId, near

View = Callable[[Result, Sequence[str]], str]
MARK = "†"


def table(result: Result, words: Sequence[str]) -> str:
    """The table, or its rows in which a column has a value: `table`, `table data_set=CIFAR-10`, `table part:NAME`.

    Columns that every shown row agrees in because they were asked for are left out. Blanks in names are written `_`.
    """
    found = _part(result, words)
    columns, rows = found["columns"], found["rows"]
    asked = [word.split("=", 1) for word in words if "=" in word]
    for name, value in asked:
        at = _place(columns, name)
        rows = [row for row in rows if _plain(row[at]) == value]
        if not rows:
            raise InvalidOption(f"No row has {name} {value!r}.")
    kept = [at for at, name in enumerate(columns) if name.replace(" ", "_") not in {name for name, _ in asked}]
    lines = ["".join(f"| {columns[at]} " for at in kept) + "|", "|---" * len(kept) + "|"]
    lines += ["".join(f"| {_cell(found, columns[at], row[at], result.marks)} " for at in kept) + "|" for row in rows]
    names = {name.strip("`") for row in rows for name in row if isinstance(name, str)}
    return "\n".join([*lines, *_footnotes(result, names)])


def cell(result: Result, words: Sequence[str]) -> str:
    """One number, or one of several rows: `cell COLUMN=VALUE … COLUMN`, joined by strokes where several rows fit."""
    found = _part(result, words)
    columns, asked = found["columns"], [word.split("=", 1) for word in words if "=" in word]
    at = _place(columns, words[-1])
    places = [(_place(columns, name), value) for name, value in asked]
    rows = [row for row in found["rows"] if all(_plain(row[place]) == value for place, value in places)]
    if not rows:
        raise InvalidOption(f"No row has {' and '.join(f'{name} {value!r}' for name, value in asked)}.")
    marked = any(_plain(value) in result.marks for row in rows for value in row)
    means = [row[at][0] if isinstance(row[at], list) and len(rows) > 1 else row[at] for row in rows]
    return " / ".join(_cell(found, columns[at], mean, {}) for mean in means) + (f" {MARK}" if marked else "")


def behind(result: Result, words: Sequence[str]) -> str:
    """Where a strategy has not the best mean of a table, and who has: `behind STRATEGY COLUMN …`, `lower` where less is
    better. Means count as printed, so equal ones are level."""
    name, *numbers = [word for word in words if word != "lower"]
    found, places = result.found, []
    columns, sign = found["columns"], -1 if "lower" in words else 1
    table_at, who = _place(columns, "benchmark"), _place(columns, "strategy")
    for row in (row for row in found["rows"] if _plain(row[who]) == name):
        for number in numbers:
            at = _place(columns, number)
            digits = found["digits"].get(columns[at], 3)
            rivals = [each for each in found["rows"] if each[table_at] == row[table_at] and each[at] is not None]
            best = max(rivals, key=lambda each: sign * each[at][0])
            if sign * (round(best[at][0], digits) - round(row[at][0], digits)) > 0:
                other = f"{best[who]} {_number(best[at][0], digits)}"
                places.append(f"`{row[table_at]}` after {number}: {_cell(found, columns[at], row[at], {})}, {other}")
    if not any(_plain(row[who]) == name for row in found["rows"]):
        raise InvalidOption(f"No row has strategy {name!r}.")
    return "; ".join(places) or "nowhere"


def made(result: Result, words: Sequence[str]) -> str:
    """What made the result: command, commit, day, seeds, cost and conditions."""
    cost = "not recorded" if result.cpu_seconds is None else f"{result.cpu_seconds:,.0f} CPU s"
    commits = result.commit.replace(",", ", ").replace(",  ", ", ")
    day = date.fromisoformat(result.date)
    parts = [
        f"`{result.command}`",
        f"at {commits}, {day.day} {day:%B %Y}",
        f"seeds {result.seeds}" if result.seeds else "nothing is drawn",
        f"cost {cost}" + (", again by `make claims`" if result.quick else ""),
    ]
    return f"{result.what}\n\n*{'; '.join(parts)}.{f' {result.conditions}' if result.conditions else ''}*"


def _part(result: Result, words: Sequence[str]) -> Mapping[str, Any]:
    """The table of a result, or the one of its tables that `part:NAME` says."""
    found: Mapping[str, Any] = result.found
    for word in words:
        if word.startswith("part:"):
            name = word.removeprefix("part:")
            if name not in found:
                raise UnknownId(f"The result has no part {name!r}. {near(name, list(found))}")
            found = found[name]
    if not {"columns", "rows"} <= found.keys():
        raise InvalidOption("There is no table of columns and rows; say which part with part:NAME.")
    return found


def _place(columns: Sequence[str], name: str) -> int:
    known = [column.replace(" ", "_") for column in columns]
    if name not in known:
        raise UnknownId(f"The table has no column {name!r}. {near(name, known)}")
    return known.index(name)


def _plain(value: Any) -> str:
    """A cell as a word of a block."""
    return value.strip("`").replace(" ", "_") if isinstance(value, str) else str(value)


def _cell(found: Mapping[str, Any], column: str, value: Any, marks: Mapping[str, Any]) -> str:
    """A cell as it is printed: null as a dash, two numbers as mean ± half, three as mean [low, high]."""
    digits = found.get("digits")
    digits = digits.get(column) if isinstance(digits, Mapping) else digits
    if value is None:
        return "–"
    if isinstance(value, str):
        return f"{value} {MARK}" if value.strip("`") in marks else value
    if isinstance(value, list):
        first, *rest = (_number(each, digits) for each in value)
        if len(value) == 2 and value[1] == 0:
            return f"{first} (every run)"
        return f"{first} ± {rest[0]}" if len(rest) == 1 else f"{first} [{', '.join(rest)}]"
    return _number(value, digits)


def _number(value: float, digits: int | None) -> str:
    if isinstance(value, int) or digits is None:
        return f"{value:,}"
    return f"{value:,.{digits}f}"


def _footnotes(result: Result, names: set[str]) -> list[str]:
    cells = [
        f"`{name}`: {mark['why']}; `{mark['again']}` measures it again"
        for name, mark in result.marks.items()
        if name in names
    ]
    return ["", f"{MARK} {'. '.join(cells)}."] if cells else []


VIEWS: Mapping[str, View] = {
    "table": table,
    "cell": cell,
    "behind": behind,
    "made": made,
    "space": space,
    **VERDICTS,
}


def shown(view: str, result: Result, words: Sequence[str]) -> str:
    """What a view makes of a result; raises UnknownId for a view that there is not."""
    if view not in VIEWS:
        raise UnknownId(f"There is no view {view!r}. {near(view, list(VIEWS))}")
    return VIEWS[view](result, words)
