"""What training a NAS-Bench-201 cell gives: a look-up in the shipped table, joined with what the user imported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.data import how_to_get
from nasapi.errors import InvalidOption, near
from nasapi.problem import Metric
from nasapi.tables import Table, TableObjective
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.levels import how_to_get_levels, levels_of
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import OFFICIAL

SHIPPED = Path(__file__).parent / "data" / "nb201.zarr"
"""The table that comes with the package."""
_EPOCHS = (
    'The levels: 200 epochs alone; 12 for trainings of 12 too; "all" for each epoch of the trainings of 200; none for '
    "12 and 200 where they were imported, else 200."
)


@option.checked
def objective(
    dataset: str,
    *,
    epochs: Annotated[Any, option.choice(help=_EPOCHS, among=(None, 12, 200, "all"))] = None,
) -> TableObjective:
    """The values of a data set: `cifar10`, `cifar100` or `imagenet16-120`.

    `valid_accuracy` has two or three training seeds a cell, which are the noise; its expected value is their mean.
    `latency` is of a batch of 256 images on the benchmark's GPU; `params` and `flops` are counted; `train_seconds`,
    200 epochs without evaluation, is also the cost. `test_accuracy` and lower levels, with seconds in proportion, are
    there once the official files or columns of them are imported. Values belong to codes: cells of one network were
    trained apart.
    """
    if dataset not in TITLES:
        raise InvalidOption(f"NAS-Bench-201 has no data set {dataset!r}. {near(dataset, TITLES)}")
    space, table, network = NB201(), Table(SHIPPED), NETWORKS[dataset]
    codes = space.codes_at(np.arange(space.size))
    levels = levels_of(dataset, epochs, codes)
    seconds = levels.in_proportion(table[f"{dataset}_train_seconds"])
    percent = (0.0, 100.0)
    columns: dict[Metric, NDArray[Any]] = {
        Metric("valid_accuracy", "max", "%", "valid", percent): _with_shipped(
            levels.valid, table[f"{dataset}_valid_accuracy"]
        ),
        Metric("train_seconds", "min", "s"): seconds,
        Metric("latency", "min", "ms"): levels.repeated(table[f"{dataset}_latency"]),
        Metric("params", "min", "count"): levels.repeated(network.params(codes)),
        Metric("flops", "min", "count"): levels.repeated(network.flops(codes)),
    }
    missing = {} if levels.fidelity is not None or epochs == 200 else {"fidelity": how_to_get_levels()}
    if levels.test is None:
        missing["test_accuracy"] = how_to_get(OFFICIAL)
    else:
        flat = levels.test[:, 0] if levels.fidelity is None else levels.test
        columns[Metric("test_accuracy", "max", "%", "test", percent)] = flat
    found = TableObjective(
        space, space.index, columns, seconds, fidelity=levels.fidelity, missing=missing, identity="code"
    )
    if levels.test is not None and np.isnan(levels.test).all(axis=(0, 2)).any():
        found.failures = {"test_accuracy": "test accuracies were not imported for this number of epochs."}
    return found


def _with_shipped(lower: NDArray[np.float64] | None, shipped: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shipped accuracies, (15625, runs), below them those of fewer epochs: (15625, levels, runs)."""
    if lower is None:
        return shipped
    runs = max(lower.shape[2], shipped.shape[1])
    joined = np.full((*lower.shape[:2], runs), np.nan)
    joined[:, :, : lower.shape[2]] = lower
    joined[:, -1] = np.nan
    joined[:, -1, : shipped.shape[1]] = shipped
    return joined
