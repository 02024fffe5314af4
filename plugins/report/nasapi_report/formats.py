"""A table for people, and the same as CSV and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from nasapi.words import csv_cell, printable

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "±": r"$\pm$",
    "<": r"$<$",
    ">": r"$>$",
    "•": r"$\bullet$",
    "≥": r"$\ge$",
    "≤": r"$\le$",
}


@frozen
class Table:
    """A table for people: a heading a column, text in the cells, and the number a cell is sorted by."""

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[float | str, ...], ...] = field(factory=tuple)
    """What each cell is sorted by; the text itself where empty."""

    def key(self, row: int, column: int) -> float | str:
        """What the cell is sorted by."""
        return self.keys[row][column] if self.keys else self.rows[row][column]


def to_csv(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV text (RFC 4180) with an empty cell for what is not a finite number, and no cell that is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(csv_cell, headings))
    for row in rows:
        writer.writerow(["" if isinstance(cell, float) and not np.isfinite(cell) else csv_cell(cell) for cell in row])
    return text.getvalue()


def to_latex(table: Table) -> str:
    """A LaTeX table in the style of the package booktabs, all text escaped; no cell is bold."""
    numeric = [column > 1 for column in range(len(table.headings))]
    columns = "".join("r" if right else "l" for right in numeric)
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{escape(table.caption)}}}",
        f"  \\label{{tab:{table.name}}}",
        f"  \\begin{{tabular}}{{{columns}}}",
        r"    \toprule",
        f"    {' & '.join(map(escape, table.headings))} \\\\",
        r"    \midrule",
        *(f"    {' & '.join(map(escape, row))} \\\\" for row in table.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    return "".join(_LATEX.get(character, character) for character in printable(" ".join(text.split())))
