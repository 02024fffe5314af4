"""How cells of NAS-Bench-101 are written: the official strings and hashes, matrices in JSON, NASLib's tuple."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture, near
from nasapi.notation import LISTED, Notation, literal
from nasapi.space import Code
from nasapi.words import quoted
from nasapi_nb101.cells import join, split

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
"""The operations in the order of the official configuration, which is that of the genes' values."""
_NASLIB = ("input", "output", "maxpool3x3", "conv1x1-bn-relu", "conv3x3-bn-relu")
_KEYS = (("module_adjacency", "module_operations"), ("matrix", "ops"), ("adjacency", "operations"))
_MODEL_SPEC = re.compile(r"(?:\w+\.)*ModelSpec(\(.*\))", re.DOTALL)
_KEYWORD = re.compile(r"\b(?:matrix|ops)\s*=\s*")
_HASH = "[0-9a-fA-F]{32}"
_EXAMPLE = "'010001000:input,conv3x3-bn-relu,output'"


def format_cell(adjacency: NDArray[np.bool_], operations: NDArray[np.integer[Any]]) -> str:
    """A cell such as `010001000:input,conv3x3-bn-relu,output`: the rows of its matrix, its operations."""
    digits = "".join("1" if edge else "0" for edge in adjacency.ravel().tolist())
    return f"{digits}:{','.join(_words(operations))}"


