"""What hooks may answer: entries and published numbers, each checked."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from nasapi.plugins import hook_results
from nasapi.plugins.hook_results import MOST, checked_entry, checked_reproduction, read
from nasapi.plugins.hooks import KINDS, Entry, Kind, Published, Reproduction


def test_a_hook_gives_at_most_so_many_items_each_checked() -> None:
    assert read(lambda: [1, 2], "hook", str) == (("1", "2"), None)
    assert read(lambda: iter(range(MOST)), "hook", int)[1] is None
    assert read(lambda: range(MOST + 1), "hook", int) == ((), "ValueError: hook gave more than 10,000 items")
    for given, name in ((None, "None"), ("text", "a str"), (b"x", "a bytes"), ({}, "a dict"), (3, "an int")):
        found, problem = read(lambda given=given: given, "hook", int)  # type: ignore[misc]
        assert found == ()
        assert problem is not None
        assert problem.startswith(f"TypeError: hook gave {name}; wanted a list")


GOOD = Entry("strategy", "a/b-c_d.e+f", "package.module:name", "s" * 1000, {"key": 1}, "package:PAPER")


def test_an_entry_with_all_that_it_may_have_is_kept_as_it_is() -> None:
    given = {"key": 1}
    kept = checked_entry(GOOD._replace(arguments=given))
    assert kept == GOOD
    given["key"] = 2
    assert kept.arguments == {"key": 1}
    assert checked_entry(GOOD._replace(id="a" * 100)).id == "a" * 100
    assert get_args(Kind) == KINDS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "spice"}, "is of kind 'spice'; wanted one of space, encoder, objective, strategy, benchmark"),
        ({"id": "a" * 101}, "the id of a strategy has 101 characters; at most 100 are kept"),
        ({"id": "-a"}, "the id '-a' is not made of"),
        ({"id": "a\n"}, "the id of a strategy has several lines"),
        ({"summary": "s" * 1001}, "has 1,001 characters; at most 1,000"),
        ({"summary": "a\x07"}, "has characters that cannot be printed"),
        ({"target": "package.module"}, "the target 'package.module' of"),
        ({"target": "a:b.c"}, "the target 'a:b.c' of"),
        ({"paper": "PAPER"}, "the paper 'PAPER' of"),
        ({"paper": None}, "the paper None of"),
        ({"kind": "space"}, "is a space and names a paper; strategies alone do"),
        ({"arguments": [("key", 1)]}, r"the arguments of .* are \[.*; wanted a mapping"),
        ({"arguments": {"a b": 1}}, "name 'a b', which is no keyword"),
    ],
)
def test_an_entry_that_is_none_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        checked_entry(GOOD._replace(**changes))


ROW = Published("b", "s", 1, 1.5, 0.0, "metric", "label", 0, "instead")
ITEM = Reproduction("name", "title\nof two lines", "source", (ROW, ROW._replace(strategy="", trials=0)), "notes", "a:b")


def test_published_numbers_with_all_that_they_may_have_are_kept() -> None:
    assert checked_reproduction(ITEM) == ITEM
    assert checked_reproduction(ITEM._replace(rows=iter(ITEM.rows), run="")).rows == ITEM.rows
    assert checked_reproduction(ITEM._replace(notes="n" * 10_000)).notes == "n" * 10_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a b"}, "the name 'a b' is not made of"),
        ({"name": "n" * 101}, "the name of a reproduction has 101 characters"),
        ({"title": 3}, "the title of 'name' is 3, which is no string"),
        ({"source": "a\x1b"}, "the source of 'name' has characters that cannot be printed"),
        ({"notes": "n" * 10_001}, "has 10,001 characters; at most 10,000"),
        ({"run": "function"}, "`run` of 'name', 'function', is not of the form"),
        ({"rows": "rows"}, "the rows of 'name' are 'rows'; wanted a tuple of Published"),
        ({"rows": 5}, "the rows of 'name' are 5"),
        ({"rows": (ROW,) * (MOST + 1)}, "'name' has more than 10,000 rows"),
        ({"rows": (ROW, "row")}, "a row of 'name' is 'row'; wanted Published"),
    ],
)
def test_a_reproduction_that_is_none_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        checked_reproduction(ITEM._replace(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"benchmark": None}, "the benchmark of a row of 'name' is None"),
        ({"strategy": "a\nb"}, "the strategy of a row of 'name' has several lines"),
        ({"label": "l" * 1001}, "has 1,001 characters"),
        ({"instead": 1}, "the instead of a row"),
        ({"trials": 0}, "the trials of a row of 'name' are a whole number from 1, not 0"),
        ({"trials": True}, "the trials of a row of 'name' are a whole number from 1, not True"),
        ({"trials": 2.0}, "not 2.0"),
        ({"trials": -1, "strategy": ""}, "not -1"),
        ({"runs": -1}, "the runs of a row of 'name' are a whole number from 0, not -1"),
        ({"runs": True}, "not True"),
        ({"runs": 1.0}, "not 1.0"),
        ({"value": float("inf")}, "the value of a row of 'name' is a finite number, not inf"),
        ({"value": True}, "not True"),
        ({"value": "1"}, "not '1'"),
        ({"error": float("nan")}, "the error of a row of 'name' is a finite number, not nan"),
    ],
)
def test_a_published_number_that_is_none_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        hook_results._row(ROW._replace(**changes), "name")
