"""What training a NAS-Bench-201 cell gives: a look-up in the shipped table, joined with what the user imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.data import how_to_get, place_of
from nasapi.errors import InvalidOption, near
from nasapi.metric import Metric
from nasapi.space import Codes
from nasapi.tables import Deferred, Table, TableObjective
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.levels import Levels, how_to_get_levels, levels_of
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import COLUMNS, OFFICIAL

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
MULTIPLY_ADDITIONS = "multiply-additions for one image and the classifier's biases, which the papers call FLOPs"
SHIPPED = Path(__file__).parent / "data" / "nb201.zarr"
"""The table that comes with the package."""
_EPOCHS = (
    'The levels: 200 epochs alone; 12 for trainings of 12 too; "all" for each epoch of the trainings of 200; none for '
    "12 and 200 where they were imported, else 200."
)
MetricColumns = dict[Metric, Callable[[], NDArray[Any]]]
"""What makes the column of each metric, (15625,), (15625, runs), (15625, levels) or (15625, levels, runs)."""
_TRAINED = "after 200 epochs, two or three training seeds"
_LEVELLED = "after so many epochs; two or three training seeds after 200"


@option.checked
def objective(
    dataset: str,
    *,
    epochs: Annotated[Any, option.choice(help=_EPOCHS, among=(None, 12, 200, "all"))] = None,
) -> TableObjective:
    """The values of a data set: `cifar10`, `cifar100` or `imagenet16-120`.

    `valid_accuracy` has two or three training seeds a cell, which are the noise; its expected value is their mean.
    `latency` is of a batch of 256 images on the authors' GPU; `params` and `multiply_additions` are counted;
    `train_seconds`, 200 epochs without evaluation, is also the cost, and derived: the authors scaled the mean epoch of
    one training of 12 epochs on half of CIFAR-10. `test_accuracy` and lower levels, with seconds in proportion, are
    there once the official files or columns of them are imported. Values belong to codes: cells of one network were
    trained apart.
    """
    if dataset not in TITLES:
        raise InvalidOption(f"NAS-Bench-201 has no data set {dataset!r}. {near(dataset, TITLES)}")
    space, table = NB201(), Table(SHIPPED)
    codes = space.codes_at(np.arange(space.size))
    levels = levels_of(dataset, epochs, codes)
    seconds = levels.in_proportion(table[f"{dataset}_train_seconds"])
    columns = _trained(dataset, table, levels) | _counted(dataset, codes, levels)
    columns[Metric("train_seconds", "min", "s", description=SECONDS[dataset], origin=DERIVED[dataset])] = lambda: (
        seconds
    )
    return TableObjective(
        space,
        space.index,
        Deferred(columns),
        seconds,
        fidelity=levels.fidelity,
        missing=_missing(dataset, epochs, levels),
        failures=_failures(levels),
        identity="code",
        description=f"NAS-Bench-201 (Dong & Yang, ICLR 2020) on {TITLES[dataset]}: every cell, trained by its authors.",
    )


def _trained(dataset: str, table: Table, levels: Levels) -> MetricColumns:
    """What the authors measured: accuracies, of test images where they were imported, and the latency."""
    title = TITLES[dataset]
    trained = f"accuracy on {title} {_TRAINED if levels.fidelity is None else _LEVELLED}"
    batch = f"one batch of 256 images of {title} on a GPU that the authors' files do not name"
    valid = Metric("valid_accuracy", "max", "%", "valid", (0.0, 100.0), trained, "measured")
    latency = Metric("latency", "min", "ms", description=batch, origin="measured")
    columns: MetricColumns = {
        valid: lambda: _with_shipped(levels.valid, table[f"{dataset}_valid_accuracy"]),
        latency: lambda: levels.repeated(table[f"{dataset}_latency"]),
    }
    if levels.test is not None:
        accuracies = levels.test[:, 0] if levels.fidelity is None else levels.test
        test = Metric("test_accuracy", "max", "%", "test", (0.0, 100.0), trained, "measured")
        columns[test] = lambda: accuracies
    return columns


def _counted(dataset: str, codes: Codes, levels: Levels) -> MetricColumns:
    """The sizes of the network, which are the same at every level."""
    network = NETWORKS[dataset]
    params = Metric("params", "min", "count", description="trainable parameters", origin=COUNTED)
    additions = Metric("multiply_additions", "min", "count", description=MULTIPLY_ADDITIONS, origin=COUNTED)
    return {
        params: lambda: levels.repeated(network.params(codes)),
        additions: lambda: levels.repeated(network.benchmark_flops(codes)),
    }


def _missing(dataset: str, epochs: object, levels: Levels) -> dict[str, str]:
    """What is not here, each with a sentence that says how to get it."""
    missing = {} if levels.fidelity is not None else {"fidelity": how_to_get_levels()}
    if epochs == 200:
        missing["fidelity"] = f"lower levels are an option, as in nb201/{dataset}-v1[epochs=12]."
    if levels.test is None:
        missing["test_accuracy"] = _how_to_get_tests(dataset)
    return missing


def _how_to_get_tests(dataset: str) -> str:
    """How test accuracies come here: from the official archive, or from a column of a file that people have."""
    column = f"`{dataset}_test_200`"
    if place_of(COLUMNS).exists():
        return (
            f"the imported table {COLUMNS.name} has no test accuracies on {TITLES[dataset]}: run "
            f"`nasapi data import {COLUMNS.name} FILE` with an npz or CSV file that has a column {column} beside those "
            f"that you want to keep, or `nasapi data import {OFFICIAL.name} FILE` with the official one."
        )
    return (
        f"{how_to_get(OFFICIAL).removesuffix('.')}; or, with an npz or CSV file that has a column {column}, run "
        f"`nasapi data import {COLUMNS.name} FILE`."
    )


def _failures(levels: Levels) -> dict[str, str]:
    """Why accuracies of what was imported can be NaN, for those that are somewhere."""
    imported = {"valid_accuracy": None if levels.valid is None else levels.valid[:, :-1], "test_accuracy": levels.test}
    return {
        name: f"{name} was not published, or not imported, for this cell and number of epochs."
        for name, column in imported.items()
        if column is not None and np.isnan(column).all(axis=2).any()
    }


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
