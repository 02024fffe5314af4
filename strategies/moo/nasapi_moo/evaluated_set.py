"""The evaluated set of a search with several goals: the codes that succeeded, with losses and violations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi import Problem, Result

Floats = NDArray[np.float64]


@frozen(eq=False)
class EvaluatedSet:
    """Rows that succeeded: their losses and how far they break the constraints."""

    codes: tuple[tuple[int, ...], ...]
    losses: Floats
    """(n, goals), finite."""
    violation: Floats
    """(n,): the sum over constraints, 0 where all are kept."""

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> EvaluatedSet:
        """Some of the rows, in the order given."""
        chosen = np.asarray(rows, np.int64)
        codes = tuple(self.codes[row] for row in chosen.tolist())
        return EvaluatedSet(codes, self.losses[chosen], self.violation[chosen])

    def joined(self, other: EvaluatedSet) -> EvaluatedSet:
        """These rows, then the other's; of rows of one code the last is kept."""
        codes = self.codes + other.codes
        last = sorted({code: row for row, code in enumerate(codes)}.values())
        both = EvaluatedSet(
            codes,
            np.concatenate([self.losses, other.losses]),
            np.concatenate([self.violation, other.violation]),
        )
        return both if len(last) == len(codes) else both.take(last)


def evaluated(problem: Problem, results: Sequence[Result]) -> EvaluatedSet:
    """Those results that succeeded, in their order."""
    losses = problem.losses(results)
    violation = problem.violations(results).sum(axis=1)
    good = np.flatnonzero(np.isfinite(losses).all(axis=1) & np.isfinite(violation))
    codes = tuple(results[row].trial.arch.code for row in good.tolist())
    return EvaluatedSet(codes, losses[good], violation[good])


def empty(goals: int) -> EvaluatedSet:
    """A set of no rows."""
    return EvaluatedSet((), np.empty((0, goals)), np.empty(0))
