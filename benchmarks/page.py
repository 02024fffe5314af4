"""The tables of docs/performance.md, from what is stored of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measured import stored
from timing import Row

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def write(rows: Mapping[str, Row]) -> None:
    """Put the tables into the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")


def filled(text: str, rows: Mapping[str, Row]) -> str:
    """The page with each block between `<!-- name -->` and `<!-- end -->` made anew."""
    found = {told["name"]: told for told in stored()}
    known = [found[name] for name in rows if name in found]
    goals = [told for told in known if told["goal"] is not None]
    others = [told for told in known if told["goal"] is None]
    for name, block in {"goals": _table(goals), "others": _table(others), "where": _where(known)}.items():
        start, end = f"<!-- {name} -->\n", "\n<!-- end -->"
        head, _, rest = text.partition(start)
        text = f"{head}{start}\n{block}\n{end}{rest.partition(end)[2]}"
    return text


def _table(found: list[dict[str, Any]]) -> str:
    """A row each: limit, now with its interval, peers, goal, commit."""
    lines = ["| what | limit | now | peers | goal | commit |", "|---|---|---|---|---|---|"]
    for told in found:
        works, unit = told["works"], told["unit"]
        peers = [name for name in works if name not in ("now", "limit")]
        cells = [
            told["name"],
            _number(works["limit"]["median"], unit) if "limit" in works else "",
            _with_interval(works["now"], unit) if "now" in works else f"left out: {told['absent']['now']}",
            ", ".join(f"{name} {_number(works[name]['median'], unit)}" for name in peers),
            "" if told["goal"] is None else _number(told["goal"], unit),
            told["made"]["commit"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _where(found: list[dict[str, Any]]) -> str:
    """A row each: the modules or imports that take most of the time."""
    lines = ["| what | where its time goes |", "|---|---|"]
    for told in found:
        shares = [f"`{name}` {share:.0%}" for name, share in told.get("where", {}).items() if share >= 0.03]
        if shares:
            lines.append(f"| {told['name']} | {', '.join(shares)} |")
    return "\n".join(lines)


def _with_interval(work: Mapping[str, Any], unit: str) -> str:
    return f"{_number(work['median'], unit)} ({_number(work['low'])} to {_number(work['high'])})"


def _number(value: float, unit: str = "") -> str:
    """Three digits, without an exponent."""
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".rstrip()
