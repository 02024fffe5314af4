"""The levels of a training: what an imported table has of one data set after fewer epochs than 200."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import NotAvailable
from nasapi.fidelity import Fidelity
from nasapi.space import Codes
from nasapi.tables import Table
from nasapi_nb201.tables import COLUMNS, CURVES, EPOCHS, OFFICIAL, opened, require_cells

Values = NDArray[np.float64]
"""(15625, levels, runs), NaN where there is no value."""


@frozen
class Levels:
    """The levels of one data set, and where its values are."""

    fidelity: Fidelity | None
    valid: Values | None
    """The validation accuracies of an imported table; None where there are none below 200 epochs."""
    test: Values | None
    """Its test accuracies; None where none were imported."""

    def repeated(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """A column (15625,) that is the same at every level."""
        return column if self.fidelity is None else np.repeat(column[:, None], len(self.fidelity.levels), axis=1)

    def in_proportion(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """A column (15625,) of what 200 epochs take, at every level."""
        if self.fidelity is None:
            return column
        return np.asarray(column[:, None] * np.array(self.fidelity.levels) / self.fidelity.levels[-1])


def levels_of(dataset: str, epochs: int | str | None, codes: Codes) -> Levels:
    """The levels of a data set: 200 epochs alone (`epochs` 200), 12 and 200 (12), every epoch ("all").

    None gives 12 and 200 where they are here, else 200 alone. Raises NotAvailable where what is asked for is not here,
    CorruptData for a table of other cells.
    """
    table = opened(CURVES) if epochs == "all" else opened(OFFICIAL, COLUMNS)
    if table is not None:
        require_cells(table, codes)
    valid, test, known = _columns(table, dataset)
    if epochs == 200 or len(known) < 2:
        if epochs in (12, "all"):
            raise NotAvailable(how_to_get_levels(epochs))
        return Levels(None, None, None if test is None else test[:, -1:])
    return Levels(Fidelity("epochs", known, resumes=epochs == "all"), valid, test)


def how_to_get_levels(epochs: int | str | None = None) -> str:
    """How the values after fewer epochs come here."""
    name = CURVES.name if epochs == "all" else OFFICIAL.name
    return (
        f"accuracies of NAS-Bench-201 below 200 epochs are not in the package: `nasapi data import {name} FILE` makes "
        f"a table of the official files, and `nasapi data import {COLUMNS.name} FILE` one of an npz or CSV file."
    )


def _columns(table: Table | None, dataset: str) -> tuple[Values | None, Values | None, tuple[int, ...]]:
    """Validation and test accuracies, and the numbers of epochs after which cells have the former."""
    if table is None:
        return None, None, ()
    found: list[Values | None] = []
    for name in ("valid", "test"):
        column = f"{dataset}_{name}_accuracy"
        values = np.asarray(table[column], np.float64) if column in list(table) else None
        found.append(values[:, None, :] if values is not None and values.ndim == 2 else values)
    valid, test = found
    epochs = tuple(table.attributes.get("epochs", EPOCHS[-1:]))
    if valid is None:
        return None, test, ()
    there: NDArray[np.bool_] = np.asarray(~np.isnan(valid).all(axis=(0, 2)))
    if not there[:-1].any():
        return None, test, ()
    there[-1] = True  # which the shipped table has
    known = tuple(level for level, is_there in zip(epochs, there.tolist(), strict=True) if is_there)
    return valid[:, there], None if test is None else test[:, there], known
