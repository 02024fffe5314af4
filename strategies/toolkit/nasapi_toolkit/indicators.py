"""How good a set of points is for several goals: IGD+ and attainment, computed by moocore."""

from __future__ import annotations

from collections.abc import Sequence

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi.errors import InvalidOption
from nasapi.ranking import finite_rows

Floats = NDArray[np.float64]


def igd_plus(losses: ArrayLike, front: ArrayLike) -> float:
    """The mean distance from each point of a known front, (m, goals), to the nearest of losses, (n, goals).

    Only what is worse counts as distance, so that it agrees with domination (Ishibuchi et al., EMO 2015, eq. 9); scale
    the goals alike before. Infinite where there are no finite losses.
    """
    rows, reference = finite_rows(losses), finite_rows(front)
    if not len(reference):
        raise InvalidOption("IGD+ needs a front with at least one point; nothing is feasible here.")
    if rows.shape[1] != reference.shape[1]:
        raise InvalidOption(f"The losses have {rows.shape[1]} goals and the front {reference.shape[1]}; give the same.")
    return float(moocore.igd_plus(rows, ref=reference)) if len(rows) else float("inf")


def attainment(runs: Sequence[ArrayLike], share: float) -> Floats:
    """(k, goals): the front of what at least this share of runs attained, each run given by its losses, (n, goals).

    The empirical attainment surface of Fonseca & Fleming (1996) and Grunert da Fonseca et al. (EMO 2001); with
    `share=0.5` the median. Empty where too few runs have any finite losses. For two or three goals.
    """
    if not 0 < share <= 1:
        raise InvalidOption(f"`share` is above 0 and at most 1, not {share!r}.")
    sets = [finite_rows(run) for run in runs]
    there = [rows for rows in sets if len(rows)]
    # Runs that found nothing attain nothing: the share of the rest must be larger to make up for them.
    percent = 100 * share * len(sets) / max(len(there), 1)
    goals = sets[0].shape[1] if sets else 0
    if not there or percent > 100 + 1e-9:
        return np.empty((0, goals))
    numbers = np.repeat(np.arange(1, len(there) + 1), [len(rows) for rows in there])
    found = moocore.eaf(np.concatenate(there), sets=numbers, percentiles=[min(percent, 100.0)])
    return np.asarray(found[:, :goals], np.float64)
