"""How architectures of DARTS are written: genotypes, the tuples of other libraries, configurations of NAS-Bench-301."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.notation import LISTED, Notation, literal
from nasapi.space import Code
from nasapi.words import quoted
from nasapi_darts.cells import CELLS, OPERATIONS
from nasapi_darts.configuration import as_configuration, from_configuration
from nasapi_darts.genotype import Cells, parse_genotype

_OBJECT = r"\{.*\}"
_NASLIB = OPERATIONS
_BANANAS = ("none", *OPERATIONS)


def notations(
    nodes: int, code_of: Callable[[Cells], Code], cells_of: Callable[[Code], Cells]
) -> Mapping[str, Notation]:
    """Those beside the genotype and the code, of cells of `nodes` intermediate nodes."""

    def from_json(text: str) -> Code:
        if not text.startswith("{"):
            raise InvalidArchitecture(
                f"{quoted(text)} is no dictionary of a genotype's fields, which begins with a brace."
            )
        return code_of(parse_genotype(text, nodes))

    def to_json(code: Code) -> str:
        fields: dict[str, object] = {}
        for name, cell in zip(CELLS, cells_of(code), strict=True):
            fields |= {name: [edge for node in cell for edge in node], f"{name}_concat": list(range(2, 2 + nodes))}
        return json.dumps(fields)

    def from_parameters(text: str) -> Code:
        given = literal(text)
        if not isinstance(given, dict):
            raise InvalidArchitecture(f"{quoted(text)} is no configuration of NAS-Bench-301: wanted a dictionary.")
        return code_of(from_configuration(given, nodes))

    def compact(labels: tuple[str, ...], title: str) -> Notation:
        names = ", ".join(f"{number} {name}" for number, name in enumerate(labels))
        return Notation(
            f"{title}: for each cell the (input, operation) of its edges, operations {names}",
            lambda text: code_of(_cells(text, labels, nodes)),
            lambda code: str(_pairs(cells_of(code), labels)),
            LISTED,
        )

    return {
        "json": Notation(
            "the genotype's fields in JSON, or as Python prints a dictionary of them", from_json, to_json, _OBJECT
        ),
        "configuration": Notation(
            "a configuration of NAS-Bench-301, as JSON or as Python prints it, its active parameters at least",
            from_parameters,
            lambda code: json.dumps(as_configuration(cells_of(code))),
            _OBJECT,
        ),
        "naslib": compact(_NASLIB, "NASLib's tuple"),
        "bananas": compact(_BANANAS, "the tuple of BANANAS and of older versions of NASLib"),
    }


def _cells(text: str, labels: tuple[str, ...], nodes: int) -> Cells:
    """The cells of a tuple of pairs of input and operation."""
    given = literal(text)
    wrong = f"{quoted(text)} is no tuple of two cells, each of {2 * nodes} pairs of input and operation"
    if not _whole(given, (2, 2 * nodes, 2)):
        raise InvalidArchitecture(f"{wrong}: wanted whole numbers.")
    found: list[list[list[tuple[str, int]]]] = []
    for name, cell in zip(CELLS, np.array(given).reshape(2, nodes, 2, 2).tolist(), strict=True):
        for node, edges in enumerate(cell):
            sources, numbers = zip(*edges, strict=True)
            inputs = set(sources) <= set(range(node + 2)) and sources[0] != sources[1]
            known = all(0 <= number < len(labels) and labels[number] in OPERATIONS for number in numbers)
            if not inputs or not known:
                none = [str(number) for number, label in enumerate(labels) if label not in OPERATIONS]
                but = f" without {', '.join(none)}" if none else ""
                raise InvalidArchitecture(
                    f"{wrong}: node {node + 2} of the {name} cell has {edges}; wanted two different inputs from 0 to "
                    f"{node + 1} and operations from 0 to {len(labels) - 1}{but}."
                )
        pairs = [[(labels[number], source) for source, number in edges] for edges in cell]
        found.append([sorted(edges, key=lambda edge: edge[1]) for edges in pairs])
    return found


def _pairs(cells: Cells, labels: tuple[str, ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    return tuple(
        tuple((source, labels.index(operation)) for node in cell for operation, source in node) for cell in cells
    )


def _whole(given: Any, shape: tuple[int, ...]) -> bool:
    """Whether nested lists are whole numbers of that shape, of a size that an index has."""
    if not shape:
        return type(given) is int and abs(given) < 1000
    return isinstance(given, (list, tuple)) and len(given) == shape[0] and all(_whole(one, shape[1:]) for one in given)
