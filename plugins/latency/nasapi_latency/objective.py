"""What a device needs for a NAS-Bench-201 cell: a look-up in HW-NAS-Bench."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import require_cells
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption, near
from nasapi.metric import Metric
from nasapi.tables import TableObjective
from nasapi_latency.devices import DATASETS, DEVICES, UNITS, described
from nasapi_latency.sources import imported

DatasetOption = Annotated[str, option.choice(help="Which images.", among=DATASETS)]
DeviceOption = Annotated[str, option.choice(help="Which device.", among=DEVICES)]


def hardware(dataset: DatasetOption = "cifar10", device: DeviceOption = "edgegpu") -> TableObjective:
    """`latency` in ms and, where it was published, `energy` in mJ of one image on a device.

    `dataset` is `cifar10`, `cifar100` or `imagenet16-120`, whose networks differ in input and classes; `device` is
    `edgegpu`, `raspi4`, `edgetpu`, `pixel3`, `eyeriss` or `fpga`. A cell that a device cannot run is NaN, a failure:
    4,699 cells on the Edge TPU. Looking up costs nothing. Values belong to codes: dead parts were measured too.
    Raises InvalidOption for another data set or device, NotAvailable where the table was not imported.
    """
    require_device(dataset, device)
    space, table, about = NB201(), imported(dataset), DEVICES[device]
    require_cells(table, space.codes_at(np.arange(space.size)))
    columns: dict[Metric, NDArray[Any]] = {
        Metric(
            measure, "min", UNITS[measure], description=described(dataset, device, measure), origin=about.origin
        ): table[f"{dataset}_{device}_{measure}"]
        for measure in about.measures
    }
    missing = {"cost": "what a measurement took was not published, so trials cost nothing."} | {
        measure: f"HW-NAS-Bench publishes no {measure} of the {about.title}; use another device."
        for measure in UNITS
        if measure not in about.measures
    }
    failures = {
        measure: f"The {about.title} cannot run this cell, so HW-NAS-Bench has no {measure} of it."
        for measure in (() if about.runs_all else about.measures)
    }
    return TableObjective(
        space,
        space.index,
        columns,
        np.zeros(space.size),
        missing=missing,
        failures=failures,
        identity="code",
        description=f"What the {about.title} needs for every cell on {DATASETS[dataset].title}, by HW-NAS-Bench.",
    )


def require_device(dataset: str, device: str) -> None:
    """Raise InvalidOption that offers near names for a data set or device that HW-NAS-Bench does not have."""
    if dataset not in DATASETS:
        raise InvalidOption(f"HW-NAS-Bench has no data set {dataset!r}. {near(str(dataset), DATASETS)}")
    if device not in DEVICES:
        raise InvalidOption(f"HW-NAS-Bench has no device {device!r}. {near(str(device), DEVICES)}")
