"""The notation: one of the ways in which the literature writes an architecture of a space."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable, near
from nasapi.words import quoted

Code = NDArray[np.integer[Any]]


LISTED = r"[\[(].*[\])]"
"""The form of a list or tuple."""
_LONGEST = 100_000  # characters that an architecture may take
_ARRAY = re.compile(r"\b(?:(?:np|numpy)\.)?array\(")
_DTYPE = re.compile(r",\s*dtype=[\w.]+")
_NUMPY = re.compile(r"\b(?:np|numpy)\.u?int\d*\(\s*(-?\d+)\s*\)")


@frozen
class Notation:
    """How architectures are written: by whom, and how text becomes a code and back."""

    title: str
    """What it is and who writes it, "NASLib's tuple: the operations of edges 0>1, 0>2, …"."""
    read: Callable[[str], Code]
    """The code that a text names; raises InvalidArchitecture, or NotAvailable where it takes data that are not here."""
    write: Callable[[Code], str] | None = None
    """The text of a code, which `read` takes for the same network; None where a code cannot be written so."""
    form: str = ""
    """A regular expression that every text of the notation matches as a whole; empty where any text may be of it."""

    def fits(self, text: str) -> bool:
        """Whether a text has the notation's form, so that it may be of it."""
        return not self.form or re.fullmatch(self.form, text, re.DOTALL) is not None


def read(text: str, notation: str | None, notations: Mapping[str, Notation], space: str) -> Code:
    """The code that `text` names in a notation; without one, in the only notation of the space that can read it.

    Raises InvalidArchitecture where nothing can, with the reasons of the notations whose form the text has, or else of
    the first, the official one; and where several read different codes: nothing is guessed.
    """
    if notation is not None:
        return named(notation, notations, space).read(text)
    official, *others = notations
    found: dict[str, Code] = {}
    reasons: dict[str, InvalidArchitecture | NotAvailable] = {}
    for name in (official, *(other for other in others if notations[other].fits(text))):
        try:
            found[name] = notations[name].read(text)
        except (InvalidArchitecture, NotAvailable) as error:
            reasons[name] = error
    if not found:
        formed = [name for name in reasons if name != official and notations[name].form]
        if len(formed) < 2:
            raise reasons[formed[0] if formed else official]
        why = "; ".join(f"as {name}, {str(reasons[name]).removesuffix('.')}" for name in formed)
        raise InvalidArchitecture(f"{quoted(text)} cannot be read: {why}.")
    first = next(iter(found.values()))
    if any(not np.array_equal(first, other) for other in found.values()):
        names = " and as ".join(map(repr, found))
        raise InvalidArchitecture(
            f"{quoted(text)} can be read as {names}, which are different architectures of {space}; name the notation."
        )
    return first


def write(code: Code, notation: str, notations: Mapping[str, Notation], space: str) -> str:
    """The text of a code in a notation; raises NotAvailable where that one cannot be written."""
    chosen = named(notation, notations, space)
    if chosen.write is None:
        raise NotAvailable(f"An architecture of {space} can be read, but not written, as {notation!r}.")
    return chosen.write(code)


def named(notation: str, notations: Mapping[str, Notation], space: str) -> Notation:
    """The notation of that name; raises InvalidOption that offers the space's own where it has none such."""
    if notation not in notations:
        hint = near(notation, notations)
        every = f" It has {', '.join(notations)}." if hint.startswith("Did") else ""
        raise InvalidOption(f"{space} has no notation {notation!r}. {hint}{every}")
    return notations[notation]


def numbers(count: int, space: str, code_at: Callable[[int], Code], number_of: Callable[[Code], int]) -> Notation:
    """The official number of an architecture, from 0 to below `count`."""

    def of(text: str) -> Code:
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise InvalidArchitecture(f"{quoted(text)} is no official number, from 0 to {count - 1}, of {space}.")
        return code_at(int(text))

    return Notation(
        f"the official number, from 0 to {count - 1}", of, lambda code: str(int(number_of(code))), r"-?[0-9]+"
    )


def genes(cardinalities: tuple[int, ...], space: str) -> Notation:
    """The code itself, as nasapi's architectures carry it: a list or tuple of whole numbers."""

    def of(text: str) -> Code:
        values = whole_numbers(text, f"no list of the {len(cardinalities)} genes of {space}", len(cardinalities))
        for gene, (value, values_there) in enumerate(zip(values, cardinalities, strict=True)):
            if not 0 <= value < values_there:
                raise InvalidArchitecture(
                    f"{quoted(text)} has {value} as gene {gene} of {space}, which takes 0 to {values_there - 1}."
                )
        return np.array(values, np.int64)

    return Notation("the code: a list of its genes", of, lambda code: json.dumps(code.tolist()), LISTED)


def whole_numbers(text: str, wrong: str, count: int) -> list[int]:
    """The `count` whole numbers that a text lists; raises InvalidArchitecture, which says that it is `wrong`."""
    values = literal(text)
    if not isinstance(values, (list, tuple)) or not all(type(value) is int for value in values):
        raise InvalidArchitecture(
            f"{quoted(text)} is {wrong}: wanted whole numbers with commas between brackets, as in [0, 1]."
        )
    if len(values) != count:
        raise InvalidArchitecture(f"{quoted(text)} is {wrong}: it has {len(values)} numbers, not {count}.")
    return list(values)


def literal(text: str) -> object:
    """The lists, tuples, dictionaries, strings and numbers that a text spells in JSON or Python; None for any other.

    Numbers and arrays may be written as numpy prints them, `np.int64(3)`, `array([0, 1], dtype=int8)`. No code is run.
    """
    if len(text) > _LONGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a text's backslashes are no escapes for
            return ast.literal_eval(_ARRAY.sub("(", _DTYPE.sub("", _NUMPY.sub(r"\1", text))))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
