"""The rules of what is known of a benchmark without searching: published values, optima and the reference point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.data.published import anchored_value, differs
from nasapi.errors import NotAvailable
from nasapi.tables.objective import TableObjective
from nasapi.testing.evaluation_cases import BenchmarkCase
from nasapi.testing.rules import Broken, Skipped, demand, rule

OPTIMUM = "Some architecture attains it, none exceeds it."


@rule(
    "benchmark/anchors-given",
    "Published values of published architectures, one or more for each goal; a table that was measured has them.",
)
def anchors_given(case: BenchmarkCase) -> None:
    """A measured table has an anchor for each goal."""
    reference = case.benchmark.reference
    if reference.predicted:
        raise Skipped("the values are predicted")
    if not case.benchmark.objective.deterministic:
        raise Skipped("the objective measures when it is asked, and has no table to hold against anything")
    if not reference.source and not isinstance(case.benchmark.objective, TableObjective):
        raise Skipped("the values are of no table, and the reference names no source")
    anchored = {anchor.metric for anchor in reference.anchors}
    bare = [goal.name for goal in case.benchmark.problem.goals if goal.name not in anchored]
    demand(not bare, f"there is no published value of {bare[:1]} to hold the table against; give Reference.anchors")


@rule("benchmark/anchors-held", "The objective gives each of them to within its tolerance.")
def anchors_held(case: BenchmarkCase) -> None:
    """Published architectures have their published values."""
    anchors = case.benchmark.reference.anchors
    if not anchors:
        raise Skipped("no published values are given")
    objective = case.benchmark.objective
    known = {metric.name for metric in objective.metrics} | {"cost"}
    compared = 0
    for anchor in anchors:
        demand(anchor.source.strip(), f"the published {anchor.metric} of {anchor.architecture!r} has no source")
        demand(anchor.tolerance >= 0, f"the tolerance of {anchor.metric} is {anchor.tolerance}")
        if anchor.metric in objective.missing and anchor.metric not in known:
            continue
        demand(anchor.metric in known, f"there is no metric {anchor.metric!r} to hold against what was published")
        try:
            found = anchored_value(case.benchmark, anchor)
        except (Skipped, NotAvailable):
            raise
        except Exception as error:
            what = f"{anchor.architecture!r} cannot be looked up: {type(error).__name__}: {error}"
            raise Broken(what, anchor.architecture) from error
        what = f"{anchor.metric} is {found:.8g}, but {anchor.source} has {anchor.value:.8g}"
        demand(not np.isnan(found) and not differs(found, anchor), what, anchor.architecture)
        compared += 1
    if not compared:
        raise Skipped("the metrics of all published values are missing here")


@rule("benchmark/optima", OPTIMUM)
def optima(case: BenchmarkCase) -> None:
    """No architecture that keeps the constraints is better than the optimum."""
    for name, best, gains in _gains(case):
        worst = gains.max(initial=-np.inf)
        row = int(gains.argmax()) if len(gains) else 0
        fine = worst <= 1e-6 * (1 + abs(best))
        demand(fine, f"{name} is better by {worst:.6g} than the optimum {best:.8g}", case.every[row].tolist())


@rule("benchmark/optima-attained", OPTIMUM)
def optima_attained(case: BenchmarkCase) -> None:
    """Where all architectures can be looked at, one that keeps the constraints has the optimum."""
    if len(case.every) < case.objective_case.space_case.candidates and not case.lists_all:
        raise Skipped("the architectures are too many to look at all of them")
    for name, best, gains in _gains(case):
        worst = gains.max(initial=-np.inf)
        demand(worst >= -1e-6 * (1 + abs(best)), f"no architecture has the optimum {best:.8g} of {name}")


@rule(
    "benchmark/optima-goals",
    "The best value of each goal over the whole space, constraints kept; empty where nobody knows.",
)
def optima_goals(case: BenchmarkCase) -> None:
    """Optima are of goals, and are numbers."""
    goals = {goal.name for goal in case.benchmark.problem.goals}
    for name, best in case.benchmark.reference.optima.items():
        demand(name in goals, f"there is an optimum of {name!r}, which is no goal")
        demand(np.isfinite(best), f"the optimum of {name!r} is {best!r}")


@rule("benchmark/point", "It has a value for each goal, none better than the optimum.")
def point(case: BenchmarkCase) -> None:
    """The reference point of the hypervolume is of the goals and worse than their optima."""
    reference, goals = case.benchmark.reference, case.benchmark.problem.goals
    if not reference.point:
        raise Skipped("there is no reference point")
    names = {goal.name for goal in goals}
    demand(set(reference.point) == names, f"the point is of {sorted(reference.point)}, the goals are {sorted(names)}")
    for goal in goals:
        best, there = reference.optima.get(goal.name), reference.point[goal.name]
        fine = best is None or goal.sign * there >= goal.sign * best
        demand(fine, f"the reference point of {goal.name} is {there:.8g}, better than the optimum {best}")


@rule(
    "benchmark/space",
    "Problem and objective have one space, and the levels of the problem's fidelity are the objective's.",
)
def space(case: BenchmarkCase) -> None:
    """The problem's space and fidelity are the objective's."""
    problem, objective = case.benchmark.problem, case.benchmark.objective
    same = problem.space.id == objective.space.id and problem.space.cardinalities == objective.space.cardinalities
    demand(same, f"the problem is of {problem.space!r}, its objective of {objective.space!r}")
    if problem.fidelity is not None:
        demand(problem.fidelity == objective.fidelity, f"levels are {problem.fidelity}, not {objective.fidelity}")


def _gains(case: BenchmarkCase) -> list[tuple[str, float, NDArray[np.float64]]]:
    """Name and optimum of each goal, and (n,) how much better rows that keep the constraints are; -inf elsewhere."""
    benchmark = case.benchmark
    if not benchmark.reference.optima:
        raise Skipped("no optimum is known")
    kept = np.ones(len(case.every), np.bool_)
    for constraint in benchmark.problem.constraints:
        kept &= constraint.kept(case.objective_case.column(constraint.metric, None))
    found = []
    for goal in benchmark.problem.goals:
        if goal.name in benchmark.reference.optima:
            best = float(benchmark.reference.optima[goal.name])
            gains = goal.sign * (best - case.objective_case.column(goal.name, None))
            found.append((goal.name, best, np.where(kept & ~np.isnan(gains), gains, -np.inf)))
    return found
