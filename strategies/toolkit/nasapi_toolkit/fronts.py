"""The exact Pareto front of a benchmark whose space can be listed."""

from __future__ import annotations

import moocore
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi import Benchmark, Codes, ranking
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.ranking import hypervolume

_LISTED = 2**22  # the largest space that is listed


@frozen(eq=False)
class Front:
    """What no feasible architecture dominates, from the best of the first goal on; each point once."""

    codes: Codes
    """(m, d): one architecture for each point."""
    losses: NDArray[np.float64]
    """(m, goals): minimised, as `Problem.losses` are."""
    feasible: float
    """The share of the space that keeps all constraints and can be evaluated."""

    def __len__(self) -> int:
        return len(self.codes)


def exact_front(benchmark: Benchmark) -> Front:
    """The front over the whole space, by expected values at the highest fidelity, constraints kept.

    Empty where nothing is feasible. Raises InvalidOption for a space that is too large to be listed.
    """
    problem, space = benchmark.problem, benchmark.problem.space
    if space.size is None or space.size > _LISTED:
        size = "of unknown size" if space.size is None else f"of {space.size:,} codes"
        raise InvalidOption(f"{space.id} is a space {size}; exact fronts are for up to {_LISTED:,} codes.")
    codes = np.concatenate(list(space.enumerate()))
    values = benchmark.look_up(codes, problem.observed)
    losses = np.column_stack([goal.sign * values[goal.name] for goal in problem.goals])
    broken = sum((c.violation(values[c.metric]) for c in problem.constraints), np.zeros(len(codes)))
    kept = ranking.feasible(losses, broken)
    rows = np.flatnonzero(kept)
    points, first = np.unique(losses[rows], axis=0, return_index=True)
    best = moocore.is_nondominated(points) if len(points) else np.empty(0, np.bool_)
    return Front(codes[rows[first[best]]], points[best], float(kept.mean()))


def reference_point(benchmark: Benchmark) -> NDArray[np.float64]:
    """(goals,): the benchmark's own reference point, as losses; raises NotAvailable where it has none."""
    given = benchmark.reference.point
    missing = [goal.name for goal in benchmark.problem.goals if goal.name not in given]
    if missing:
        raise NotAvailable(f"{benchmark.spec} has no reference point for {', '.join(missing)}; choose one yourself.")
    return np.array([goal.sign * given[goal.name] for goal in benchmark.problem.goals])


def best_hypervolume(benchmark: Benchmark) -> float:
    """The hypervolume of the exact front to the benchmark's reference point: the most that any search can reach."""
    return hypervolume(exact_front(benchmark).losses, reference_point(benchmark))
