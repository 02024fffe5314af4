"""What is kept of rows that were measured: their numbers in benchmarks/results, and the tables that pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from claims.kept import RESULTS, keep, names, read

NAME = "performance"
Measured = Mapping[str, Any]
"""A row as `measured.measure` tells it, with what made it."""


def stored(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """The rows that are kept."""
    return [dict(measured) for measured in read(NAME, folder).found["measured"]] if NAME in names(folder) else []


def store(found: Measured, order: Sequence[str], folder: Path = RESULTS) -> None:
    """Keep a row in place of what was kept of it; all stand in an order of names, and others are gone."""
    rows = {measured["name"]: measured for measured in stored(folder)} | {found["name"]: dict(found)}
    known = [rows[name] for name in order if name in rows]
    made = list({_place(measured): measured["made"] for measured in known}.values())
    result = {
        "what": "CPU time of our work, of the limit and of other packages, in turn: the median, ours with the 95 % "
        "bootstrap interval of its samples.",
        "command": "make bench",
        "commit": ", ".join(dict.fromkeys(each["commit"] for each in made)),
        "date": max(each["date"] for each in made),
        "seeds": None,
        "cpu_seconds": round(sum(measured["cpu_seconds"] for measured in known), 1),
        "quick": False,
        "found": {
            "goals": _numbers([measured for measured in known if measured["goal"] is not None], made),
            "others": _numbers([measured for measured in known if measured["goal"] is None], made),
            "where": _where(known),
            "at": {
                "columns": ["at", "commit", "day", "machine"],
                "digits": {},
                "rows": [[_letter(each, made), each["commit"], each["date"], each["conditions"]] for each in made],
            },
            "measured": known,
        },
    }
    keep(NAME, result, folder)


def _place(measured: Measured) -> tuple[str, ...]:
    """Where and when a row was measured."""
    return tuple(measured["made"][key] for key in ("commit", "date", "conditions"))


def _letter(made: Measured, all_made: Sequence[Measured]) -> str:
    return chr(ord("A") + all_made.index(made))


def _numbers(known: Sequence[Measured], made: Sequence[Measured]) -> dict[str, Any]:
    """A row each: limit, ours with its interval, peers, goal, and the letter of where and when it was measured."""
    rows = []
    for measured in known:
        works, unit = measured["works"], measured["unit"]
        peers = [name for name in works if name not in ("now", "limit")]
        rows.append(
            [
                measured["name"],
                _number(works["limit"]["median"], unit) if "limit" in works else None,
                _with_interval(works["now"], unit) if "now" in works else f"left out: {measured['absent']['now']}",
                ", ".join(f"{name} {_number(works[name]['median'], unit)}" for name in peers) or None,
                None if measured["goal"] is None else _number(measured["goal"], unit),
                _letter(measured["made"], made),
            ]
        )
    return {"columns": ["what", "limit", "ours", "peers", "goal", "at"], "digits": {}, "rows": rows}


def _where(known: Sequence[Measured]) -> dict[str, Any]:
    """A row each: the modules or imports that take most of the time."""
    rows = []
    for measured in known:
        shares = [f"`{name}` {share:.0%}" for name, share in measured.get("where", {}).items() if share >= 0.03]
        if shares:
            rows.append([measured["name"], ", ".join(shares)])
    return {"columns": ["what", "where its time goes"], "digits": {}, "rows": rows}


def _with_interval(work: Mapping[str, Any], unit: str) -> str:
    return f"{_number(work['median'], unit)} ({_number(work['low'])} to {_number(work['high'])})"


def _number(value: float, unit: str = "") -> str:
    """Three digits, without an exponent."""
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".rstrip()
