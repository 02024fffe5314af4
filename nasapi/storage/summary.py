"""What is kept of a benchmark and of a strategy beside their runs, so that runs can be read without any plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import attrs
from attrs import field, frozen

from nasapi.problem import Budget, Constraint, Fidelity, Metric
from nasapi.tables.layout import number, plain

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark


@frozen
class BenchmarkSummary:
    """A benchmark without its objective: what a report says of it and what its histories are made of."""

    spec: str
    """The id with its options, which histories are found by."""
    id: str
    space: str
    genes: int
    goals: tuple[Metric, ...]
    constraints: tuple[Constraint, ...]
    budget: Budget
    fidelity: Fidelity | None
    identity: str
    noise: bool
    report: tuple[str, ...]
    """The report metrics, in order."""
    metrics: Mapping[str, Metric]
    """Everything known of the goals, constrained and report metrics by name."""
    missing: Mapping[str, str]
    """The report metrics whose data were not there, with how to get them."""
    optima: Mapping[str, float]
    point: Mapping[str, float]
    source: str
    licence: str
    predicted: bool
    description: str
    offered_by: str = field(default="", eq=False)
    """The distribution and its version, "nasapi-nb201 0.1.0"; empty for a benchmark made by hand."""

    @classmethod
    def of(cls, benchmark: Benchmark, offered_by: str = "") -> Self:
        """What is kept of `benchmark`."""
        problem, objective, reference = benchmark.problem, benchmark.objective, benchmark.reference
        known = {metric.name: metric for metric in objective.metrics}
        return cls(
            spec=benchmark.spec,
            id=benchmark.id,
            space=problem.space.id,
            genes=len(problem.space.cardinalities),
            goals=problem.goals,
            constraints=problem.constraints,
            budget=problem.budget,
            fidelity=problem.fidelity,
            identity=objective.identity,
            noise=benchmark.noise,
            report=benchmark.report,
            metrics={
                name: known[name] for name in dict.fromkeys([*problem.observed, *benchmark.report]) if name in known
            },
            missing={name: objective.missing[name] for name in benchmark.report if name in objective.missing},
            optima=dict(reference.optima),
            point=dict(reference.point),
            source=reference.source,
            licence=reference.licence,
            predicted=reference.predicted,
            description=benchmark.description,
            offered_by=offered_by,
        )

    def to_json(self) -> dict[str, Any]:
        """The summary as plain JSON; `from_json` undoes it."""
        written: dict[str, Any] = plain(attrs.asdict(self))
        return written

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Self:
        """The summary that `to_json` wrote; raises KeyError or TypeError where it is not one."""
        given = {attribute.name: written[attribute.name] for attribute in attrs.fields(cls)}
        fidelity, budget = given["fidelity"], given["budget"]
        return cls(
            **{
                **given,
                "goals": tuple(map(_metric, given["goals"])),
                "constraints": tuple(
                    Constraint(c["metric"], number(c["lower"]), number(c["upper"])) for c in given["constraints"]
                ),
                "budget": Budget(number(budget["limit"]), budget["unit"]),
                "fidelity": fidelity and Fidelity(fidelity["name"], tuple(fidelity["levels"])),
                "report": tuple(given["report"]),
                "metrics": {name: _metric(metric) for name, metric in given["metrics"].items()},
                "optima": {name: number(value) for name, value in given["optima"].items()},
                "point": {name: number(value) for name, value in given["point"].items()},
            }
        )

    def differs(self, other: BenchmarkSummary) -> list[str]:
        """The names of the attributes in which two summaries of one spec differ."""
        names = [attribute.name for attribute in attrs.fields(type(self)) if attribute.eq]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


@frozen
class StrategySummary:
    """A strategy's name and where its code came from."""

    spec: str
    offered_by: str = ""
    """The distribution and its version, with a digest of its code where it is installed editable; or the SHA-256 of the
    file it was defined in."""


def _metric(written: Mapping[str, Any]) -> Metric:
    bounds = written["bounds"]
    return Metric(**{**written, "bounds": bounds and (number(bounds[0]), number(bounds[1]))})
