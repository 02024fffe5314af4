"""Faults that can be planted in a source: comparisons, numbers, arithmetic, conditions, returns, arguments, statements.

A fault replaces one piece of text and leaves the rest as it is written. Annotations, decorators, docstrings, f-strings
and what is said by errors stay: a test need not quote a sentence to its last word. So does what is for another system.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
EXCHANGED = {
    **{"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"},
    **{"argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor", "mean": "median", "sum": "mean"},
    **{"nanmin": "nanmax", "nanmax": "nanmin", "cumsum": "cumprod", "quantile": "nanmean"},
}
"""Functions and methods that are as easily written as another."""
LOOKS = {
    "alpha",
    "borderaxespad",
    "dpi",
    "fontsize",
    "frameon",
    "linewidth",
    "linewidths",
    "markeredgewidth",
    "markersize",
    "pad",
    "s",
    "shrink",
}
"""Arguments of what draws that change how a figure looks and not what it shows."""
KEPT = LOOKS | {"encoding", "errors", "fused", "help", "init", "kit", "kw_only", "on_setattr", "stacklevel", "strict"}
"""Arguments of calls that only guard against what cannot happen, only say something, or only spare time."""
LEFT_ALONE = {"fail", "stream", "warn"}
"""Calls that only say something, or only say by number which of many alike streams of random numbers is drawn from."""
UNMOVED = {"NAN", "np.nan", "np.inf", "math.nan", "math.inf"}
"""Values that are the same with 1 added."""
TINY = 1e-3  # numbers below it are tolerances; one of them becomes 1


@dataclass(frozen=True)
class Fault:
    """One piece of a source, as bytes from `start` to `end`, and what is written in its place."""

    line: int
    text: str
    """What the line reads."""
    place: str
    """The function or class it is in, by its qualified name; empty at the top of the module."""
    was: str
    now: str
    start: int
    end: int
    imported: bool
    """Whether it runs when the module is imported, and not when a function is called."""

    def plant(self, source: str) -> str:
        """The source with this fault in it."""
        content = source.encode()
        return (content[: self.start] + self.now.encode() + content[self.end :]).decode()


def faults(source: str) -> list[Fault]:
    """Every fault that can be planted in a source, in the order of its text."""
    finder = _Finder(source)
    finder.visit(ast.parse(source))
    return sorted(finder.found, key=lambda fault: (fault.start, fault.end, fault.now))


class _Finder(ast.NodeVisitor):
    def __init__(self, source: str) -> None:
        self.found: list[Fault] = []
        self._content = source.encode()
        self._lines = self._content.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._places: list[str] = []
        self._depth = 0
        self._returns: list[str] = []
        self._errors = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("errors"):
                self._errors |= {alias.asname or alias.name for alias in node.names if alias.name[0].isupper()}

    def _add(self, node: ast.stmt | ast.expr, *replacements: str) -> None:
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        was = self._content[start:end].decode()
        text, place = self._lines[node.lineno - 1].decode().strip(), ".".join(self._places)
        for now in replacements:
            self.found.append(Fault(node.lineno, text, place, was, now, start, end, self._depth == 0))

    def _change(self, node: ast.expr, *changed: ast.expr) -> None:
        self._add(node, *(f"({ast.unparse(other)})" for other in changed))

    # What is left alone

    def visit_Import(self, node: ast.Import) -> None:
        pass

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        pass

    def visit_Assert(self, node: ast.Assert) -> None:
        pass

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    # Definitions

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._places.append(node.name)
        self._statements(node.body)
        self._places.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._places.append(node.name)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        self._depth += 1
        self._returns.append(ast.unparse(node.returns) if node.returns else "")
        self._statements(node.body)
        self._returns.pop()
        self._depth -= 1
        self._places.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._depth += 1
        self.visit(node.body)
        self._depth -= 1

    def _statements(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    # Statements

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if names in (["__all__"], ["TYPE_CHECKING"]) or (names and not self._depth and _typed(node.value)):
            return
        if self._depth and all(isinstance(target, ast.Subscript) for target in node.targets):
            self._add(node, "pass")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._add(node, "pass")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._add(node, "pass")
            self.visit(node.value)
        elif not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is not None:
            self._add(node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._add(node, "pass")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._add(node, "pass")

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return
        if (system := _system(node.test)) is not None:
            self._statements(node.body if system == sys.platform else node.orelse)
            return
        self._turned(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        if not isinstance(node.test, ast.Constant):
            self._turned(node.test)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        text, kind = ast.unparse(node.value), self._returns[-1] if self._returns else ""
        if kind == "bool":
            self._turned(node.value)
        elif kind in ("int", "float") and text not in UNMOVED:
            self._add(node.value, f"({text}) + 1")
        elif kind == "str" and not isinstance(node.value, ast.Constant):
            self._add(node.value, '""')
        elif kind.startswith("list") and text != "[]":
            self._add(node.value, "[]")
        elif kind.startswith("tuple[") and kind.endswith("...]") and text != "()":
            self._add(node.value, "()")
        elif kind.endswith("| None") and text != "None":
            self._add(node.value, "None")
        self.visit(node.value)

    # Expressions

    def _turned(self, node: ast.expr) -> None:
        """A condition, the other way round; a single comparison and a `not` turn by themselves."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return
        if not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            self._add(node, f"(not ({ast.unparse(node)}))")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._turned(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self._turned(condition)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for at, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                changed = [*node.ops[:at], other(), *node.ops[at + 1 :]]
                self._change(node, ast.Compare(node.left, changed, node.comparators))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._change(node, ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if not isinstance(node.op, ast.UAdd):
            self._change(node, node.operand)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in COMPUTED and not isinstance(node.left, ast.JoinedStr):
            self._change(node, ast.BinOp(node.left, COMPUTED[type(node.op)](), node.right))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._add(node, str(not value))
        elif isinstance(value, int):
            self._add(node, *(f"({other})" for other in ((value + 1, 0) if value == 1 else (value + 1,))))
        elif isinstance(value, float):
            self._add(node, f"({1.0 if abs(value) < TINY else 2 * value!r})")

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in self._errors or name.endswith(("Error", "Warning")) or name in LEFT_ALONE:
            return
        if name in EXCHANGED:
            if isinstance(node.func, ast.Attribute):
                self._change(node.func, ast.Attribute(node.func.value, EXCHANGED[name], ast.Load()))
            else:
                self._add(node.func, EXCHANGED[name])
        for keyword in node.keywords:
            if keyword.arg and keyword.arg not in KEPT and not _flat(keyword.value):
                rest = [other for other in node.keywords if other is not keyword]
                self._change(node, ast.Call(node.func, node.args, rest))
        self.visit(node.func)
        for argument in node.args:
            if name == "reshape" and isinstance(argument, ast.UnaryOp):  # any negative number is what is left
                self._change(argument, argument.operand)
            else:
                self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg not in KEPT:
                self.visit(keyword.value)


def _flat(value: ast.expr) -> bool:
    """Whether an argument is a number or a condition, which another fault changes, or a text, which none does."""
    return isinstance(value, ast.Constant | ast.JoinedStr | ast.UnaryOp)


def _system(test: ast.expr) -> str | None:
    """The system that a branch is for, `if sys.platform == "win32"`; what is for another one does not run here."""
    if isinstance(test, ast.Compare) and ast.unparse(test.left) == "sys.platform" and isinstance(test.ops[0], ast.Eq):
        other = test.comparators[0]
        return str(other.value) if isinstance(other, ast.Constant) else None
    return None


def _typed(value: ast.expr) -> bool:
    """Whether a value is a type: `X | None`, the members of one in brackets, or a variable for one."""
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in ("TypeVar", "ParamSpec")
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        return _typed(value.left) or _typed(value.right)
    if isinstance(value, ast.Subscript):
        return isinstance(value.value, ast.Name) and value.value.id[0].isupper()
    return isinstance(value, ast.Constant) and value.value is None


def by_line(found: list[Fault]) -> Iterator[list[Fault]]:
    """The faults of each line that has some."""
    lines: dict[int, list[Fault]] = {}
    for fault in found:
        lines.setdefault(fault.line, []).append(fault)
    yield from lines.values()
