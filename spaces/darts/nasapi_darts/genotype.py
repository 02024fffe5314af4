"""Architectures as the text of a DARTS `Genotype(...)`, read without running it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from nasapi.errors import InvalidArchitecture, near
from nasapi.space import Code
from nasapi.words import quoted, shortened
from nasapi_darts.cells import CELLS, OPERATIONS, split

Cells = list[list[list[tuple[str, int]]]]
"""For each cell and each intermediate node its two edges: operation and input."""

_EXAMPLE = "Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), …], normal_concat=range(2, 6), reduce=[…], …)"
_LONGEST = 10_000  # characters, so that no text exhausts the parser
# what stands before a genotype in logs and modules: `PDARTS = `, `genotypes.`, `2019-05-05 10:10 genotype = `
_BEFORE = re.compile(r"(?:(?:(?!Genotype\()[^\n])*[=:\s])?(?:[A-Za-z_]\w*\.)*(?=Genotype\()")
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def cells_of(code: Code, nodes: int) -> Cells:
    """The normal and the reduction cell of one code."""
    sources, chosen = split(np.asarray(code)[None], nodes)
    return [
        [[(OPERATIONS[op], source) for source, op in zip(*node, strict=True)] for node in zip(*cell, strict=True)]
        for cell in zip(sources[0].tolist(), chosen[0].tolist(), strict=True)
    ]


def format_genotype(cells: Cells) -> str:
    """`Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))`."""
    parts = []
    for name, nodes in zip(CELLS, cells, strict=True):
        edges = [edge for node in nodes for edge in node]
        parts += [f"{name}={edges!r}", f"{name}_concat=range(2, {2 + len(nodes)})"]
    return f"Genotype({', '.join(parts)})"


def parse_genotype(text: object, nodes: int) -> Cells:
    """The cells of a genotype with `nodes` intermediate nodes; undoes `format_genotype`.

    The text is parsed as an expression and never run. It may be a line of a log or of a module that ends in a genotype,
    or a dictionary of its fields, in JSON, as Python prints it or as `dict(normal=…)`; an object is taken for what it
    prints. A cell lists edges, or pairs of edges, one a node; concatenations are a list, a tuple or a range, name all
    intermediate nodes, and may be left out; fields beyond the four may be None. Raises InvalidArchitecture with
    position, cell and node.
    """
    if isinstance(text, Mapping):
        return _Reader(_printed(dict(text)), nodes).cells()
    if not isinstance(text, str):
        return _Reader(_printed({name: getattr(text, name) for name in getattr(text, "_fields", ())}), nodes).cells()
    return _Reader(text, nodes).cells()


def _printed(fields: dict[str, object]) -> str:
    """A genotype of these fields as it is printed."""
    return f"Genotype({', '.join(f'{name}={value!r}' for name, value in fields.items())})"


class _Reader:
    """Reads one text, and knows it for messages."""

    def __init__(self, text: str, nodes: int):
        before = _BEFORE.match(text) if len(text) <= _LONGEST else None
        self._start = before.end() if before else 0
        """Where the genotype begins."""
        self._text, self._call = text, text[self._start :]
        self._shown = quoted(text)
        self._nodes = nodes

    def cells(self) -> Cells:
        given = self._keywords()
        parts = [part for name in CELLS for part in ast.walk(given[name]) if isinstance(part, ast.Constant)]
        words = {part.value for part in parts if isinstance(part.value, str)}
        self._foreign = sorted(words - {*OPERATIONS, "none"})
        edges = {name: self._edges(name, given[name]) for name in CELLS}
        for name in CELLS:
            self._concatenation(name, given.get(f"{name}_concat"))
        return [self._cell(name, edges[name]) for name in CELLS]

    def _keywords(self) -> dict[str, ast.expr]:
        """The arguments of `Genotype(...)` by name; positional ones stand in the order of its fields."""
        fields = [f"{name}{part}" for name in CELLS for part in ("", "_concat")]
        if len(self._text) > _LONGEST:
            self._refuse(f"has {len(self._text):,} characters; a genotype has at most {_LONGEST:,}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what a text's backslashes are no escapes for
                call = ast.parse(self._call, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            at = f" at position {self._position(error)}" if isinstance(error, SyntaxError) else ""
            what = error.msg if isinstance(error, SyntaxError) else str(error)
            self._refuse(f"is no genotype{at}: {what}. A genotype looks like {_EXAMPLE}")
        given: dict[str, ast.expr] = {}
        for field, value in self._fields(call, fields):
            if field not in fields:
                if field is not None and _is_none(value):
                    continue  # fields of later genotypes that this one does not use, `connects=None`
                if field == "recurrent":
                    self._refuse("is of a recurrent cell; those of darts are a normal and a reduction cell, of images")
                self._refuse(f"has the argument {field!r}{self._at(value)}. {near(str(field), fields)}")
            if field in given:
                self._refuse(f"gives {field!r} twice")
            given[field] = value
        if missing := [name for name in CELLS if name not in given]:
            self._refuse(f"has no {missing[0]!r} cell")
        return given

    def _fields(self, given: ast.expr, order: Sequence[str]) -> list[tuple[Any, ast.expr]]:
        """The fields of `Genotype(…)`, of `dict(…)`, of a dictionary, or of `OrderedDict([…])` as Python prints it."""
        if isinstance(given, ast.Call) and _calls(given, "Genotype"):
            if len(given.args) > len(order):
                self._refuse(f"has {len(given.args)} arguments; a genotype has {', '.join(order)}")
            return [*zip(order, given.args, strict=False), *((each.arg, each.value) for each in given.keywords)]
        if isinstance(given, ast.Call) and _calls(given, "dict") and not given.args:
            return [(each.arg, each.value) for each in given.keywords]
        if isinstance(given, ast.Dict):
            return [(getattr(key, "value", None), value) for key, value in zip(given.keys, given.values, strict=True)]
        if isinstance(given, ast.Call) and _calls(given, "OrderedDict") and len(given.args) == 1:
            (pairs,) = given.args
            items = [item.elts for item in getattr(pairs, "elts", ()) if isinstance(item, ast.Tuple)]
            if items and all(len(item) == 2 for item in items):
                return [(getattr(key, "value", None), value) for key, value in items]
        self._refuse(f"is no call of Genotype and no dictionary of its fields. A genotype looks like {_EXAMPLE}")

    def _edges(self, name: str, given: ast.expr) -> list[ast.expr]:
        """The edges of a cell, which may stand in pairs, one a node."""
        if not isinstance(given, ast.List | ast.Tuple):
            self._refuse(f"has no list of edges for the {name} cell{self._at(given)}")
        elements = given.elts
        if elements and all(_is_pair_of_edges(element) for element in elements):
            elements = [edge for node in elements if isinstance(node, ast.List | ast.Tuple) for edge in node.elts]
        count, wanted = len(elements), 2 * self._nodes
        if count == wanted:
            return elements
        if count % 2 or count >= 2 * len(_WORDS):
            self._refuse(
                f"has {count} edges in the {name} cell{self._at(given)}; {self._nodes} nodes with two inputs "
                f"have {wanted}"
            )
        foreign = [quoted(name) for name in self._foreign]
        more = f", and no operation {' or '.join(foreign)}" if foreign else ""
        self._refuse(
            f"has {count} edges in the {name} cell{self._at(given)}, {_WORDS[count // 2]} nodes of two inputs; "
            f"darts has {_WORDS[self._nodes]}{more}"
        )

    def _concatenation(self, name: str, given: ast.expr | None) -> None:
        """Refuse a cell that does not concatenate all of its intermediate nodes: it is not of the space."""
        wanted = list(range(2, 2 + self._nodes))
        if given is None:
            return
        if isinstance(given, ast.Call) and _calls(given, "list", "tuple", "array", "tensor") and len(given.args) == 1:
            given = given.args[0]  # `list(range(2, 6))`, and what Python prints of an array
        if isinstance(given, ast.Call) and _calls(given, "range"):
            bounds = [self._number(bound, name) for bound in given.args]
            if not 1 <= len(bounds) <= 3 or given.keywords or (len(bounds) == 3 and not bounds[2]):
                self._refuse(f"has no range of nodes for {name}_concat{self._at(given)}")
            found = list(range(*bounds))
        elif isinstance(given, ast.List | ast.Tuple):
            found = [self._number(element, name) for element in given.elts]
        else:
            self._refuse(f"has no list of nodes for {name}_concat{self._at(given)}")
        if sorted(found) != wanted:
            self._refuse(
                f"concatenates nodes {shortened(str(sorted(found)), 80)} of the {name} cell{self._at(given)}; "
                f"the space concatenates all of {wanted}, each once"
            )

    def _cell(self, name: str, given: list[ast.expr]) -> list[list[tuple[str, int]]]:
        cell = []
        for node in range(self._nodes):
            edges = [self._edge(name, node, element) for element in given[2 * node : 2 * node + 2]]
            if edges[0][1] == edges[1][1]:
                at = self._at(given[2 * node])
                self._refuse(
                    f"gives node {node + 2} of the {name} cell input {edges[0][1]} twice{at}; its inputs must differ"
                )
            cell.append(sorted(edges, key=lambda edge: edge[1]))
        return cell

    def _edge(self, name: str, node: int, given: ast.expr) -> tuple[str, int]:
        where = f"node {node + 2} of the {name} cell"
        if not (isinstance(given, ast.List | ast.Tuple) and len(given.elts) == 2):
            self._refuse(f"has no pair of operation and input for {where}{self._at(given)}")
        operation, source = map(_unwrapped, given.elts)
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
        given = _unwrapped(given)
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
        lines = self._call.splitlines(keepends=True)
        return self._start + sum(map(len, lines[: line - 1])) + column

    def _line(self, number: int) -> bytes:
        """A line as the bytes in which the parser counts columns."""
        return self._call.splitlines()[number - 1].encode("utf-8")

    def _refuse(self, what: str) -> NoReturn:
        raise InvalidArchitecture(f"{self._shown} {what}{'' if what.endswith(('.', '?', ')')) else '.'}") from None


def _calls(given: ast.Call, *names: str) -> bool:
    """Whether it is a call of a function of one of these names."""
    return isinstance(given.func, ast.Name) and given.func.id in names


def _is_none(given: ast.expr) -> bool:
    """Whether it is None, or null as JSON writes it."""
    return (isinstance(given, ast.Constant) and given.value is None) or getattr(given, "id", "") == "null"


def _is_pair_of_edges(given: ast.expr) -> bool:
    """Whether it is `(('sep_conv_3x3', 0), ('skip_connect', 1))`, the edges of one node."""
    return (
        isinstance(given, ast.List | ast.Tuple)
        and len(given.elts) == 2
        and all(isinstance(edge, ast.List | ast.Tuple) for edge in given.elts)
    )


def _unwrapped(given: ast.expr) -> ast.expr:
    """The number or word in `np.int64(0)` or `np.str_('skip_connect')`, as numpy prints them; any other as it is."""
    if (
        isinstance(given, ast.Call)
        and isinstance(given.func, ast.Attribute)
        and isinstance(given.func.value, ast.Name)
        and given.func.value.id in ("np", "numpy")
        and re.fullmatch(r"u?int\d*|str_", given.func.attr)
        and len(given.args) == 1
        and not given.keywords
    ):
        return given.args[0]
    return given
