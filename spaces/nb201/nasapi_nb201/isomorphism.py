"""When two cells are the same: Dong & Yang's unique strings, and networks with dead parts dropped and skips merged.

Which of their codes is canonical, `space.py` says.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_nb201.notations import OPERATIONS

_INNER = 26  # terms that can reach node 2, and so two of them make a number below 26 * 26
_OUTPUT = 2048  # terms that can reach the output


def networks(codes: Codes) -> NDArray[np.int64]:
    """(n,): a number for the function that each cell computes, 0 for the constant zero.

    A node is a sum of terms without order: the cell's input, or an operation applied to a node's sum. `none`, and
    every operation on an empty sum, adds no term; a skip adds its source's own terms. A sum of terms is a number with
    the sorted terms as digits, a term is 1 for the input and 2 + 3 * (number of the sum) + operation for the others.
    """
    genes = np.asarray(codes, np.int64).T
    source = np.ones((1, len(codes)), np.int64)
    first = _terms(genes[0], source, _INNER)
    second = np.concatenate([_terms(genes[1], source, _INNER), _terms(genes[2], first, _INNER)])
    last = [_terms(gene, node, _INNER) for gene, node in zip(genes[3:], (source, first, second), strict=True)]
    return _sum(np.concatenate(last), _OUTPUT)


def strings(codes: Codes) -> list[str]:
    """The unique string of each cell as Dong & Yang define it (NAS-Bench-201, section 2.1, and their code).

    A node's string is the sorted strings of its incoming edges joined by a plus: a hash for `none` and for any
    operation on a node that is itself a lone hash, the source's string for a skip, else source and operation.
    """
    texts: dict[tuple[int, ...], str] = {(): "0"}  # a node is known by the genes before it
    found = []
    for row in codes.tolist():
        nodes = ["0"]
        for head in (1, 2, 3):
            start = head * (head - 1) // 2
            key = tuple(row[: start + head])
            if key not in texts:
                edges = zip(row[start : start + head], nodes, strict=True)
                texts[key] = "+".join(sorted(_edge(op, source) for op, source in edges))
            nodes.append(texts[key])
        found.append(nodes[-1])
    return found


def _edge(op: int, source: str) -> str:
    if op == 0 or source == "#":
        return "#"
    return source if op == 1 else f"({source})@{OPERATIONS[op]}"


def _terms(op: NDArray[np.int64], source: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """(m, n): the terms that an edge adds, 0 for none, given those of its source, (m, n)."""
    whole = _sum(source, base)
    result = np.where(op == 1, source, 0)
    applied = (op > 1) & (whole > 0)
    result[0, applied] = 3 * whole[applied] + op[applied]  # 2 + 3 * whole + (op - 2)
    return result


def _sum(terms: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """(n,): terms, (m, n), as one number that does not depend on their order."""
    total = np.zeros(terms.shape[1], np.int64)
    for row in np.sort(terms, axis=0):
        total = total * base + row
    return total
