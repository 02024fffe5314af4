"""What training a NAS-Bench-201 cell gives: a look-up in the shipped table, joined with what the user imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.data import how_to_get
from nasapi.errors import CorruptData, InvalidOption, near
from nasapi.problem import Metric
from nasapi.tables import Table, TableObjective
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import OFFICIAL, imported

SECONDS = {
    "cifar10": "seconds of the 200 epochs of one training on half of the training images, without evaluation",
    "cifar100": "seconds of 200 epochs of training, without evaluation",
    "imagenet16-120": "seconds of 200 epochs of training, without evaluation",
}
"""What `train_seconds` is of."""
_MEAN_EPOCH = "derived: the mean epoch of one training of 12 epochs on half of CIFAR-10's training images (seed 777)"
DERIVED = {
    "cifar10": f"{_MEAN_EPOCH}, times 200",
    "cifar100": f"{_MEAN_EPOCH}, times 200, times 2.0 for as many more images",
    "imagenet16-120": f"{_MEAN_EPOCH}, times 200, times 6.068 (151,700 / 25,000) for as many more images",
}
"""How `train_seconds` came about: the authors trained each cell for 12 epochs with a clock, and scaled that."""
COUNTED = "derived: counted from the layers, which gives every published value"
SHIPPED = Path(__file__).parent / "data" / "nb201.zarr"
"""The table that comes with the package."""
_TRAINED = "after 200 epochs, two or three training seeds"


def objective(dataset: str) -> TableObjective:
    """The values of a data set: `cifar10`, `cifar100` or `imagenet16-120`.

    `valid_accuracy` has two or three training seeds a cell, which are the noise; its expected value is their mean.
    `latency` is of a batch of 256 images on the authors' GPU; `params` and `flops` are counted; `train_seconds`, 200
    epochs without evaluation, is also the cost, and derived: the authors scaled the mean epoch of one training of 12
    epochs on half of CIFAR-10. `test_accuracy` is there once the official files are imported.
    Values belong to codes: cells of one network were trained apart.
    """
    if dataset not in TITLES:
        raise InvalidOption(f"NAS-Bench-201 has no data set {dataset!r}. {near(dataset, TITLES)}")
    space, table, network = NB201(), Table(SHIPPED), NETWORKS[dataset]
    codes, title = space.codes_at(np.arange(space.size)), TITLES[dataset]
    seconds = table[f"{dataset}_train_seconds"]
    percent = (0.0, 100.0)
    columns: dict[Metric, NDArray[Any]] = {
        Metric("valid_accuracy", "max", "%", "valid", percent, f"accuracy on {title} {_TRAINED}", "measured"): table[
            f"{dataset}_valid_accuracy"
        ],
        Metric("train_seconds", "min", "s", description=SECONDS[dataset], origin=DERIVED[dataset]): seconds,
        Metric(
            "latency",
            "min",
            "ms",
            description=f"one batch of 256 images of {title} on a GPU that the authors' files do not name",
            origin="measured",
        ): table[f"{dataset}_latency"],
        Metric("params", "min", "count", description="trainable parameters", origin=COUNTED): network.params(codes),
        Metric("flops", "min", "count", description="multiply-additions for one image", origin=COUNTED): network.flops(
            codes
        ),
    }
    official, missing = imported(), {}
    if official is None:
        missing["test_accuracy"] = how_to_get(OFFICIAL)
    else:
        if not np.array_equal(official["codes"], codes):
            raise CorruptData(f"The imported table {str(official.path)!r} lists other cells; import it again.")
        values = official[f"{dataset}_test_accuracy"]
        told = f"accuracy on {title} {_TRAINED}"
        columns[Metric("test_accuracy", "max", "%", "test", percent, told, "measured")] = values
    return TableObjective(
        space,
        space.index,
        columns,
        seconds,
        missing=missing,
        identity="code",
        description=f"NAS-Bench-201 (Dong & Yang, ICLR 2020) on {title}: every cell, trained by its authors.",
    )
