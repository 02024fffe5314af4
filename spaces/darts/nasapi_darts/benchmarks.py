"""The benchmarks of the DARTS space, each saying whether its values are predicted or measured."""

from __future__ import annotations

import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_darts.anchors import ANCHORS
from nasapi_darts.listed import TableFolder
from nasapi_darts.objectives import OfficialObjective, mlp, nb301_lgb, nb301_xgb, nb301_xgb_0_9, of_trained
from nasapi_darts.tables import (
    EARLIER,
    LICENCE,
    NETWORK_CITATION,
    OFFICIAL_CITATION,
    TRAINED,
    TRAINED_CITATION,
    VERSION,
    opened,
)

BUDGET = 192
"""Trials, as in the tables of Lukasik, Jung & Keuper (AG-Net, ECCV 2022)."""


def nb301_xgb_v1(table: TableFolder = None) -> Benchmark:
    """The highest validation accuracy that the official XGBoost surrogates predict, in 192 trials."""
    return _official("darts/nb301-xgb-v1", nb301_xgb(table), "XGBoost")


def nb301_lgb_v1(table: TableFolder = None) -> Benchmark:
    """The highest validation accuracy that the official LightGBM surrogates predict, in 192 trials."""
    return _official("darts/nb301-lgb-v1", nb301_lgb(table), "LightGBM")


def nb301_xgb_0_9_v1(table: TableFolder = None) -> Benchmark:
    """The highest validation accuracy that the XGBoost surrogates of version 0.9 predict, in 192 trials."""
    return _official("darts/nb301-xgb-0.9-v1", nb301_xgb_0_9(table), "XGBoost", EARLIER)


def _official(name: str, objective: OfficialObjective, kind: str, version: str = VERSION) -> Benchmark:
    return Benchmark(
        id=name,
        problem=Problem(objective.space, (objective.metric("valid_accuracy"),), Budget(BUDGET)),
        objective=objective,
        report_metrics=("train_seconds",),
        reference=Reference(source=OFFICIAL_CITATION, licence=LICENCE, predicted=True),
        description=f"Predictions, not measurements, of the official {kind} surrogates of NAS-Bench-301 v{version}: "
        "the mean of an ensemble; noise is a draw from its spread. Validation accuracy on CIFAR-10 after 100 epochs.",
    )


def mlp_v1(table: TableFolder = None) -> Benchmark:
    """The highest validation accuracy after 98 epochs that the surrogate network predicts, in 192 trials."""
    objective = mlp(table)
    return Benchmark(
        id="darts/mlp-v1",
        problem=Problem(objective.space, (objective.metric("valid_accuracy"),), Budget(BUDGET), objective.fidelity),
        objective=objective,
        report_metrics=("train_seconds",),
        reference=Reference(source=NETWORK_CITATION, licence="Apache-2.0", predicted=True),
        description="Predictions, not measurements: validation accuracy on CIFAR-10 that a published network predicts "
        "for NAS-Bench-301's space, after 1 to 98 epochs. Not the official surrogate: Spearman's rank correlation with "
        "that is 0.90, and values lie about 1.3 points above it, so its numbers compare with no others.",
    )


def trained_v1(table: TableFolder = None) -> Benchmark:
    """The highest validation accuracy after 50 epochs among the trained cells, in 50 trials."""
    measured = opened(table, TRAINED)
    objective = of_trained(measured)
    return Benchmark(
        id="darts/trained-v1",
        problem=Problem(objective.space, (objective.metric("valid_accuracy"),), Budget(50), objective.fidelity),
        objective=objective,
        report_metrics=("train_seconds", "params", "flops", "gpu_latency"),
        reference=Reference(
            {"valid_accuracy": float(np.nanmean(measured["valid_accuracy"][:, -1], axis=1).max())},
            source=TRAINED_CITATION,
            licence=measured.attributes["licence"],
            anchors=ANCHORS,
        ),
        description=f"Measured, but not the space: the {measured.rows} architectures of one small table and no others. "
        "Validation accuracies after 10 and 50 epochs; a few architectures were trained several times, and their mean "
        "is the value. Whether the images are apart from the test images is not known.",
    )
