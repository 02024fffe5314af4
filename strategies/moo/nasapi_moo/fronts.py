"""Fronts under constraints and crowding distances, by which NSGA-II selects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from nasapi_moo.evaluated_set import EvaluatedSet, Floats


def front_ranks(rows: EvaluatedSet) -> NDArray[np.int64]:
    """(n,): 0 for what nothing dominates, and so on.

    Constrained domination (Deb, Pratap, Agarwal & Meyarivan 2002, definition 1): every feasible row dominates every
    infeasible one; of infeasible rows the one with the smaller violation; of feasible rows Pareto domination decides.
    """
    rank = np.zeros(len(rows), np.int64)
    feasible = np.flatnonzero(rows.violation == 0)
    count = 0
    if len(feasible):
        for front in NonDominatedSorting().do(rows.losses[feasible]):
            rank[feasible[front]] = count
            count += 1
    broken = np.flatnonzero(rows.violation > 0)
    if len(broken):
        rank[broken] = count + np.unique(rows.violation[broken], return_inverse=True)[1]
    return rank


def crowding_distances(rows: EvaluatedSet, rank: NDArray[np.int64]) -> Floats:
    """(n,): how far each row is from the next of its rank; infinite at the ends (Deb et al. 2002, section III B)."""
    distance = np.empty(len(rows))
    for front in np.unique(rank):
        same = np.flatnonzero(rank == front)
        distance[same] = calc_crowding_distance(rows.losses[same]) if len(same) > 2 else np.inf
    return distance