def parse_cell(text: str, vertices: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Matrix (vertices, vertices) and operations (vertices - 2,) of a cell; undoes `format_cell`.

    A smaller matrix is filled up with dead vertices before its output. Raises InvalidArchitecture with the position.
    """
    digits, colon, names = text.partition(":")
    if not colon:
        raise InvalidArchitecture(f"{quoted(text)} has no colon between matrix and operations, as in {_EXAMPLE}.")
    for position, digit in enumerate(digits):
        if digit not in "01":
            raise InvalidArchitecture(
                f"{quoted(text)} has {digit!r} at position {position}, where a matrix has 0 or 1."
            )
    count = math.isqrt(len(digits))
    if count * count != len(digits) or not 2 <= count <= vertices:
        raise InvalidArchitecture(
            f"{quoted(text)} has {len(digits)} digits before its colon; a matrix of 2 to {vertices} vertices has as "
            "many as the square of their number."
        )
    matrix = np.array([digit == "1" for digit in digits]).reshape(count, count)
    return _cell(text, matrix, names.split(","), vertices, len(digits) + 1)


def json_notation(vertices: int) -> Notation:
    """Matrix and operations as JSON or as Python prints them."""

    def of(text: str) -> Code:
        called = _MODEL_SPEC.fullmatch(text)
        given = literal(text if called is None else _KEYWORD.sub("", called[1]))
        wrong = f"{quoted(text)} is no matrix of 0 and 1 with the operations of its vertices"
        if isinstance(given, dict):
            given = next(([given[one], given[other]] for one, other in _KEYS if given.keys() >= {one, other}), None)
            if given is None:
                raise InvalidArchitecture(f"{wrong}: wanted the keys {' or '.join(map(' and '.join, _KEYS))}.")
        if not isinstance(given, (list, tuple)) or len(given) != 2:
            raise InvalidArchitecture(f"{wrong}.")
        rows, words = given
        square = isinstance(rows, (list, tuple)) and all(
            isinstance(row, (list, tuple)) and len(row) == len(rows) and all(one in (0, 1) for one in row)
            for row in rows
        )
        if not square or not 2 <= len(rows) <= vertices or not isinstance(words, (list, tuple)):
            raise InvalidArchitecture(f"{wrong}: wanted 2 to {vertices} rows of as many numbers.")
        return _code(text, np.array(rows, np.bool_), [str(word) for word in words], vertices)

    def write(code: Code) -> str:
        adjacency, operations = split(code[None], vertices)
        values = (adjacency[0].astype(int).tolist(), _words(operations[0]))
        return json.dumps(dict(zip(_KEYS[0], values, strict=True)))

    title = "module_adjacency and module_operations, as the official interface gives them, in JSON"
    return Notation(title, of, write, r"(?:[\w.]*ModelSpec)?[\[({].*[\])}]")


def naslib_notation(vertices: int) -> Notation:
    """The tuple of NASLib: the matrix row by row, then the operations of all vertices as numbers."""

    def of(text: str) -> Code:
        given = literal(text)
        wrong = f"{quoted(text)} is no tuple of NASLib for NAS-Bench-101"
        if not isinstance(given, (list, tuple)) or not all(type(one) is int for one in given):
            raise InvalidArchitecture(f"{wrong}: wanted whole numbers with commas between brackets, as in [0, 1].")
        count = (math.isqrt(1 + 4 * len(given)) - 1) // 2
        if count * (count + 1) != len(given) or not 2 <= count <= vertices:
            raise InvalidArchitecture(f"{wrong}: {len(given)} numbers are no matrix with a number for each vertex.")
        if not set(given[:-count]) <= {0, 1} or not set(given[-count:]) <= set(range(len(_NASLIB))):
            raise InvalidArchitecture(f"{wrong}: a matrix has 0 and 1, operations are 0 to {len(_NASLIB) - 1}.")
        matrix = np.array(given[:-count], np.bool_).reshape(count, count)
        return _code(text, matrix, [_NASLIB[number] for number in given[-count:]], vertices)

    def write(code: Code) -> str:
        adjacency, operations = split(code[None], vertices)
        numbers = [_NASLIB.index(word) for word in _words(operations[0])]
        return str((*adjacency[0].astype(int).ravel().tolist(), *numbers))

    names = ", ".join(f"{number} {name}" for number, name in enumerate(_NASLIB))
    return Notation(f"NASLib's tuple: the matrix row by row, then each vertex as {names}", of, write, LISTED)


def hash_notation(found: Callable[[str], Code], hashed: Callable[[Code], str]) -> Notation:
    """The hash by which the official files name a network."""

    def of(text: str) -> Code:
        if not re.fullmatch(_HASH, text):
            raise InvalidArchitecture(f"{quoted(text)} is no hash of NAS-Bench-101: wanted 32 hexadecimal digits.")
        return found(text.lower())

    return Notation("the hash by which the official files name a network, 32 hexadecimal digits", of, hashed, _HASH)


def outside(text: str, vertices: int, edges: int) -> InvalidArchitecture:
    """The error for a readable cell that the space does not hold."""
    return InvalidArchitecture(
        f"{quoted(text)} is no cell of nb101: its output must be reached from its input by at most {edges} "
        f"edges and {vertices} vertices."
    )


def _code(text: str, matrix: NDArray[np.bool_], words: list[str], vertices: int) -> Code:
    adjacency, operations = _cell(text, matrix, words, vertices)
    return np.asarray(join(adjacency[None], operations[None])[0])


def _cell(
    text: str, matrix: NDArray[np.bool_], words: list[str], vertices: int, start: int | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Matrix and operations with dead vertices before the output; words stand at `start`, where positions are known."""
    count = len(matrix)
    if (wrong := np.flatnonzero(np.tril(matrix).ravel())).size:
        place = int(wrong[0])
        at = "" if start is None else f" at position {place}"
        raise InvalidArchitecture(
            f"{quoted(text)} has an edge from vertex {place // count} to vertex {place % count}{at}; edges lead from "
            "lower to higher vertices."
        )
    if len(words) != count:
        raise InvalidArchitecture(f"{quoted(text)} names {len(words)} operations for {count} vertices.")
    genes = _operations(text, words, start)
    places = np.array([*range(count - 1), vertices - 1])
    adjacency = np.zeros((vertices, vertices), np.bool_)
    adjacency[np.ix_(places, places)] = matrix
    operations = np.zeros(vertices - 2, np.int64)
    operations[: len(genes)] = genes
    return adjacency, operations


def _operations(text: str, words: list[str], position: int | None) -> list[int]:
    """The genes of the words between `input` and `output`."""
    genes = []
    for place, word in enumerate(words):
        wanted = {0: ("input",), len(words) - 1: ("output",)}.get(place, OPERATIONS)
        at = "" if position is None else f" at position {position + sum(map(len, words[:place])) + place}"
        if word not in wanted:
            raise InvalidArchitecture(f"{quoted(text)} has {quoted(word)}{at} as vertex {place}. {near(word, wanted)}")
        if place not in (0, len(words) - 1):
            genes.append(OPERATIONS.index(word))
    return genes


def _words(operations: NDArray[np.integer[Any]]) -> list[str]:
    """The names of all vertices' operations, ends included."""
    return ["input", *(OPERATIONS[op] for op in operations.tolist()), "output"]
