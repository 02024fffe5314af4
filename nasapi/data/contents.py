"""What a table holds, in words: its rows, how many of them have values, and where a table that is here came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasapi.data.tables import found_place, receipt_beside
from nasapi.errors import CorruptData
from nasapi.words import counted, quoted

if TYPE_CHECKING:
    from nasapi.data.registry import TableSource
    from nasapi.tables.table import Table


def rows_in_words(table: Table) -> str:
    """The rows of a table, and how many of them have a value where some have none: "15,625 rows (1 with values)"."""
    rows, filled = counted(table.rows, "row", "rows"), rows_with_values(table)
    return rows if filled == table.rows else f"{rows} ({filled:,} with values)"


def rows_with_values(table: Table) -> int:
    """How many rows have a number that is not NaN in some column; all where no column can have NaN."""
    measured = [name for name in table if np.dtype(table.describe(name)["dtype"]).kind == "f"]
    if not measured:
        return table.rows
    filled = np.zeros(table.rows, bool)
    for name in measured:
        filled |= ~np.isnan(table[name]).reshape(table.rows, -1).all(axis=1)
        if filled.all():
            break
    return int(filled.sum())


def here_in_words(source: TableSource) -> str | None:
    """The table that is here, "15,625 rows from 'devices.csv', imported 2024-05-01T12:00:00+00:00"; None for none."""
    from nasapi.tables.table import Table

    place = found_place(source)
    if not place.exists():
        return None
    try:
        held = rows_in_words(Table(place))
    except CorruptData:
        held = "damaged"
    try:
        note = receipt_beside(place)
    except CorruptData:
        note = {}
    if "file" not in note:
        return f"{held}, without a receipt"
    return f"{held} from {quoted(note['file'])}, imported {note.get('imported', 'at an unknown time')}"
