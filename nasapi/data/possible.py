"""Values that no measurement gives, and no imported table has: infinities, accuracies beyond 100, times below 0."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasapi.errors import CorruptData

if TYPE_CHECKING:
    from nasapi.tables.table import Table

_SLACK = 1 + 1e-6  # of rounding: some columns are float32
_POSITIVE = frozenset({"count", "s", "ms", "J", "mJ", "MB", "nats/word"})
"""The units of times, energies, sizes and losses, none of which is below 0."""


def require_possible(table: Table, given: Path) -> None:
    """Read all of a table and raise CorruptData for a value that nothing measured can have in its column's unit.

    NaN stands for what was not measured. `given` is the file that the table was made of. Without this check the first
    run that meets such a value would end with it, long after the import.
    """
    for name in table:
        values, unit = table[name], table.describe(name)["unit"]
        if values.dtype.kind not in "fiu" or not values.size:
            continue
        low = 0.0 if unit == "%" or unit in _POSITIVE else -np.finfo(np.float64).max
        high = 100 * _SLACK if unit == "%" else np.finfo(np.float64).max
        with np.errstate(invalid="ignore"):
            outside = (values < low) | (values > high)
        if outside.any():
            row = int(np.flatnonzero(outside.reshape(table.rows, -1).any(axis=1))[0])
            wanted = "0 to 100" if unit == "%" else "0 or more" if unit in _POSITIVE else "finite numbers"
            raise CorruptData(
                f"{str(given)!r} would give row {row} of column {name!r} the value {values[outside][0]:.8g}"
                f"{unit and f' {unit}'}; wanted {wanted}, NaN for what was not measured. Is the file damaged, or are "
                "its columns those that their names say?"
            )
