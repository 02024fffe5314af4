"""Audits a file that another package wrote: CSV with a line of headings, or a JSON list of objects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, near
from nasapi.safety.csv_files import read_csv
from nasapi.safety.grammar import read_json
from nasapi.space import Codes, SearchSpace
from nasapi_audit.adapter import Adapter


class Listing(Adapter):
    """The rows of a file: an architecture's string in one column, numbers in others."""

    def __init__(self, path: Path, architecture: str = "architecture", names: Mapping[str, str] | None = None):
        """Read the file at `path`; `names` maps our metrics to its columns, by default each to that of its name.

        Raises NotAvailable where there is no file, CorruptData where it is neither CSV nor a JSON list of objects, and
        InvalidOption for a column that it has not.
        """
        self.name, self._rows = path.name, _read(path)
        self._names = dict(names) if names is not None else None
        columns = list(self._rows[0])
        for column in (architecture, *(self._names or {}).values()):
            if column not in columns:
                raise InvalidOption(f"{path.name!r} has no column {column!r}. {near(column, columns)}")
        self._architecture = architecture
        self.terms = f"{len(self._rows)} rows"

    def listed(self, space: SearchSpace) -> Codes:
        """(m, d): the codes of all rows; raises InvalidArchitecture for a string that is none."""
        return np.array([space.read(row[self._architecture]) for row in self._rows])

    def answers(self, space: SearchSpace, codes: Codes) -> dict[str, NDArray[np.float64]]:
        """The numbers of the rows of these architectures; raises CorruptData where two rows of one differ in them."""
        names = self._names or {name: name for name in self._rows[0] if name != self._architecture}
        row_of: dict[str, dict[str, float]] = {}
        for code, row in zip(self.listed(space), self._rows, strict=True):
            text, numbers = space.format(code), {name: _number(row.get(column)) for name, column in names.items()}
            if not _same(row_of.setdefault(text, numbers), numbers):
                raise CorruptData(f"{self.name!r} has two rows of {text} that differ; leave the one that is meant.")
        wanted = [row_of.get(space.format(code), {}) for code in codes]
        columns = {name: np.array([row.get(name, np.nan) for row in wanted]) for name in names}
        return {name: values for name, values in columns.items() if not np.isnan(values).all()}


def _read(path: Path) -> list[dict[str, str]]:
    try:
        if path.suffix == ".json":
            content = read_json(path.read_text(encoding="utf-8"), repr(str(path)), constants=True)
            rows = [{str(key): str(value) for key, value in row.items()} for row in content]
        else:
            rows = read_csv(path, repr(str(path)))
    except CorruptData:
        raise
    except OSError as error:
        raise NotAvailable(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise CorruptData(f"{str(path)!r} is neither CSV nor a JSON list of objects: {error}.") from error
    if not rows:
        raise CorruptData(f"{str(path)!r} has no rows.")
    return rows


def _same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two rows have the same numbers, or both none."""
    return all(value == other[name] or (value != value and other[name] != other[name]) for name, value in one.items())


def _number(text: str | None) -> float:
    try:
        return float(text) if text not in (None, "") else np.nan
    except ValueError:
        return np.nan
