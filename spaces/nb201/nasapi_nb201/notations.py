"""How cells of NAS-Bench-201 are written: the papers' string, and what logs and other libraries print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import numpy as np

from nasapi.errors import InvalidArchitecture, near
from nasapi.notation import LISTED, Notation, literal, whole_numbers
from nasapi.space import Code
from nasapi.words import quoted

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""What an edge can do; a gene is a position in this list."""
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""The edge of each gene, from cell node to cell node; node 0 is the cell's input and node 3 its output."""

_BEFORE = ("|", "|+|", "|", "|+|", "|", "|")  # what stands before each edge in a string
_EXAMPLE = "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|avg_pool_3x3~2|"
# how the authors' own class is printed, alone or at the end of a line of a log: `… genotype : Structure(…)`
_LOGGED = re.compile(r"(?:[^\n|]*[=:\s])?(?:Cell)?Structure\((\d+) nodes with (\|.*\|)\)")
_NASLIB_EDGES = sorted(EDGES)
_NASLIB_OPERATIONS = ("skip_connect", "none", "nor_conv_3x3", "nor_conv_1x1", "avg_pool_3x3")


def format_cell(code: Iterable[int]) -> str:
    """The string of the papers, such as `|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|none~2|`."""
    words = [f"{OPERATIONS[op]}~{tail}" for op, (tail, _) in zip(code, EDGES, strict=True)]
    return "|" + "|+|".join("|".join(words[a:b]) for a, b in ((0, 1), (1, 3), (3, 6))) + "|"


def parse_cell(text: str) -> Code:
    """The code of such a string, or of one within `Structure(4 nodes with …)`, as training logs print it.

    Raises InvalidArchitecture with the position at which it goes wrong.
    """
    logged = _LOGGED.fullmatch(text)
    if logged is not None:
        if logged[1] != "4":
            raise InvalidArchitecture(f"{quoted(text)} has {logged[1]} nodes; a cell of NAS-Bench-201 has 4.")
        text = logged[2]
    code, position = [], 0
    for before, (tail, _) in zip(_BEFORE, EDGES, strict=True):
        position = _after(text, position, before)
        word = re.compile(r"[^~|+]*").match(text, position)
        assert word is not None
        if word[0] not in OPERATIONS:
            raise InvalidArchitecture(
                f"{quoted(text)} names the operation {quoted(word[0])} at position {position}. "
                f"{near(word[0], OPERATIONS)}"
            )
        code.append(OPERATIONS.index(word[0]))
        position = _after(text, word.end(), f"~{tail}")
    position = _after(text, position, "|")
    if position < len(text):
        raise InvalidArchitecture(f"{quoted(text)} goes on after its end at position {position}; drop the rest.")
    return np.array(code)


def _naslib_read(text: str) -> Code:
    wrong = "no tuple of NASLib for NAS-Bench-201"
    values = whole_numbers(text, wrong, len(EDGES))
    for place, value in enumerate(values):
        if not 0 <= value < len(_NASLIB_OPERATIONS):
            raise InvalidArchitecture(f"{quoted(text)} is {wrong}: it has {value} as number {place}; wanted 0 to 4.")
    return _coded({edge: _NASLIB_OPERATIONS[value] for edge, value in zip(_NASLIB_EDGES, values, strict=True)})


def _naslib_write(code: Code) -> str:
    named = _named(code)
    return str(tuple(_NASLIB_OPERATIONS.index(named[edge]) for edge in _NASLIB_EDGES))


def _nodes_read(text: str) -> Code:
    wrong = f"{quoted(text)} is no list of NAS-Bench-201's three nodes, each a list of pairs of operation and input"
    nodes = literal(text)
    if not isinstance(nodes, (list, tuple)) or len(nodes) != 3:
        raise InvalidArchitecture(f"{wrong}.")
    found: dict[tuple[int, int], str] = {}
    for head, node in enumerate(nodes, 1):
        if not isinstance(node, (list, tuple)) or len(node) != head:
            raise InvalidArchitecture(f"{wrong}: node {head} has no {head} inputs.")
        for pair in node:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2 or pair[0] not in OPERATIONS:
                raise InvalidArchitecture(f"{wrong}: node {head} has {quoted(pair)}; operations are {OPERATIONS}.")
            if type(pair[1]) is not int or not 0 <= pair[1] < head or (pair[1], head) in found:
                raise InvalidArchitecture(f"{wrong}: node {head} has {quoted(pair)}; its inputs are 0 to {head - 1}.")
            found[pair[1], head] = pair[0]
    return _coded(found)


def _nodes_write(code: Code) -> str:
    named = _named(code)
    return json.dumps([[[named[tail, head], tail] for tail in range(head)] for head in (1, 2, 3)])


NOTATIONS = {
    "naslib": Notation(
        "NASLib's tuple: edges 0>1, 0>2, 0>3, 1>2, 1>3, 2>3 with 0 skip_connect, 1 none, 2 nor_conv_3x3, "
        "3 nor_conv_1x1, 4 avg_pool_3x3",
        _naslib_read,
        _naslib_write,
        LISTED,
    ),
    "json": Notation(
        "the nodes of the authors' code, as JSON or as Python prints them: for each a list of (operation, input)",
        _nodes_read,
        _nodes_write,
        LISTED,
    ),
}
"""Those beside the papers' string, the official number and the code."""


def _coded(operations: dict[tuple[int, int], str]) -> Code:
    return np.array([OPERATIONS.index(operations[edge]) for edge in EDGES])


def _named(code: Code) -> dict[tuple[int, int], str]:
    return {edge: OPERATIONS[int(op)] for edge, op in zip(EDGES, code, strict=True)}


def _after(text: str, position: int, wanted: str) -> int:
    """The position after `wanted`, which must stand at `position`."""
    if text.startswith(wanted, position):
        return position + len(wanted)
    found = text[position : position + len(wanted)]
    what = repr(found) if found else "nothing"
    raise InvalidArchitecture(
        f"{quoted(text)} has {what} at position {position}; wanted {wanted!r}. A cell looks like {_EXAMPLE!r}."
    )
