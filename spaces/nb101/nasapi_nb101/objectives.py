"""The objectives of NAS-Bench-101: the official table, and two partial ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.tables import Deferred, Table, TableObjective
from nasapi_nb101.listed import Draw, DrawOption, TabledNB101, TableFolder, listed
from nasapi_nb101.tables import LISTED, OFFICIAL, TESTED, opened

_PERCENT = (0.0, 100.0)
VALID = Metric("valid_accuracy", "max", "%", "valid", _PERCENT, "CIFAR-10, 10,000 held-out images", "measured")
TEST = Metric("test_accuracy", "max", "%", "test", _PERCENT, "CIFAR-10", "measured")
TRAIN = Metric("train_accuracy", "max", "%", "train", _PERCENT, "CIFAR-10", "measured")
PARAMS = Metric(
    "params", "min", "count", description="trainable parameters", origin="derived: counted from the network"
)
SECONDS = Metric("train_seconds", "min", "s", description="time of the training", origin="measured")
PROPORTIONAL = attrs.evolve(SECONDS, origin="derived: measured for 108 epochs, and taken in proportion for fewer")
AS_GOAL = Metric(
    "test_accuracy_as_goal",
    "max",
    "%",
    "none",
    (0.0, 100.0),
    "CIFAR-10 test accuracy standing in for the validation accuracy that this table lacks",
    "measured",
)


def cifar10(table: TableFolder = None, draw: DrawOption = "networks") -> TableObjective:
    """The official measurements: three runs at every number of epochs that the imported file holds.

    Reads the table in the folder `table`, or `nb101`, or else `nb101-only108`. `draw` says what random draws are
    uniform over: "networks", or "codes" as in published searches.
    """
    return of_official(opened(table, *OFFICIAL), draw)


def cifar10_30k(table: TableFolder = None) -> TableObjective:
    """Validation accuracies of 30,001 networks, over a space of these; from the folder `table`, or `nb101-30k`."""
    return of_listed(opened(table, LISTED))


def cifar10_test(table: TableFolder = None, draw: DrawOption = "networks") -> TableObjective:
    """Test accuracies of all networks as a goal; from the folder `table`, or `nb101-test`, and `draw` as above."""
    return of_tested(opened(table, TESTED), draw)


def of_official(table: Table, draw: Draw = "networks") -> TableObjective:
    """The objective of a table that `import_official` wrote."""
    space = TabledNB101(table["cell"], partial(table.__getitem__, "hash"), draw)
    levels = tuple(table.attributes["epochs"])
    columns: dict[Metric, Callable[[], NDArray[Any]]] = {
        metric: partial(table.__getitem__, metric.name) for metric in (VALID, TEST, TRAIN, SECONDS)
    }
    columns[PARAMS] = lambda: np.repeat(table["params"][:, None], len(levels), axis=1)
    cost, fidelity = table["train_seconds"], Fidelity("epochs", levels)
    description = "NAS-Bench-101 (Ying et al., ICML 2019): every network, three runs at each number of epochs."
    return TableObjective(
        space, space.row, Deferred(columns), cost, fidelity=fidelity, identity="network", description=description
    )


def of_listed(table: Table) -> TableObjective:
    """The objective of a table that `import_subset` wrote: one run at each number of epochs.

    Times were measured for 108 epochs and are taken in proportion for fewer. The test accuracy, a mean of three runs,
    exists for 108 epochs and is NaN for fewer.
    """
    space = listed(table["cell"])
    fidelity = Fidelity("epochs", tuple(table.attributes["epochs"]))
    share = np.array(fidelity.levels) / fidelity.levels[-1]
    seconds = table["train_seconds"][:, None] * share
    columns = {
        VALID: table["valid_accuracy"],
        TEST: np.where(share == 1, table["test_accuracy"][:, None], np.nan),
        PROPORTIONAL: seconds,
        PARAMS: np.repeat(table["params"][:, None], len(share), axis=1),
    }
    return TableObjective(
        space,
        space.rows,
        columns,
        seconds,
        fidelity=fidelity,
        failures={TEST.name: "test accuracies were published for 108 epochs alone."},
        identity="network",
        description="30,001 networks of NAS-Bench-101 (Ying et al., ICML 2019) and no others, one validation run each.",
    )


def of_tested(table: Table, draw: Draw = "networks") -> TableObjective:
    """The objective of a table that `import_test` wrote; it has no times, so an evaluation costs 0 seconds."""
    space = TabledNB101(table["cell"], partial(table.__getitem__, "hash") if "hash" in list(table) else None, draw)
    columns = Deferred({AS_GOAL: lambda: table["test_accuracy"], PARAMS: lambda: table["params"]})
    missing = {
        "cost": "the table of test accuracies has no training times, so trials cost nothing.",
        "valid_accuracy": "this table holds test accuracies alone; use nb101/cifar10-v1.",
        "test_accuracy": "this table's test accuracy is its goal, and nothing independent of it can be reported.",
    }
    description, cost = "Every network of NAS-Bench-101 by its mean test accuracy; no protocol.", np.zeros(table.rows)
    return TableObjective(space, space.row, columns, cost, missing=missing, identity="network", description=description)
