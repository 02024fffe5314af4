"""Columns of what objectives give: one of an answer read as floats, and whole ones in which values are looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.argument_checks import masked
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.space import Codes
from nasapi.words import shortened

TAKEN = frozenset(
    {"architecture", "benchmark", "charged", "code", "cost", "elapsed", "error", "fidelity", "repeats_code"}
    | {"repeats_network", "seed", "start", "strategy", "strategy_seconds", "trial"}
)
"""The columns of answers, runs and studies that are of no metric: no metric can have such a name."""


def require_free(metrics: Iterable[str], whose: str) -> None:
    """Raise InvalidOption for a metric that has the name of another column; `whose` names the owner in words."""
    for name in metrics:
        if name in TAKEN:
            raise InvalidOption(
                f"A metric of {whose} cannot be called {name!r}, for answers or runs have another column of that name; "
                f"call it 'valid_{name}' or the like."
            )


def column(found: Any, name: str, rows: int, source: str) -> NDArray[np.float64]:
    """The column `name` of what an objective gave, as floats; raises InterfaceError where it is no column of numbers.

    `source` is who gave it, in words.
    """
    try:
        values = found[name]
    except Exception as error:
        if not isinstance(found, Mapping):
            raise InterfaceError(
                f"{source} answered `evaluate` with {type(found).__name__}; wanted a mapping of columns by metric."
            ) from None
        if not isinstance(error, KeyError):
            raise InterfaceError(
                f"{source} raised {type(error).__name__} for column {name!r}: {shortened(str(error), 200)}"
            ) from error
        values = None
    if type(values) is np.ndarray and values.dtype.char == "d" and values.shape == (rows,):
        return values
    if not isinstance(values, np.ndarray) or masked(values):
        what = "no column" if values is None else f"a {type(values).__name__}"
    elif values.dtype.kind not in "fiu":
        what = f"an array of {values.dtype}"
    elif values.shape != (rows,):
        what = f"shape {values.shape}"
    else:
        return np.asarray(values, np.float64)
    raise InterfaceError(f"{source} gave {what} for {name!r}; wanted an array of {rows} floats, shape ({rows},).")


@frozen(eq=False)
class Lookup:
    """The expected values of one level where they are all here: whole columns, and the row of each code in them."""

    rows: Callable[[Codes], NDArray[np.integer[Any]]]
    """(n,) for valid codes; -1 for one that is not in the table."""
    columns: tuple[NDArray[np.float64], ...]
    """(rows,) for each metric that was asked for; NaN where an evaluation fails."""
    cost: NDArray[np.float64]
    """(rows,)"""
