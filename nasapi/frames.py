"""Frames: what is many rows as plain columns, from which pandas, polars and Arrow make a table; as CSV and as HTML."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasapi.words import csv_cell, printable


class Framed(ABC):
    """Rows that can be given as columns."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name, lists of one length: what `pandas.DataFrame`, `polars.DataFrame`, `pyarrow.table` take.

        Numbers are Python's, NaN where a value is missing; a cell of several numbers is a list of them.
        """

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the columns of `to_dict` to a file, whole or not at all; raises StoreError where it cannot be written.

        A cell of several numbers is written as JSON, and text that a spreadsheet would run is quoted.
        """
        from nasapi.files.replacing import write_whole

        write_whole(path, csv_of(self.to_dict()))


def csv_of(columns: Mapping[str, Sequence[Any]]) -> str:
    """Columns of one length as CSV with a line of headings."""
    return csv_lines(columns, zip(*columns.values(), strict=True))


def csv_lines(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV with a line of headings."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(csv_cell, headings))
    writer.writerows(map(_cell, row) for row in rows)
    return printable(text.getvalue())


def html_of(caption: str, columns: Mapping[str, Sequence[Any]], most: int = 20) -> str:
    """Columns of one length as an HTML table for a notebook, all text escaped, at most so many rows of them."""
    rows = list(zip(*columns.values(), strict=True))
    left = f"<p>and {len(rows) - most:,} more</p>" if len(rows) > most else ""
    head = "".join(f"<th>{_escaped(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_escaped(_short(cell))}</td>' for cell in row)}</tr>" for row in rows[:most])
    return f"<table><caption>{_escaped(caption)}</caption><tr>{head}</tr>{body}</table>{left}"


def html_pairs(caption: str, pairs: Mapping[str, object]) -> str:
    """Names and values as an HTML table for a notebook, all text escaped; empty values are left out."""
    rows = "".join(
        f"<tr><th>{_escaped(name)}</th><td>{_escaped(_short(value))}</td></tr>"
        for name, value in pairs.items()
        if value not in (None, "")
    )
    return f"<table><caption>{_escaped(caption)}</caption>{rows}</table>"


def _escaped(text: str) -> str:
    import html

    return html.escape(printable(text))


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, tuple)) else csv_cell(value)
