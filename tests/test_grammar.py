"""Grammars of files of others: the last value of each field that is taken, and the first that is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nasapi.errors import CorruptData, InvalidOption
from nasapi.safety import grammar
from nasapi.safety.grammar import Record, Shape
from nasapi.safety.whole_numbers import whole

WORDS = grammar.text(5)
NAMES = grammar.mapped(grammar.whole(), most=2)


def deep(levels: int) -> Any:
    value: Any = 0
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize(
    ("shape", "taken", "refused", "wanted"),
    [
        (
            WORDS,
            ["", "12345", "a\n\tb", "é\xa0"],
            ["123456", "a\x1f", "a\x7f", "a\x9f", 1, None],
            "at most 5 characters",
        ),
        (grammar.text(), ["x" * 10_000], ["x" * 10_001], "printable text of at most 10,000 characters"),
        (grammar.SHA256, ["0a9f" * 16], ["0a9f" * 16 + "0", "0a9f" * 15 + "0a9", "0A9F" * 16], "wanted a SHA-256"),
        (grammar.text(9, "a+", "letters a"), ["a", "aaa"], ["", "ab", "ba", "a\n"], "wanted letters a"),
        (
            grammar.plain_name,
            ["a", "a.b+c@d=e-f_1", "x" * 200],
            ["", ".a", "-a", "a/b", "a b", "x" * 201],
            "a plain name",
        ),
        (
            grammar.relative_path,
            ["a", "a/b/c", "/".join("abcdefghij"), "/".join(["x" * 200] * 4 + ["x" * 196])],
            ["/a", "a//b", "a/..", "a/", "/".join("a" * 11), "/".join(["x" * 200] * 4 + ["x" * 197])],
            "relative path",
        ),
        (grammar.whole(2, 5), [2, 5], [1, 6, 2.0, True, "3", None], "a whole number from 2 to 5"),
        (grammar.whole(), [0, (1 << 63) - 1], [-1, 1 << 63], "a whole number from 0 to 9,223,372,036,854,775,807"),
        (grammar.number(), [0, 1.5, -1e300], [math.inf, -math.inf, math.nan, "inf", True, "1"], "a finite number"),
        (grammar.number(infinite=True), [1.5, 3], [math.nan, True, "nan", "1", None], "wanted a number"),
        (grammar.number(), [1e300, 10**300], [1e301, -1e308, 10**400], "wanted a number of at most 1e300 in size"),
        (grammar.flag, [True, False], [0, 1, None, "true"], "true or false"),
        (grammar.choice(1, "a"), [1, "a"], [True, 1.0, "b", None], "one of 1, 'a'"),
        (grammar.maybe(grammar.flag), [None, True], [0, "x"], "true or false"),
        (NAMES, [{}, {"a": 1, "b": 0}], [{"a": 1, "b": 2, "c": 3}, {"a": -1}, {1: 2}, [], {"\x00": 1}], "wanted"),
    ],
)
def test_a_field_is_of_its_type_and_within_its_bounds(
    shape: Shape, taken: list[Any], refused: list[Any], wanted: str
) -> None:
    for value in taken:
        found = shape(value, "field")
        assert found == value and type(found) is type(value)
    for value in refused:
        with pytest.raises(CorruptData, match=rf"field.*{wanted}"):
            shape(value, "field")


def test_infinities_are_words_where_they_may_be() -> None:
    read = grammar.number(infinite=True)
    assert [read(word, "f") for word in ("inf", "-inf", math.inf)] == [math.inf, -math.inf, math.inf]


def test_lists_are_of_so_many_items_each_of_the_shape_and_distinct_by_their_key() -> None:
    read = grammar.listed(grammar.whole(), 1, 3, key=lambda item: item % 10)
    assert read([1, 2, 3], "f") == (1, 2, 3) == read((1, 2, 3), "f")
    for wrong in ([], [1, 2, 3, 4], "123", {1: 2}):
        with pytest.raises(CorruptData, match=r"f is .*; wanted a list of 1 to 3 items"):
            read(wrong, "f")
    with pytest.raises(CorruptData, match=r"f\[1\] is -2; wanted a whole number"):
        read([1, -2], "f")
    with pytest.raises(CorruptData, match="f has 2 twice"):
        read([2, 12], "f")


def test_lists_and_objects_have_ten_thousand_entries_at_most() -> None:
    names = [str(number) for number in range(10_001)]
    for shape, many in ((grammar.listed(grammar.text()), list), (grammar.mapped(grammar.anything), dict.fromkeys)):
        assert len(shape(many(names[1:]), "f")) == 10_000
        with pytest.raises(CorruptData, match=r"f is .*; wanted .* 10,000 (items|entries)"):
            shape(many(names), "f")


def test_a_record_has_its_fields_and_no_others_unless_it_says_what_they_are() -> None:
    fields = {"a": grammar.whole(), "b": grammar.flag}
    read = Record(fields, optional={"c": grammar.text(3)})
    assert read({"b": True, "a": 1}, "f") == {"a": 1, "b": True}
    assert read({"a": 1, "b": True, "c": "x"}, "f")["c"] == "x"
    for wrong, message in (
        ({"a": 1}, "f has no 'b'"),
        ({"a": 1, "b": True, "c": "long"}, r"f\.c is 'long'"),
        ({"a": 1, "b": 1}, r"f\.b is 1; wanted true or false"),
        ({"a": 1, "b": True, "d": 1}, "f has an unknown field 'd'; wanted a, b, c"),
        ([1, 2], r"f is \[1, 2\]; wanted an object with a, b"),
    ):
        with pytest.raises(CorruptData, match=message):
            read(wrong, "f")
    rest = Record(fields, rest=grammar.whole())
    assert rest({"a": 1, "b": True, "d": 7}, "f")["d"] == 7
    with pytest.raises(CorruptData, match=r"f\.d is 'x'"):
        rest({"a": 1, "b": True, "d": "x"}, "f")


def test_what_is_only_shown_may_be_anything_of_forty_levels() -> None:
    for levels in (0, 1, 39):
        assert grammar.anything(deep(levels), "f") == deep(levels)
    with pytest.raises(CorruptData, match="f is nested deeper than 40 levels"):
        grammar.anything(deep(40), "f")


def test_what_an_error_text_is_cut_and_nothing_else_is_one() -> None:
    assert grammar.message("it broke\x1b", "f") == "it broke\x1b"
    assert len(grammar.message("x" * 100_000, "f")) < 100_000
    with pytest.raises(CorruptData, match="wanted the text of an error"):
        grammar.message(3, "f")


@pytest.mark.parametrize(
    "content",
    ['{"a": NaN}', "[Infinity]", "[-Infinity]", "{", b"\xff", "[" * 100_000, '[{"a": 1, "b": 2, "a": 1}]'],
)
def test_what_is_no_json_is_refused(content: str | bytes) -> None:
    with pytest.raises(CorruptData, match="f is no JSON: "):
        grammar.read_json(content, "f")


def test_a_name_that_stands_twice_is_told() -> None:
    with pytest.raises(CorruptData, match="an object has the name 'b' twice"):
        grammar.read_json('{"a": 1, "b": 2, "c": 3, "b": 4}', "f")


def test_logs_may_hold_what_json_has_no_numbers_for() -> None:
    found = grammar.read_json('[NaN, Infinity, -Infinity, "NaN"]', "f", constants=True)
    assert math.isnan(found[0]) and found[1:] == [math.inf, -math.inf, "NaN"]


def test_a_file_has_no_more_bytes_than_its_reader_takes(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("[1, 2]")
    assert grammar.read_json_file(tmp_path / "f", grammar.anything, "It", most=6) == [1, 2]
    with pytest.raises(CorruptData, match="It has more than 5 bytes"):
        grammar.read_json_file(tmp_path / "f", grammar.anything, "It", most=5)
    with pytest.raises(FileNotFoundError):
        grammar.read_json_file(tmp_path / "g", grammar.anything, "It")


class Index:
    """Something that stands for a whole number, as numpy's do."""

    def __init__(self, value: int):
        self.value = value

    def __index__(self) -> int:
        return self.value


@pytest.mark.parametrize("made", [int, Index])
def test_whole_numbers_are_pythons_and_what_stands_for_them(made: Callable[[int], Any]) -> None:
    for value in (3, 4):
        found = whole(made(value), 3, wanted="A number")
        assert found == value and type(found) is int
    for least, wrong in ((3, made(2)), (0, True), (0, False), (0, 3.0), (0, "3"), (0, None), (0, made(-1))):
        with pytest.raises(InvalidOption, match="A number, not "):
            whole(wrong, least, wanted="A number")
