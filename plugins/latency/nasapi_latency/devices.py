"""The devices and data sets of HW-NAS-Bench: what was measured on each, and how."""

from __future__ import annotations

from typing import NamedTuple

from nasapi_nb201 import TITLES


class Device(NamedTuple):
    """One device: its name, how its numbers came about, and which there are."""

    title: str
    how: str
    measures: tuple[str, ...]
    """Of `latency` and `energy`, those that were published."""
    limit: float
    """The latency in ms that benchmarks allow by default; about a quarter of the cells keep to it on CIFAR-10."""
    runs_all: bool = True
    """Whether it can run every cell."""
    origin: str = "measured"
    """How its numbers came about, as a metric says it."""


class Images(NamedTuple):
    """One data set: its name, and how HW-NAS-Bench calls it."""

    title: str
    official: str


_SUM = "the published values are exact sums over a cell's operations"
_ADDED = "derived: a sum over a cell's operations, each of which was estimated by its makers"

DEVICES = {
    "edgegpu": Device(
        "Edge GPU",
        "measured on an NVIDIA Jetson TX2 with TensorRT, mean of 50 runs after 3 s of warm-up",
        ("latency", "energy"),
        4.0,
    ),
    "raspi4": Device("Raspberry Pi 4", "measured on a Raspberry Pi 4 with TensorFlow Lite", ("latency",), 16.0),
    "edgetpu": Device(
        "Edge TPU", "measured on a Google Edge TPU Dev Board with TensorFlow Lite", ("latency",), 0.8, runs_all=False
    ),
    "pixel3": Device("Pixel 3", "measured on a Google Pixel 3 phone with TensorFlow Lite", ("latency",), 6.5),
    "eyeriss": Device(
        "Eyeriss", f"estimated for that chip, not measured: {_SUM}", ("latency", "energy"), 4.6, origin=_ADDED
    ),
    "fpga": Device("FPGA", f"for a Xilinx ZC706 board: {_SUM}", ("latency", "energy"), 2.9, origin=_ADDED),
}
"""By the names that HW-NAS-Bench and the ids here use."""

DATASETS = {
    "cifar10": Images(TITLES["cifar10"], "cifar10"),
    "cifar100": Images(TITLES["cifar100"], "cifar100"),
    "imagenet16-120": Images(TITLES["imagenet16-120"], "ImageNet16-120"),
}
"""By the names that ids and columns use."""

UNITS = {"latency": "ms", "energy": "mJ"}


def described(dataset: str, device: str, measure: str) -> str:
    """One sentence that says what a number is: unit, batch, input, device, how it came about."""
    from nasapi_nb201.counts import NETWORKS  # not above, for it takes numpy

    side = NETWORKS[dataset].side
    return (
        f"{measure.capitalize()} in {UNITS[measure]} of one image of 3 x {side} x {side} (batch 1) on the "
        f"{DEVICES[device].title}, {DEVICES[device].how}; HW-NAS-Bench (Li et al., ICLR 2021)."
    )
