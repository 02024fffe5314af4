"""What training a NAS-Bench-201 cell gives: a look-up in the shipped table, joined with what the user imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.data import how_to_get
from nasapi.errors import CorruptData, InvalidOption, near
from nasapi.problem import Metric
from nasapi.tables import Deferred, Table, TableObjective
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import OFFICIAL, imported

SHIPPED = Path(__file__).parent / "data" / "nb201.zarr"
"""The table that comes with the package."""


def objective(dataset: str) -> TableObjective:
    """The values of a data set: `cifar10`, `cifar100` or `imagenet16-120`.

    `valid_accuracy` has two or three training seeds a cell, which are the noise; its expected value is their mean.
    `latency` is of a batch of 256 images on the benchmark's GPU; `params` and `flops` are counted; `train_seconds`,
    200 epochs without evaluation, is also the cost. `test_accuracy` is there once the official files are imported.
    Values belong to codes: cells of one network were trained apart.
    """
    if dataset not in TITLES:
        raise InvalidOption(f"NAS-Bench-201 has no data set {dataset!r}. {near(dataset, TITLES)}")
    space, table, network = NB201(), Table(SHIPPED), NETWORKS[dataset]
    codes = space.codes_at(np.arange(space.size))
    seconds = table[f"{dataset}_train_seconds"]
    percent = (0.0, 100.0)
    columns: dict[Metric, Callable[[], NDArray[Any]]] = {
        Metric("valid_accuracy", "max", "%", "valid", percent): lambda: table[f"{dataset}_valid_accuracy"],
        Metric("train_seconds", "min", "s"): lambda: seconds,
        Metric("latency", "min", "ms"): lambda: table[f"{dataset}_latency"],
        Metric("params", "min", "count"): lambda: network.params(codes),
        Metric("flops", "min", "count"): lambda: network.flops(codes),
    }
    official, missing = imported(), {}
    if official is None:
        missing["test_accuracy"] = how_to_get(OFFICIAL)
    else:
        if not np.array_equal(official["codes"], codes):
            raise CorruptData(f"The imported table {str(official.path)!r} lists other cells; import it again.")
        values = official[f"{dataset}_test_accuracy"]
        columns[Metric("test_accuracy", "max", "%", "test", percent)] = lambda: values
    return TableObjective(space, space.index, Deferred(columns), seconds, missing=missing, identity="code")
