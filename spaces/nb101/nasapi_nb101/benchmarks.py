"""The benchmarks of NAS-Bench-101, each saying what it is and what it is not."""

from __future__ import annotations

import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.reference import Anchor, Reference
from nasapi.tables import TableObjective
from nasapi_nb101.anchors import LISTED_ANCHORS, TESTED_ANCHORS
from nasapi_nb101.listed import DrawOption, TableFolder
from nasapi_nb101.objectives import AS_GOAL, VALID, of_listed, of_official, of_tested
from nasapi_nb101.tables import CITATION, LISTED, OFFICIAL, TESTED, opened


def cifar10_v1(table: TableFolder = None, draw: DrawOption = "networks") -> Benchmark:
    """The highest mean validation accuracy after 108 epochs, in 300 trials.

    Random draws are uniform over networks; published searches draw codes, each entry of the matrix and each operation
    by itself, which is `draw="codes"` and favours small networks.
    """
    measured = opened(table, *OFFICIAL)
    return _benchmark(
        "nb101/cifar10-v1",
        of_official(measured, draw),
        VALID,
        measured["valid_accuracy"][:, -1].mean(axis=1, dtype=np.float64).max(),
        ("test_accuracy", "params", "train_seconds"),
        "The official measurements of all 423,624 networks; expected values are means of three runs, noise is one of "
        "them. Mean validation accuracy has its optimum at 95.06 %, mean test accuracy at 94.32 %.",
    )


def cifar10_30k_v1(table: TableFolder = None) -> Benchmark:
    """The highest validation accuracy after 108 epochs among 30,001 listed networks, in 300 trials."""
    measured = opened(table, LISTED)
    return _benchmark(
        "nb101/cifar10-30k-v1",
        of_listed(measured),
        VALID,
        measured["valid_accuracy"][:, -1].max(),
        ("test_accuracy", "params", "train_seconds"),
        "Not the whole of NAS-Bench-101: 30,001 of its 423,624 networks, and the space holds no others; one validation "
        "run a network, so no noise and no mean; times below 108 epochs are estimated in proportion. Its numbers "
        "cannot be compared with those of nb101/cifar10-v1. Few networks of the list are one step apart (1.35 a "
        "network, none for 24 %): the nearest fill up to eight neighbours, so a strategy that walks is handicapped.",
        LISTED_ANCHORS,
    )


def cifar10_test_v1(table: TableFolder = None, draw: DrawOption = "networks") -> Benchmark:
    """The highest mean test accuracy after 108 epochs, in 300 trials; `draw` as in `cifar10_v1`."""
    measured = opened(table, TESTED)
    return _benchmark(
        "nb101/cifar10-test-v1",
        of_tested(measured, draw),
        AS_GOAL,
        measured["test_accuracy"].max(),
        ("params",),
        "Not a protocol for results: it searches on the test accuracy of all 423,624 networks for lack of validation "
        "accuracies, so nothing independent of the search can be reported; no fidelities, noise or times. For studying "
        "strategies on a complete real landscape.",
        TESTED_ANCHORS,
    )


def _benchmark(
    name: str,
    objective: TableObjective,
    goal: Metric,
    optimum: float,
    report_metrics: tuple[str, ...],
    description: str,
    anchors: tuple[Anchor, ...] = (),
) -> Benchmark:
    return Benchmark(
        id=name,
        problem=Problem(objective.space, (goal,), Budget(300), objective.fidelity),
        objective=objective,
        report_metrics=report_metrics,
        reference=Reference({goal.name: float(optimum)}, source=CITATION, licence="Apache-2.0", anchors=anchors),
        description=description,
    )
