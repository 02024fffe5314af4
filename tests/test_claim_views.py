"""What a block shows of a result: tables, cells, places where a strategy is behind; and what is kept of timings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nasapi_report", reason="blocks are made in the environment of all distributions")
from claims.kept import read
from claims.views import shown
from kept_rows import store
from made_up_result import EARLIER, result

from nasapi.errors import InvalidOption, UnknownId


def test_a_table_has_its_rows_its_digits_and_its_marks() -> None:
    marked = result(marks={"x": EARLIER})
    assert shown("table", marked, ["data_set=c"]).splitlines() == [
        "| strategy | 96 | share |",
        "|---|---|---|",
        "| `x` † | 91.25 [91.00, 91.50] | – |",
        "| `y` | 91.75 (every run) | 3 |",
        "",
        "† `x`: an earlier version; `make again` measures it again.",
    ]


def test_a_cell_is_one_number_or_that_of_each_row() -> None:
    assert shown("cell", result(), ["data_set=a_b", "96"]) == "91.50 ± 0.25"
    assert shown("cell", result(), ["strategy=x", "96"]) == "91.50 / 91.25"


def test_a_row_of_timings_says_when_and_where_it_was_measured(tmp_path: Path) -> None:
    def measured(name: str, **made: str) -> dict[str, Any]:
        works = {"now": {"median": 2.0, "low": 1.9, "high": 2.1, "samples": 5}}
        made = {"commit": "abc1234", "date": "2026-11-29", "conditions": "a machine"} | made
        return {"name": name, "unit": "ms", "goal": None, "works": works, "cpu_seconds": 1.0, "made": made}

    for row in (measured("x"), measured("y"), measured("z", date="2026-11-30", conditions="another")):
        store(row, "xyz", tmp_path)
    kept = read("performance", tmp_path)
    assert (kept.commit, kept.date, kept.cpu_seconds) == ("abc1234", "2026-11-30", 3.0)
    assert [row[-1] for row in kept.found["others"]["rows"]] == ["A", "A", "B"]
    assert [row[::3] for row in kept.found["at"]["rows"]] == [["A", "a machine"], ["B", "another"]]


def test_where_a_strategy_is_behind_is_said_with_who_is_ahead() -> None:
    rows = [
        ["a", "`x`", [1.0, 0.9, 1.1], [2.0, 0.1]],
        ["a", "`y`", [1.2, 0.1], [2.001, 0.0]],
        ["b", "`x`", [3.0, 0.1], [5.0, 0.1]],
        ["b", "`z`", [2.0, 0.1], None],
    ]
    kept = result(found={"columns": ["benchmark", "strategy", "32", "96"], "digits": {"32": 1, "96": 2}, "rows": rows})
    assert shown("behind", kept, ["x", "32", "96"]) == "`a` after 32: 1.0 [0.9, 1.1], `y` 1.2"
    assert shown("behind", kept, ["x", "96"]) == "nowhere"
    assert shown("behind", kept, ["lower", "x", "32"]) == "`b` after 32: 3.0 ± 0.1, `z` 2.0"
    with pytest.raises(InvalidOption, match="No row has strategy 'w'"):
        shown("behind", kept, ["w", "32"])


@pytest.mark.parametrize(
    ("view", "words", "message"),
    [
        ("tabel", [], "no view 'tabel'. Did you mean 'table'"),
        ("table", ["data_set=d"], "No row has data_set 'd'"),
        ("cell", ["strategy=x", "97"], "no column '97'"),
        ("table", ["part:x"], "no part 'x'"),
    ],
)
def test_what_a_block_asks_for_in_vain_is_named(view: str, words: list[str], message: str) -> None:
    with pytest.raises((InvalidOption, UnknownId), match=re.escape(message)):
        shown(view, result(), words)
