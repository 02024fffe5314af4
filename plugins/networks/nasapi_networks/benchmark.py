"""The benchmarks that train: accuracy on scikit-learn's digits, of small networks, within minutes."""

from __future__ import annotations

from typing import Annotated

from nasapi import options as option
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_networks.objective import BATCH, objective
from nasapi_networks.training_settings import MOST_EPOCHS

BUDGET = 30
"""Trials, each a training of some tenths of a second."""


@option.checked
def benchmark(
    space: str,
    *,
    epochs: Annotated[int, option.count(help="Epochs of the highest level.", most=MOST_EPOCHS)] = 5,
    train: Annotated[int | None, option.count(None, "Training images; all 800 where it is none.")] = 200,
) -> Benchmark:
    """The highest validation accuracy on digits in 30 trainings; numbers hold for one kind of processor."""
    batch = BATCH if train is None else min(BATCH, train)
    values = objective(space, data="digits", epochs=epochs, train=train, batch=batch)
    return Benchmark(
        id=f"{space}/digits-v1",
        problem=Problem(values.space, (values.metric("valid_accuracy"),), Budget(BUDGET), values.fidelity),
        objective=values,
        report_metrics=("test_accuracy", "params"),
        reference=Reference(source=values.data.source, licence=values.data.licence),
        description="Validation accuracy on 8x8 digits, of networks that are trained when they are asked for.",
    )
