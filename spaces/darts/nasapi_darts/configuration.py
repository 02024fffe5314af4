"""Architectures as NAS-Bench-301 configurations: dictionaries with the names of its configuration space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nasapi.errors import InvalidArchitecture, near
from nasapi_darts.cells import CELLS, OPERATIONS, pairs
from nasapi_darts.genotype import Cells

PREFIX = "NetworkSelectorDatasetInfo:darts:"
"""What the names of architecture parameters begin with, in the benchmark's configuration space."""


def edge_name(cell: str, node: int, source: int) -> str:
    """The parameter that holds the operation from `source` to intermediate node 0, 1, …: edges are counted by node."""
    return numbered_edge(cell, node * (node + 3) // 2 + source)


def numbered_edge(cell: str, number: int) -> str:
    """The parameter that holds the operation of an edge by its number in the cell, from 0."""
    return f"{PREFIX}edge_{cell}_{number}"


def inputs_name(cell: str, node: int) -> str:
    """The parameter that holds the inputs of intermediate node 1, 2, …, which the literature counts from 3 on."""
    return f"{PREFIX}inputs_node_{cell}_{node + 2}"


def as_configuration(cells: Cells) -> dict[str, str]:
    """The architecture parameters that are active: an operation for each edge, the inputs of each node but the first.

    Names are those of Siems et al., NAS-Bench-301 (arXiv:2008.09777), such as `…:edge_normal_0` and
    `…:inputs_node_reduce_5`; inputs are spelled `0_3`.
    """
    found: dict[str, str] = {}
    for cell, nodes in zip(CELLS, cells, strict=True):
        for node, edges in enumerate(nodes):
            found |= {edge_name(cell, node, source): operation for operation, source in edges}
            if node:
                found[inputs_name(cell, node)] = "_".join(str(source) for _, source in edges)
    return found


def from_configuration(configuration: Mapping[str, Any], nodes: int) -> Cells:
    """The cells of a configuration; undoes `as_configuration`.

    Parameters that are not of the architecture (learning rates and so on) are passed over. Raises InvalidArchitecture
    that names the parameter that is missing, superfluous or has a wrong value.
    """
    given = {name: value for name, value in configuration.items() if str(name).startswith(PREFIX + "edge_")}
    given |= {name: value for name, value in configuration.items() if str(name).startswith(PREFIX + "inputs_node_")}
    cells = [[_node(given, cell, node) for node in range(nodes)] for cell in CELLS]
    if superfluous := sorted(given.keys() - as_configuration(cells).keys()):
        raise InvalidArchitecture(
            f"The configuration sets {superfluous[0]!r} to {given[superfluous[0]]!r}, which its inputs do not use; "
            "leave out what is not active."
        )
    return cells


def _node(given: Mapping[str, Any], cell: str, node: int) -> list[tuple[str, int]]:
    """The two edges of a node."""
    known = {f"{low}_{high}": (low, high) for low, high in pairs(node)}
    chosen = _value(given, inputs_name(cell, node), tuple(known)) if node else "0_1"
    return [(_value(given, edge_name(cell, node, source), OPERATIONS), source) for source in known[chosen]]


def _value(given: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    if name not in given:
        raise InvalidArchitecture(f"The configuration has no {name!r}; it takes one of {', '.join(known)}.")
    value = given[name]
    if value not in known:
        raise InvalidArchitecture(f"The configuration sets {name!r} to {value!r}. {near(str(value), known)}")
    return str(value)
