"""Cells as text: the two strings of the official files, adjacency matrix and operations, with a colon between."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture, near

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
"""The operations in the order of the official configuration, which is that of the genes' values."""
_EXAMPLE = "'010001000:input,conv3x3-bn-relu,output'"


def format_cell(adjacency: NDArray[np.bool_], operations: NDArray[np.integer[Any]]) -> str:
    """A cell such as `010001000:input,conv3x3-bn-relu,output`: the rows of its matrix, its operations."""
    digits = "".join("1" if edge else "0" for edge in adjacency.ravel().tolist())
    return f"{digits}:{','.join(['input', *(OPERATIONS[op] for op in operations.tolist()), 'output'])}"


def parse_cell(text: str, vertices: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Matrix (vertices, vertices) and operations (vertices - 2,) of a cell; undoes `format_cell`.

    A smaller matrix is filled up with dead vertices before its output. Raises InvalidArchitecture with the position.
    """
    digits, colon, names = text.partition(":")
    if not colon:
        raise InvalidArchitecture(f"{text!r} has no colon between matrix and operations, as in {_EXAMPLE}.")
    for position, digit in enumerate(digits):
        if digit not in "01":
            raise InvalidArchitecture(f"{text!r} has {digit!r} at position {position}, where a matrix has 0 or 1.")
    count = math.isqrt(len(digits))
    if count * count != len(digits) or not 2 <= count <= vertices:
        raise InvalidArchitecture(
            f"{text!r} has {len(digits)} digits before its colon; a matrix of 2 to {vertices} vertices has as many as "
            "the square of their number."
        )
    matrix = np.array([digit == "1" for digit in digits]).reshape(count, count)
    if (wrong := np.flatnonzero(np.tril(matrix).ravel())).size:
        position = int(wrong[0])
        raise InvalidArchitecture(
            f"{text!r} has an edge from vertex {position // count} to vertex {position % count} at position "
            f"{position}; edges lead from lower to higher vertices."
        )
    words = names.split(",")
    if len(words) != count:
        raise InvalidArchitecture(f"{text!r} names {len(words)} operations for {count} vertices.")
    genes = _operations(text, words, len(digits) + 1)
    places = np.array([*range(count - 1), vertices - 1])
    adjacency = np.zeros((vertices, vertices), np.bool_)
    adjacency[np.ix_(places, places)] = matrix
    operations = np.zeros(vertices - 2, np.int64)
    operations[: len(genes)] = genes
    return adjacency, operations


def outside(text: str, vertices: int, edges: int) -> InvalidArchitecture:
    """The error for a readable cell that the space does not hold."""
    return InvalidArchitecture(
        f"{text!r} is no cell of nb101: its output must be reached from its input by at most {edges} edges "
        f"and {vertices} vertices."
    )


def _operations(text: str, words: list[str], position: int) -> list[int]:
    """The genes of the words between `input` and `output`; the first word stands at `position`."""
    genes = []
    for place, word in enumerate(words):
        wanted = {0: ("input",), len(words) - 1: ("output",)}.get(place, OPERATIONS)
        if word not in wanted:
            raise InvalidArchitecture(
                f"{text!r} has {word!r} at position {position} as vertex {place}. {near(word, wanted)}"
            )
        if place not in (0, len(words) - 1):
            genes.append(OPERATIONS.index(word))
        position += len(word) + 1
    return genes
