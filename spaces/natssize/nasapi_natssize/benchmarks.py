"""The benchmarks natssize/cifar10-v1, natssize/cifar100-v1 and natssize/imagenet16-120-v1, for imported files."""

from __future__ import annotations

import numpy as np
from nasapi_nb201 import TITLES

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_natssize.objectives import objective
from nasapi_natssize.tables import OFFICIAL

BUDGET = 200
"""Trials: this plugin's own choice, 0.6 % of the networks."""


def benchmark(dataset: str) -> Benchmark:
    """The highest mean validation accuracy after 90 epochs, in 200 trials.

    Raises NotAvailable with the command that gets the table where the official files were not imported.
    """
    values = objective(dataset)
    goal, space = values.metric("valid_accuracy"), values.space
    best = values.evaluate(np.concatenate(list(space.enumerate())))[goal.name].max()
    return Benchmark(
        id=f"natssize/{dataset}-v1",
        problem=Problem(space, (goal,), Budget(BUDGET), values.fidelity),
        objective=values,
        report_metrics=("test_accuracy", "params", "multiply_additions", "train_seconds"),
        reference=Reference({goal.name: float(best)}, source=OFFICIAL.citation, licence=OFFICIAL.licence),
        description=f"Mean validation accuracy on {TITLES[dataset]} over the training seeds, in percent.",
    )
