"""Tables of the simulated studies behind docs/statistics.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from claims.kept import Result


def coverage(result: Result, words: Sequence[str]) -> str:
    """How often intervals of means covered, a law a line."""
    return _table([(f"mean, {name}", {n: row["covered"] for n, row in rows.items()}) for name, rows in _rows(result)])


def by_number(result: Result, words: Sequence[str]) -> str:
    """Shares by numbers of runs, a law a line, with words before each law's name."""
    before = " ".join(words).replace("_", " ")
    return _table([(f"{before}, {name}", rows) for name, rows in _rows(result)])


def looking(result: Result, words: Sequence[str]) -> str:
    """What looking on after every few seeds came to."""
    seen = result.found
    rows = [
        *((f"told apart though alike, {name}", share) for name, share in seen["told apart though alike"].items()),
        ("called equal though the region apart", seen["equal though the region apart"]),
        ("told apart by 100 fixed runs, the difference of the next lines", seen["power of 100 runs"]),
        ("told apart within 100 runs, looking on", seen["told apart by 100 runs"]),
    ]
    soon, equal = seen["median runs"], seen["median runs to equal, spread as wide as the region"]
    return "\n".join(
        [
            "| over 300 looks | share of studies |",
            "|---|---|",
            *(f"| {name} | {share:.3f} |" for name, share in rows),
            "",
            f"The median study is told apart after {soon:.0f} seeds; one whose differences vary as much as the region "
            f"is wide is called practically equal after {equal:.0f}.",
        ]
    )


def _rows(result: Result) -> Any:
    return result.found.items()


def _table(rows: Sequence[tuple[str, Mapping[str, float]]], numbers: tuple[str, ...] = ("10", "30", "100")) -> str:
    lines = ["| |" + "".join(f" {n} runs |" for n in numbers), "|---" * (len(numbers) + 1) + "|"]
    for name, shares in rows:
        lines.append(f"| {name} | {' | '.join(f'{shares[n]:.3f}' if n in shares else '–' for n in numbers)} |")
    return "\n".join(lines)


VERDICTS: Mapping[str, Callable[[Result, Sequence[str]], str]] = {
    "coverage": coverage,
    "by-number": by_number,
    "looking": looking,
}
