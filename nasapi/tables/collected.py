"""What `nasapi collect` made: the objective and the benchmarks of a table that says itself what is in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption, near
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.reference import Anchor, Reference
from nasapi.safety.grammar import Record, anything, choice, flag, listed, mapped, number, plain_name, text, whole
from nasapi.space import SearchSpace
from nasapi.spaces.listed import ListedSpace
from nasapi.tables.objective import TableObjective
from nasapi.tables.table import Table

BUDGET = 192
"""Trials of a benchmark on a collected table of many networks; of fewer a twentieth, but 20."""
_SHARE, _LEAST = 20, 20

_TASK = Record(
    {"id": text(), "goals": listed(plain_name, 1), "summary": text()},
    optional={"limits": mapped(number(), plain_name)},
)
_ANCHOR = Record({"architecture": text(), "metric": plain_name, "value": number()})
_PUBLISHED = Record(
    {
        "name": text(),
        "space": plain_name,
        "identity": choice("code", "network"),
        "complete": flag,
        "classes": whole(2),
        "tasks": listed(_TASK, 1, key=lambda task: task["id"]),
        "anchors": listed(_ANCHOR, 1),
        "source": text(),
        "licence": text(),
        "failures": listed(text()),
    },
    optional={"seeds": listed(whole()), "mixed": listed(text(), 1)},
    rest=anything,
)


@frozen(eq=False)
class CollectedTable:
    """A published table with its space: the one that was collected, or of a sample the listed space of it."""

    table: Table
    parent: SearchSpace
    space: SearchSpace
    listed: ListedSpace
    facts: Mapping[str, Any]
    """The attributes, each of its type."""

    @classmethod
    def open(cls, path: str | os.PathLike[str], parent: SearchSpace) -> CollectedTable:
        """The table at `path`, which `nasapi collect publish` wrote, of architectures of `parent`.

        Raises CorruptData where it is no such table, InvalidOption where it is of another space.
        """
        table = Table(path)
        facts = _PUBLISHED(table.attributes, f"The header of table {str(path)!r}")
        if facts["space"] != parent.id:
            raise InvalidOption(f"Table {str(path)!r} is of architectures of {facts['space']!r}, not of {parent.id!r}.")
        called = facts["name"].replace("/", "-").rpartition("-v")[0]
        rows = ListedSpace(parent, table["codes"].astype(np.int64), id=called)
        return cls(table, parent, parent if facts["complete"] else rows, rows, facts)

    def objective(self) -> TableObjective:
        """Every column of numbers as a metric, with a run a training seed; the cost is the seconds of a training."""
        columns: dict[Metric, NDArray[Any]] = {}
        for name in self.table:
            about = self.table.describe(name)
            if name not in ("codes", "failure") and len(about["shape"]) < 3:
                columns[_metric(name, about)] = self.table[name]
        seconds = self.table["train_seconds"]
        identity: Literal["code", "network"] = self.facts["identity"]
        rows = self.listed.networks if identity == "network" else self.listed.rows
        source = self.facts["source"]
        what = f"Networks of {self.parent.id} that were trained and measured as their recipe says."
        what += f" Source: {source.rstrip('.')}." if source else ""
        if apart := self.facts.get("mixed"):
            what += f" Not all were measured alike: {'; '.join(apart)}."
        why = "; ".join(self.facts["failures"])[:500]
        failures = {metric.name: f"the training of a seed failed: {why}" for metric in columns} if why else {}
        return TableObjective(
            self.space, rows, columns, seconds, identity=identity, description=what, failures=failures
        )

    def benchmark(self, task: str) -> Benchmark:
        """The benchmark of one of the table's tasks, by its id; raises InvalidOption where there is none."""
        tasks = {each["id"]: each for each in self.facts["tasks"]}
        if task not in tasks:
            raise InvalidOption(f"Table {self.facts['name']!r} has no task {task!r}. {near(task, tasks)}")
        values = self.objective()
        goals = tuple(values.metric(name) for name in tasks[task]["goals"])
        limits = tuple(Constraint(name, upper=most) for name, most in tasks[task].get("limits", {}).items())
        every = values.evaluate(self.listed.listed)
        kept = np.all([np.ones(self.table.rows, bool), *(one.kept(every[one.metric]) for one in limits)], axis=0)
        best = {goal.name: float(goal.sign * np.nanmin(goal.sign * every[goal.name][kept])) for goal in goals}
        worst = {goal.name: float(goal.sign * np.nanmax(goal.sign * every[goal.name])) for goal in goals}
        goal_names = {goal.name for goal in goals}
        return Benchmark(
            id=task,
            problem=Problem(self.space, goals, self._budget(), values.fidelity, limits),
            objective=values,
            report_metrics=tuple(
                m.name for m in values.metrics if m.name.endswith("accuracy") and m.name not in goal_names
            ),
            reference=Reference(
                best,
                {} if len(goals) == 1 else {g.name: self._guessed(g, worst[g.name]) for g in goals},
                source=self.facts["source"],
                licence=self.facts["licence"],
                anchors=self._anchors(),
            ),
            description=tasks[task]["summary"],
        )

    def _guessed(self, goal: Metric, worst: float) -> float:
        """What a hypervolume is measured from: of an accuracy that of guessing, of all else the table's worst value."""
        return 100 / self.facts["classes"] if goal.name.endswith("accuracy") and goal.unit == "%" else worst

    def _budget(self) -> Budget:
        """So few trials that a search has networks left to miss, in a small sample too."""
        return Budget(min(BUDGET, self.table.rows, max(_LEAST, self.table.rows // _SHARE)))

    def _anchors(self) -> tuple[Anchor, ...]:
        source = f"{self.facts['name']}, as it was collected"
        return tuple(
            Anchor(each["architecture"], each["metric"], each["value"], source) for each in self.facts["anchors"]
        )


@lru_cache(maxsize=8)
def _opened(path: str, space: str) -> CollectedTable:
    from nasapi.plugins import load_space

    return CollectedTable.open(path, load_space(space))


def collected_objective(path: str, space: str) -> TableObjective:
    """The objective of the table at `path`, of architectures of the space of that id; what a published plugin names."""
    return _opened(path, space).objective()


def collected_benchmark(path: str, space: str, task: str) -> Benchmark:
    """The benchmark `task` of the table at `path`."""
    return _opened(path, space).benchmark(task)


def collected_space(path: str, space: str) -> SearchSpace:
    """The listed space of the table at `path`, where that has a sample of the space."""
    return _opened(path, space).space


_DERIVED = {
    "mean_corruption_accuracy": "derived: the mean of the accuracies measured one by one",
    "train_seconds": "derived: its share of the measured seconds of the networks that were trained together",
}
"""What is not measured by itself, by the end of its name; sizes are counted."""


def _metric(name: str, about: Mapping[str, Any]) -> Metric:
    """The metric of a column: which way is up and how it came about are in its name, its bounds are in its unit."""
    origin = next((how for end, how in _DERIVED.items() if name.endswith(end)), "measured")
    if about["unit"] == "count":
        origin = "derived: counted from the network"
    goal: Literal["min", "max"] = "max" if name.endswith(("accuracy", "confidence_right")) else "min"
    bounds = {"%": (0.0, 100.0), "share": (0.0, 1.0)}.get(about["unit"], (0.0, float("inf")))
    return Metric(name, goal, about["unit"], about["split"], bounds, about["description"], origin)
