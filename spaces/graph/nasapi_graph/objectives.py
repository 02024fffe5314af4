"""What training a graph neural network gave: a look-up in the table of NAS-Bench-Graph."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, near
from nasapi.metric import Metric
from nasapi.space import Codes
from nasapi.tables import TableObjective
from nasapi_graph import TITLES
from nasapi_graph.importers.light import read_light
from nasapi_graph.space import PROTEINS, NBGraph
from nasapi_graph.tables import SHA256, light_file

_MEAN = "of the trained network, the mean of three training seeds"
_LATENCY = "latency of the network as published, which says neither the device nor how many nodes a pass has"
_PARAMS = "trainable parameters, the mean of three training seeds as published"
_COUNTED = "derived: counted from the network, by the authors"
_KEYS = 90_000  # one above the largest hash


def objective(dataset: str) -> TableObjective:
    """The values of a data set, one of `TITLES`; they belong to networks.

    `valid_accuracy` and `test_accuracy` in percent, on ogbn-proteins `valid_roc_auc` and `test_roc_auc`: means of three
    training seeds. `latency` in milliseconds and `params` as published. The table has no training times: the cost is 0.
    ogbn-proteins was measured for five operations only, and its space has no others.
    """
    if dataset not in TITLES:
        raise InvalidOption(f"NAS-Bench-Graph has no data set {dataset!r}. {near(dataset, TITLES)}")
    space = NBGraph(PROTEINS) if dataset == "proteins" else NBGraph()
    values = read_light(light_file(dataset), SHA256[dataset])
    row_of = np.full(_KEYS, -1)
    row_of[values.keys] = np.arange(len(values.keys))
    quality, what = ("roc_auc", "ROC-AUC") if dataset == "proteins" else ("accuracy", "accuracy")
    what = f"{what} on {TITLES[dataset]}"
    percent = (0.0, 100.0)
    columns: dict[Metric, NDArray[Any]] = {
        Metric(f"valid_{quality}", "max", "%", "valid", percent, f"{what} {_MEAN}", "measured"): values.valid,
        Metric(f"test_{quality}", "max", "%", "test", percent, f"{what} {_MEAN}", "measured"): values.test,
        Metric("latency", "min", "ms", description=_LATENCY, origin="measured"): values.latency,
        Metric("params", "min", "count", description=_PARAMS, origin=_COUNTED): values.params,
    }
    missing = {"cost": "the table has no training times, so trials cost nothing."}
    costs = np.zeros(len(values.keys))
    description = f"NAS-Bench-Graph (Qin et al., NeurIPS 2022) on {TITLES[dataset]}: every network of the space."
    rows = partial(_rows, space, row_of)
    return TableObjective(space, rows, columns, costs, missing=missing, identity="network", description=description)


def _rows(space: NBGraph, row_of: NDArray[np.int64], codes: Codes) -> NDArray[np.int64]:
    """(n,): the row of each code's key."""
    return np.asarray(row_of[space.keys(codes)])
