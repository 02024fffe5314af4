"""A benchmark whose cells are known by their rank at each of five levels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nasapi import Benchmark, Budget, Fidelity, Metric, Problem
from nasapi.tables import TableObjective
from nasapi.testing.pair import pair_v1

LEVELS = (1, 3, 9, 27, 81)


def graded(seconds: float, *, levels: tuple[int, ...] = LEVELS) -> Benchmark:
    """The 484 codes of the kit's pair of cells; a loss that falls with the level, a cost of a second an epoch."""
    space = pair_v1().problem.space
    codes = np.concatenate(list(space.enumerate()))
    place = {tuple(code): row for row, code in enumerate(codes.tolist())}
    quality = np.random.default_rng(7).permutation(len(codes)).astype(np.float64)
    share = np.array(levels) / levels[-1]
    loss = quality[:, None] + len(codes) * (1 - share)
    metric = Metric("loss", "min", "1")
    objective = TableObjective(
        space,
        lambda rows: np.array([place[tuple(row)] for row in rows.tolist()]),
        {metric: loss},
        np.tile(np.array(levels, np.float64), (len(codes), 1)),
        fidelity=Fidelity("epochs", levels),
    )
    problem = Problem(space, (metric,), Budget(seconds, "seconds"), objective.fidelity)
    return Benchmark(f"{space.id}/graded-v1", problem, objective)


@pytest.fixture
def make_graded() -> Callable[..., Benchmark]:
    """Makes the benchmark with a budget."""
    return graded
