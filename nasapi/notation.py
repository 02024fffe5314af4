"""The notation: one of the ways in which the literature writes an architecture of a space."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture, NotAvailable, near

Code = NDArray[np.integer[Any]]


@frozen
class Notation:
    """How architectures are written: by whom, and how text becomes a code and back."""

    title: str
    """What it is and who writes it, "the tuple of NASLib: operations of edges 0>1, 0>2, …"."""
    read: Callable[[str], Code]
    """The code that a text names; raises InvalidArchitecture, or NotAvailable where it takes data that are not here."""
    write: Callable[[Code], str] | None = None
    """The text of a code, which `read` undoes; None where a code cannot be written so, as where only a table knows."""


def read(text: str, notation: str | None, notations: Mapping[str, Notation], space: str) -> Code:
    """The code that `text` names in a notation; without one, in the first, the official, or the only other that fits.

    Raises InvalidArchitecture where nothing fits, with the official notation's reason, and where several fit with
    different codes: nothing is guessed.
    """
    text = text.strip()
    if notation is not None:
        return _named(notation, notations, space).read(text)
    official, *others = notations.values()
    try:
        return official.read(text)
    except InvalidArchitecture as error:
        found = _readings(text, dict(list(notations.items())[1:])) if others else {}
        if not found:
            raise
        first = next(iter(found.values()))
        if any(not np.array_equal(first, other) for other in found.values()):
            names = " and as ".join(map(repr, found))
            raise InvalidArchitecture(
                f"{text!r:.200} can be read as {names}, different architectures of {space}; name the notation."
            ) from error
        return first


def write(code: Code, notation: str, notations: Mapping[str, Notation], space: str) -> str:
    """The text of a code in a notation; raises NotAvailable where that one cannot be written."""
    chosen = _named(notation, notations, space)
    if chosen.write is None:
        raise NotAvailable(f"An architecture of {space} can be read, but not written, as {notation!r}.")
    return chosen.write(code)


def genes(cardinalities: tuple[int, ...], space: str) -> Notation:
    """The code itself as a JSON list of whole numbers."""

    def of(text: str) -> Code:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, list) or not all(type(value) is int for value in values):
            raise InvalidArchitecture(f"{text!r:.200} is no JSON list of whole numbers, one a gene.")
        if len(values) != len(cardinalities):
            raise InvalidArchitecture(
                f"{text!r:.200} has {len(values)} numbers; {space} has {len(cardinalities)} genes."
            )
        for gene, (value, values_there) in enumerate(zip(values, cardinalities, strict=True)):
            if not 0 <= value < values_there:
                raise InvalidArchitecture(
                    f"{text!r:.200} has {value} as gene {gene}, which takes 0 to {values_there - 1}."
                )
        return np.array(values, np.int64)

    def text_of(code: Code) -> str:
        return json.dumps([int(gene) for gene in code])

    return Notation("the code: a JSON list of its genes", of, text_of)


def _named(notation: str, notations: Mapping[str, Notation], space: str) -> Notation:
    if notation not in notations:
        raise InvalidArchitecture(f"{space} has no notation {notation!r}. {near(notation, notations)}")
    return notations[notation]


def _readings(text: str, notations: Mapping[str, Notation]) -> dict[str, Code]:
    """What each notation that can reads in the text, by name."""
    found = {}
    for name, notation in notations.items():
        try:
            found[name] = notation.read(text)
        except (InvalidArchitecture, NotAvailable):
            continue
    return found
