"""A result that nobody measured, for tests of what is kept of results and what is shown of them."""

from __future__ import annotations

from typing import Any

from claims.kept import Result

EARLIER = {"why": "an earlier version", "again": "make again"}
RESULT: dict[str, Any] = {
    "what": "Accuracy.",
    "command": "make it",
    "commit": "abc1234",
    "date": "2026-11-29",
    "seeds": "0 to 29",
    "cpu_seconds": 5.0,
    "quick": True,
    "tolerance": 0.01,
    "found": {
        "columns": ["data set", "strategy", "96", "share"],
        "digits": {"96": 2},
        "rows": [
            ["a b", "`x`", [91.5, 0.25], 1],
            ["c", "`x`", [91.25, 91.0, 91.5], None],
            ["c", "`y`", [91.75, 0.0], 3],
        ],
    },
}


def result(**changes: Any) -> Result:
    return Result(**{**RESULT, **changes})
