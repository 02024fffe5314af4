"""CSV files of others: one head whose names differ, and lines as long as it, before anything is taken from them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from nasapi.errors import CorruptData
from nasapi.words import quoted


def read_csv(source: Path, what: str) -> list[dict[str, str]]:
    """The lines below the head, each by the names of the columns; blank lines are passed over. `what` is its name.

    A name that stands twice would give the last of two columns without a word, and a line that is too short the values
    of its neighbours. Raises CorruptData for both, for a file that is no CSV in UTF-8, and where nothing is below the
    head; OSError where the file cannot be opened.
    """
    try:
        with open(source, newline="", encoding="utf-8-sig") as file:
            lines = [(number, line) for number, line in enumerate(csv.reader(file), 1) if line]
    except (ValueError, csv.Error) as error:
        raise CorruptData(f"{what} is no CSV in UTF-8: {error}.") from error
    if len(lines) < 2:
        raise CorruptData(f"{what} has no lines below a head that names its columns.")
    (_, head), *rest = lines
    if twice := [name for name, count in Counter(head).items() if count > 1 and name]:
        raise CorruptData(f"{what} has two columns {quoted(twice[0])}, and nothing says which is meant; leave one.")
    for number, line in rest:
        if len(line) != len(head):
            raise CorruptData(f"Line {number} of {what} has {len(line)} values; its head names {len(head)} columns.")
    return [dict(zip(head, line, strict=True)) for _, line in rest]
