"""The benchmarks graph/cora-v1 to graph/proteins-v1."""

from __future__ import annotations

import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_graph import TITLES
from nasapi_graph.anchors import anchors
from nasapi_graph.objectives import objective

BUDGET = 200
"""Trials: this plugin's own choice, 0.8 % of the networks."""


def benchmark(dataset: str) -> Benchmark:
    """The highest mean validation accuracy (ROC-AUC on ogbn-proteins) over three seeds, in 200 trials."""
    values = objective(dataset)
    goal, test, *others = values.metrics
    codes = np.concatenate(list(values.space.enumerate()))
    words = goal.name.removeprefix("valid_").replace("roc_auc", "ROC-AUC")
    return Benchmark(
        id=f"graph/{dataset}-v1",
        problem=Problem(values.space, (goal,), Budget(BUDGET)),
        objective=values,
        report_metrics=(test.name, *(metric.name for metric in others)),
        reference=Reference(
            {goal.name: float(values.evaluate(codes)[goal.name].max())},
            source="NAS-Bench-Graph (Qin et al., NeurIPS 2022), the light table in nas-bench-graph 1.4.0",
            licence="Apache-2.0",
            anchors=anchors(dataset, goal.name, test.name),
        ),
        description=f"Mean validation {words} on {TITLES[dataset]} over three training seeds, in percent. "
        "The table has no training times, so trials cost nothing.",
    )
