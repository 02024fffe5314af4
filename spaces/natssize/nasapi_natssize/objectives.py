"""What is known of a network of the size space: counts by rule, and measured values once they are imported."""

from __future__ import annotations

from typing import Any

import numpy as np
from nasapi_nb201 import TITLES
from numpy.typing import NDArray

from nasapi.data import how_to_get
from nasapi.errors import CorruptData, InvalidOption, near
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.tables import TableObjective
from nasapi_natssize.counts import NETWORKS
from nasapi_natssize.space import NATSSize
from nasapi_natssize.tables import OFFICIAL, imported

EPOCHS = (1, 12, 90)
"""The trainings of the benchmark, each with its own schedule."""
_MULTIPLY_ADDITIONS = "multiply-additions for one image and the classifier's biases, which the papers call FLOPs"
_COUNTED = "derived: counted from the layers"
_SCALED = "derived: the mean epoch of a shorter training with a clock, scaled by epochs and images"
MEASURED = ("valid_accuracy", "test_accuracy", "train_seconds")


def objective(dataset: str) -> TableObjective:
    """The values of a data set: `cifar10`, `cifar100` or `imagenet16-120`.

    `params` and `multiply_additions` are counted from the layers. `valid_accuracy`, `test_accuracy` and
    `train_seconds`, which is also the cost, are there once the official files are imported; then trainings of 1, 12 and
    90 epochs are the fidelities and training seeds the noise. Until then evaluations cost nothing.
    """
    if dataset not in TITLES:
        raise InvalidOption(f"The size space of NATS-Bench has no data set {dataset!r}. {near(dataset, TITLES)}")
    space, network, table = NATSSize(), NETWORKS[dataset], imported()
    codes = np.concatenate(list(space.enumerate()))
    widths = space.widths(codes)
    counts = {
        Metric("params", "min", "count", description="trainable parameters", origin=_COUNTED): network.params(widths),
        Metric(
            "multiply_additions", "min", "count", description=_MULTIPLY_ADDITIONS, origin=_COUNTED
        ): network.benchmark_flops(widths),
    }
    if table is None:
        missing = dict.fromkeys((*MEASURED, "cost"), how_to_get(OFFICIAL))
        return TableObjective(
            space,
            space.index,
            counts,
            np.zeros(len(codes)),
            missing=missing,
            identity="network",
            description=f"Counts of the networks of NATS-Bench's size space on {TITLES[dataset]}; nothing is trained.",
        )
    if not np.array_equal(table["codes"], codes):
        raise CorruptData(f"The imported table {str(table.path)!r} lists other networks; import it again.")
    percent, what = (0.0, 100.0), f"accuracy on {TITLES[dataset]} at the end of a training"
    seconds = table[f"{dataset}_train_seconds"]
    columns: dict[Metric, NDArray[Any]] = {
        Metric("valid_accuracy", "max", "%", "valid", percent, what, "measured"): table[f"{dataset}_valid_accuracy"],
        Metric("test_accuracy", "max", "%", "test", percent, what, "measured"): table[f"{dataset}_test_accuracy"],
        Metric(
            "train_seconds", "min", "s", description="seconds of the training, without evaluation", origin=_SCALED
        ): seconds,
    }
    for metric, values in counts.items():
        columns[metric] = np.repeat(values[:, None], len(EPOCHS), axis=1)
    return TableObjective(
        space,
        space.index,
        columns,
        seconds,
        fidelity=Fidelity("epochs", EPOCHS),
        identity="network",
        description=f"NATS-Bench's size space (Dong et al., TPAMI 2021) on {TITLES[dataset]}: every network of it.",
    )
