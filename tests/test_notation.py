"""Notations: any that can read a text alone does, two that differ are refused, and numbers are official."""

from __future__ import annotations

from collections import namedtuple
from types import MappingProxyType

import numpy as np
import pytest

from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.notation import Notation, literal, whole_numbers
from nasapi.testing.toy import Toy
from nasapi.words import quoted


class Numbered(Toy):
    """The toy with official numbers, a reversed code, and a hash that can only be written."""

    numbered = 22

    @property
    def notations(self):
        reverse = Notation(
            "the code backwards",
            lambda text: np.array(whole_numbers(text, "no code backwards", 3))[::-1],
            lambda code: str(code[::-1].tolist()),
            r"\[.*\]",
        )
        digest = Notation("a digest", self._digest, form="[0-9a-f]{4}z")
        return super().notations | {"reverse": reverse, "digest": digest}

    def _digest(self, text):
        raise NotAvailable("a digest takes a table that is not here")

    def index(self, codes):
        listed = np.concatenate(list(self.enumerate()))
        return np.array([int((listed == code).all(axis=1).argmax()) for code in codes])

    def codes_at(self, indices):
        return np.concatenate(list(self.enumerate()))[indices]


SPACE = Numbered()
ALL = np.concatenate(list(SPACE.enumerate()))


@pytest.mark.parametrize("name", ["string", "index", "code", "reverse"])
def test_what_a_notation_writes_it_reads(name):
    for code in ALL:
        np.testing.assert_array_equal(SPACE.read(SPACE.write(code, name), name), code)


def test_a_text_that_one_notation_alone_can_read_needs_no_name():
    np.testing.assert_array_equal(SPACE.read(" conv|skip|none\n"), [2, 1, 0])
    np.testing.assert_array_equal(SPACE.read("7"), ALL[7])
    np.testing.assert_array_equal(SPACE.read("[2, 1, 2]"), [2, 1, 2])


def test_what_two_notations_read_differently_is_refused():
    with pytest.raises(InvalidArchitecture, match="can be read as 'code' and as 'reverse', which are different"):
        SPACE.read("[2, 1, 0]")
    np.testing.assert_array_equal(SPACE.read("[2, 1, 0]", "code"), [2, 1, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv|skip", "has 2 operations"),
        ("22", "no architecture 22; its official numbers are 0 to 21"),
        ("-1", "is no official number, from 0 to 21"),
        ("9" * 30, "is no official number"),
        ("[1, 2]", "cannot be read: as code, .* it has 2 numbers, not 3; as reverse, .* no code backwards"),
    ],
)
def test_the_reason_is_that_of_the_notation_whose_form_the_text_has(text, message):
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.read(text)


def test_a_code_outside_the_space_is_refused_in_every_notation():
    with pytest.raises(InvalidArchitecture, match=r"\[0, 0, 0\] breaks its rules"):
        SPACE.read("[0, 0, 0]", "code")
    with pytest.raises(InvalidArchitecture, match="has 3 as gene 1 of toy, which takes 0 to 2"):
        SPACE.read("[0, 3, 0]", "code")


@pytest.mark.parametrize("text", ["[1.0, 2, 0]", "[true, 1, 2]", "{0: 1}", '["1", "2", "0"]', "7", "nothing"])
def test_a_code_is_a_list_of_whole_numbers(text):
    with pytest.raises(
        InvalidArchitecture, match="is no list of the 3 genes of toy: wanted whole numbers with commas between brack"
    ):
        SPACE.read(text, "code")


def test_an_unknown_notation_and_one_that_is_read_or_written_alone_are_named():
    every = ", ".join(SPACE.notations)
    with pytest.raises(InvalidOption, match=rf"toy has no notation 'cod'\. Did you mean 'code'\? It has {every}\.$"):
        SPACE.read("[0, 1, 0]", "cod")
    with pytest.raises(InvalidOption, match=r"toy has no notation 'x'\. Known: [^.]*\.$"):
        SPACE.read("[0, 1, 0]", "x")
    with pytest.raises(NotAvailable, match="can be read, but not written, as 'digest'"):
        SPACE.write(ALL[0], "digest")
    with pytest.raises(NotAvailable, match="a digest takes a table"):
        SPACE.read("00ffz")


def test_a_space_without_official_numbers_names_its_notations():
    with pytest.raises(NotAvailable, match="toy have no official numbers; its notations are string, code"):
        Toy().index(ALL)
    with pytest.raises(NotAvailable, match="toy have no official numbers"):
        Toy().codes_at(np.array([3]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1, 2)", (1, 2)),
        ('[["a", 0], null]', [["a", 0], None]),
        ("[('a', np.int64(3)), numpy.int32(-1)]", [("a", 3), -1]),
        ("{'a': array([[0, 1],\n  [0, 0]], dtype=int8), 'b': np.array([1])}", {"a": [[0, 1], [0, 0]], "b": [1]}),
        ("__import__('os')", None),
        (r"('\d', 1)", ("\\d", 1)),
        ("[" * 5000, None),
        ("[1" + ", 1" * 100_000 + "]", None),
        ("[" + " " * 99_998 + "]", []),
        ("[" + " " * 99_999 + "]", None),
    ],
)
def test_a_literal_is_data_and_never_run(text, value):
    assert literal(text) == value


def test_a_long_text_is_not_repeated_before_the_reason():
    assert quoted("a" * 61) == f"'{'a' * 60}'…"
    assert quoted("a" * 60) == f"'{'a' * 60}'"
    assert quoted(("a", 1)) == "('a', 1)"


def test_numbers_lists_and_tuples_are_read_as_python_prints_them():
    space, code = Toy(), np.array([1, 0, 2])
    for given in ([1, 0, 2], (1, 0, 2), code, tuple(code), "[1, 0, 2]"):
        np.testing.assert_array_equal(space.read(given, "code"), code)
    named = namedtuple("named", "x")
    for given, text in (
        *((3, "3"), (np.int64(3), "3"), ({"a": [1]}, "{'a': [1]}"), (MappingProxyType({"a": 1}), "{'a': 1}")),
        *((" x ", "x"), (named(1), named(1))),
    ):
        assert space._text_of(given) == text
    for given in (True, None, 1.5):
        with pytest.raises(InvalidArchitecture, match=rf"toy parses text, not {given}; `read` takes numbers"):
            space.read(given, "code")
    for given in (None, True, 3.5, b"[1, 0, 2]"):
        with pytest.raises(
            InvalidArchitecture, match=r"toy parses text, not .*; `read` takes numbers, lists and tuples"
        ):
            space.read(given, "code")
