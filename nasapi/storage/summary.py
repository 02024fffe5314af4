"""What is kept of a benchmark and of a strategy beside their runs, so that runs can be read without any plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np
from attrs import field, frozen

from nasapi.benchmark import MOST_WORKERS
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.safety.grammar import Record, Shape, choice, flag, listed, mapped, maybe, number, plain_name, text, whole
from nasapi.tables.layout import number as from_word
from nasapi.tables.layout import plain

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark


_STORED_NAMES = {"report_metrics": "report"}
"""Attributes that have another name in files."""


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
    workers: int
    """How many workers the simulated clock has."""
    report_metrics: tuple[str, ...]
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
    training_sd: Mapping[str, float] = field(factory=dict, eq=False)
    """What training one network again changes, by goal: `Reference.training_sd`."""

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
            workers=benchmark.workers,
            report_metrics=benchmark.report_metrics,
            metrics={
                name: known[name]
                for name in dict.fromkeys([*problem.observed, *benchmark.report_metrics])
                if name in known
            },
            missing={name: objective.missing[name] for name in benchmark.report_metrics if name in objective.missing},
            optima=dict(reference.optima),
            point=dict(reference.point),
            source=reference.source,
            licence=reference.licence,
            predicted=reference.predicted,
            description=benchmark.description,
            offered_by=offered_by,
            training_sd={name: sd for name, sd in reference.training_sd.items() if np.isfinite(sd)},
        )

    def to_json(self) -> dict[str, Any]:
        """The summary as plain JSON; `from_json` undoes it."""
        written: dict[str, Any] = plain(attrs.asdict(self))
        return {_STORED_NAMES.get(name, name): value for name, value in written.items()}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Self:
        """The summary that `to_json` wrote, read by `SUMMARY`."""
        names = {each.name: _STORED_NAMES.get(each.name, each.name) for each in attrs.fields(cls)}
        given = {name: written[stored] for name, stored in names.items() if stored in written}
        fidelity, budget = given["fidelity"], given["budget"]
        return cls(
            **{
                **given,
                "goals": tuple(map(_metric, given["goals"])),
                "constraints": tuple(
                    Constraint(c["metric"], from_word(c["lower"]), from_word(c["upper"])) for c in given["constraints"]
                ),
                "budget": Budget(from_word(budget["limit"]), budget["unit"]),
                "fidelity": fidelity and Fidelity(**{**fidelity, "levels": tuple(fidelity["levels"])}),
                "report_metrics": tuple(given["report_metrics"]),
                "metrics": {name: _metric(metric) for name, metric in given["metrics"].items()},
                "optima": {name: from_word(value) for name, value in given["optima"].items()},
                "point": {name: from_word(value) for name, value in given["point"].items()},
                "training_sd": dict(given.get("training_sd", {})),
            }
        )

    def differs(self, other: BenchmarkSummary) -> list[str]:
        """The names of the attributes in which two summaries of one spec differ, what they say in words apart.

        A better description, source or origin changes no number: runs from before it and after go together.
        """
        one, two = _bare(self), _bare(other)
        names = [attribute.name for attribute in attrs.fields(type(self)) if attribute.eq]
        return [name for name in names if getattr(one, name) != getattr(two, name)]


@frozen
class StrategySummary:
    """A strategy's name and where its code came from."""

    spec: str
    offered_by: str = ""
    """The distribution and its version, with a digest of its code where it is installed editable; or the SHA-256 of the
    file it was defined in, and that of its code without comments."""

    def same_code(self, other: StrategySummary) -> bool:
        """Whether both came from the same code."""
        return same_origin(self.offered_by, other.offered_by)


def same_origin(one: str, other: str) -> bool:
    """Whether two `offered_by` name the same code: one distribution, or files that are the same but for comments."""
    digests = [set(each.split()) if each.startswith("sha256:") else {each} for each in (one, other)]
    return bool(digests[0] & digests[1])


SPEC = text(pattern=r"[^\n\t]{1,2000}", wanted="a spec of 1 to 2,000 printable characters")
"""The grammar of a spec in a file."""

_METRIC = Record(
    {
        "name": plain_name,
        "goal": choice("min", "max"),
        "unit": text(),
        "split": choice("none", "train", "valid", "test"),
        "bounds": maybe(listed(number(infinite=True), 2, 2)),
        "description": text(),
    },
    optional={"origin": text()},
)
_NUMBERS = mapped(number(infinite=True), plain_name)

SUMMARY: Mapping[str, Shape] = {
    "spec": SPEC,
    "id": SPEC,
    "space": SPEC,
    "genes": whole(1, 100_000),
    "goals": listed(_METRIC, 1, key=lambda goal: goal["name"]),
    "constraints": listed(
        Record({"metric": plain_name, "lower": number(infinite=True), "upper": number(infinite=True)})
    ),
    "budget": Record({"limit": number(), "unit": choice("trials", "unique", "seconds")}),
    "fidelity": maybe(Record({"name": text(), "levels": listed(whole(1), 1), "resumes": flag})),
    "identity": choice("code", "network"),
    "noise": flag,
    "workers": whole(1, MOST_WORKERS),
    "report": listed(plain_name, key=str),
    "metrics": mapped(_METRIC, plain_name),
    "missing": mapped(text(), plain_name),
    "optima": _NUMBERS,
    "point": _NUMBERS,
    "source": text(),
    "licence": text(),
    "predicted": flag,
    "description": text(),
    "offered_by": text(),
}
"""The grammar of each field of a benchmark's summary in a file."""
SUMMARY_LATER: Mapping[str, Shape] = {"training_sd": mapped(number(), plain_name)}
"""That of fields which files of earlier versions lack."""


def _bare(summary: BenchmarkSummary) -> BenchmarkSummary:
    """The summary without what only describes it."""

    def silent(metric: Metric) -> Metric:
        return attrs.evolve(metric, description="", origin="")

    return attrs.evolve(
        summary,
        goals=tuple(map(silent, summary.goals)),
        metrics={name: silent(metric) for name, metric in summary.metrics.items()},
        missing=dict.fromkeys(summary.missing, ""),
        description="",
        source="",
    )


def _metric(written: Mapping[str, Any]) -> Metric:
    bounds = written["bounds"]
    return Metric(**{**written, "bounds": bounds and (from_word(bounds[0]), from_word(bounds[1]))})
