"""How results compare where constraints may be broken: one sortable pair for each."""

from __future__ import annotations

from collections.abc import Sequence

from nasapi import Problem, Result

Standing = tuple[float, float]
"""The sum of broken constraints, then the loss; of two standings the smaller is the better, (inf, inf) a failure."""

FAILED: Standing = (float("inf"), float("inf"))


def standings(problem: Problem, results: Sequence[Result]) -> list[Standing]:
    """The standing of each result by the problem's first goal.

    Feasible beats infeasible, a smaller violation a larger one, then the goal decides (Deb 2000); a failure is last.
    """
    losses = problem.losses(results)[:, 0].tolist()
    if not problem.constraints:
        return [(0.0, loss) if loss < FAILED[1] else FAILED for loss in losses]
    violations = problem.violations(results).sum(axis=1).tolist()
    return [(a, b) if b < FAILED[1] else FAILED for a, b in zip(violations, losses, strict=True)]
