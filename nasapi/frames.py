"""Frames: what is many rows as plain columns, from which pandas, polars and Arrow make a table, and as CSV."""

from __future__ import annotations

import csv
import io
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasapi.files.replacing import write_whole
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
        write_whole(path, csv_of(self.to_dict()))


def csv_of(columns: Mapping[str, Sequence[Any]]) -> str:
    """Columns of one length as CSV with a line of headings."""
    return csv_lines(columns, zip(*columns.values(), strict=True))


def csv_lines(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV with a line of headings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(csv_cell, headings))
    writer.writerows(map(_cell, row) for row in rows)
    return printable(text.getvalue())


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, tuple)) else csv_cell(value)
