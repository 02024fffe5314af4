"""Architectures as the text of a DARTS `Genotype(...)`, read without running it."""

from __future__ import annotations

import ast
from typing import NoReturn

from nasapi.errors import InvalidArchitecture, near
from nasapi_darts.cells import CELLS, OPERATIONS

Cells = list[list[list[tuple[str, int]]]]
"""For each cell and each intermediate node its two edges: operation and input."""

_EXAMPLE = "Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), …], normal_concat=range(2, 6), reduce=[…], …)"
_LONGEST = 10_000  # characters, so that no text exhausts the parser


def format_genotype(cells: Cells) -> str:
    """`Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))`."""
    parts = []
    for name, nodes in zip(CELLS, cells, strict=True):
        edges = [edge for node in nodes for edge in node]
        parts += [f"{name}={edges!r}", f"{name}_concat=range(2, {2 + len(nodes)})"]
    return f"Genotype({', '.join(parts)})"


def parse_genotype(text: str, nodes: int) -> Cells:
    """The cells of a genotype with `nodes` intermediate nodes; undoes `format_genotype`.

    The text is parsed as an expression and never run. Concatenations may be a list, a tuple or a range, must name all
    intermediate nodes, and may be left out. Raises InvalidArchitecture with position, cell and node.
    """
    return _Reader(text, nodes).cells()


class _Reader:
    """Reads one text, and knows it for messages."""

    def __init__(self, text: str, nodes: int):
        self._text = text
        self._shown = repr(text if len(text) <= 200 else text[:199] + "…")
        self._nodes = nodes

    def cells(self) -> Cells:
        given = self._keywords()
        for name in CELLS:
            self._concatenation(name, given.get(f"{name}_concat"))
        return [self._cell(name, given[name]) for name in CELLS]

    def _keywords(self) -> dict[str, ast.expr]:
        """The arguments of `Genotype(...)` by name; positional ones stand in the order of its fields."""
        fields = [f"{name}{part}" for name in CELLS for part in ("", "_concat")]
        if len(self._text) > _LONGEST:
            self._refuse(f"has {len(self._text):,} characters; a genotype has at most {_LONGEST:,}")
        try:
            call = ast.parse(self._text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            at = f" at position {self._position(error)}" if isinstance(error, SyntaxError) else ""
            what = error.msg if isinstance(error, SyntaxError) else str(error)
            self._refuse(f"is no genotype{at}: {what}. A genotype looks like {_EXAMPLE}")
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Genotype"):
            self._refuse(f"is no call of Genotype. A genotype looks like {_EXAMPLE}")
        if len(call.args) > len(fields):
            self._refuse(f"has {len(call.args)} arguments; a genotype has {', '.join(fields)}")
        given = dict(zip(fields, call.args, strict=False))
        for keyword in call.keywords:
            if keyword.arg not in fields:
                self._refuse(
                    f"has the argument {keyword.arg!r}{self._at(keyword.value)}. {near(str(keyword.arg), fields)}"
                )
            if keyword.arg in given:
                self._refuse(f"gives {keyword.arg!r} twice")
            given[keyword.arg] = keyword.value
        if missing := [name for name in CELLS if name not in given]:
            self._refuse(f"has no {missing[0]!r} cell")
        return given

    def _concatenation(self, name: str, given: ast.expr | None) -> None:
        """Refuse a cell that does not concatenate all of its intermediate nodes: it is not of the space."""
        wanted = set(range(2, 2 + self._nodes))
        if given is None:
            return
        if isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and given.func.id == "range":
            found = set(range(*(self._number(bound, name) for bound in given.args[:2]))) if given.args else set()
        elif isinstance(given, ast.List | ast.Tuple):
            found = {self._number(element, name) for element in given.elts}
        else:
            self._refuse(f"has no list of nodes for {name}_concat{self._at(given)}")
        if found != wanted:
            self._refuse(
                f"concatenates nodes {sorted(found)} of the {name} cell{self._at(given)}; "
                f"the space concatenates all of {sorted(wanted)}"
            )

    def _cell(self, name: str, given: ast.expr) -> list[list[tuple[str, int]]]:
        if not isinstance(given, ast.List | ast.Tuple):
            self._refuse(f"has no list of edges for the {name} cell{self._at(given)}")
        if len(given.elts) != 2 * self._nodes:
            self._refuse(
                f"has {len(given.elts)} edges in the {name} cell{self._at(given)}; {self._nodes} nodes with two inputs "
                f"have {2 * self._nodes}"
            )
        cell = []
        for node in range(self._nodes):
            edges = [self._edge(name, node, element) for element in given.elts[2 * node : 2 * node + 2]]
            if edges[0][1] == edges[1][1]:
                at = self._at(given.elts[2 * node])
                self._refuse(
                    f"gives node {node + 2} of the {name} cell input {edges[0][1]} twice{at}; its inputs must differ"
                )
            cell.append(sorted(edges, key=lambda edge: edge[1]))
        return cell

    def _edge(self, name: str, node: int, given: ast.expr) -> tuple[str, int]:
        where = f"node {node + 2} of the {name} cell"
        if not (isinstance(given, ast.List | ast.Tuple) and len(given.elts) == 2):
            self._refuse(f"has no pair of operation and input for {where}{self._at(given)}")
        operation, source = given.elts
        if not (isinstance(operation, ast.Constant) and isinstance(operation.value, str)):
            self._refuse(f"has no name of an operation for {where}{self._at(operation)}")
        if operation.value not in OPERATIONS:
            hint = "The space has no edges that do nothing." if operation.value == "none" else ""
            self._refuse(
                f"has the operation {operation.value!r} at {where}{self._at(operation)}. "
                f"{hint or near(operation.value, OPERATIONS)}"
            )
        number = self._number(source, name)
        if not 0 <= number < node + 2:
            self._refuse(f"gives {where} the input {number}{self._at(source)}; it takes 0 to {node + 1}")
        return operation.value, number

    def _number(self, given: ast.expr, name: str) -> int:
        if isinstance(given, ast.UnaryOp) and isinstance(given.op, ast.USub):
            return -self._number(given.operand, name)
        if not isinstance(given, ast.Constant) or type(given.value) is not int or abs(given.value) > 1000:
            self._refuse(f"has no number of a node in the {name} cell{self._at(given)}")
        return given.value

    def _at(self, part: ast.expr) -> str:
        """The position of a part in the text, which is counted in characters from 0."""
        return (
            f" at position {self._index(part.lineno, len(self._line(part.lineno)[: part.col_offset].decode('utf-8')))}"
        )

    def _position(self, error: SyntaxError) -> int:
        return self._index(error.lineno or 1, max((error.offset or 1) - 1, 0))

    def _index(self, line: int, column: int) -> int:
        stripped = len(self._text) - len(self._text.lstrip())
        lines = self._text.strip().splitlines(keepends=True)
        return stripped + sum(map(len, lines[: line - 1])) + column

    def _line(self, number: int) -> bytes:
        """A line as the bytes in which the parser counts columns."""
        return self._text.strip().splitlines()[number - 1].encode("utf-8")

    def _refuse(self, what: str) -> NoReturn:
        raise InvalidArchitecture(f"{self._shown} {what}{'' if what.endswith(('.', '?', ')')) else '.'}") from None
