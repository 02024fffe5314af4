"""Random changes and draws that may fail, tried for many cells at once until each has succeeded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_nlp.cells import Cells, join

_AT_ONCE = 128  # attempts that a batch costs hardly more for than for one


def first_good(
    result: Codes, attempt: Callable[[NDArray[np.int64]], tuple[Cells, NDArray[np.bool_]]], rounds: int
) -> NDArray[np.int64]:
    """Write into each row of `result`, (n, d), the first good cell that was tried for it; return the rows without one.

    `attempt` gets row numbers, in which a row may stand several times, and gives a cell for each and (m,) which are
    good. The fewer rows are left, the more attempts each has in a round.
    """
    left = np.arange(len(result))
    for number in range(rounds):
        if not len(left):
            break
        tries = np.repeat(left, min(2**number, max(1, _AT_ONCE // len(left))))
        cells, good = attempt(tries)
        rows, first = np.unique(tries[good], return_index=True)
        result[rows] = join(cells[np.flatnonzero(good)[first]])
        left = np.setdiff1d(left, rows, assume_unique=True)
    return left
