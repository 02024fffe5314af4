"""Real networks as a nasapi plugin: image data sets, one trainer, and objectives that train architectures."""

from __future__ import annotations

from nasapi.plugins import Entry, TableSource, hookimpl
from nasapi_networks.sources import SOURCES

__version__ = "0.1.0"

_KIT = {"epochs": 2, "train": 100}
SPACES = ("nb201", "nb101", "natssize", "darts")
"""The spaces that build networks of images."""


@hookimpl
def nasapi_entries() -> list[Entry]:
    """An objective that trains, for each space that builds networks of images, and a benchmark on digits."""
    about = "accuracy of networks that are trained when they are asked for: options data, train, epochs, …"
    objectives = [
        Entry("objective", f"{space}/train", "nasapi_networks.objective:objective", about, {"space": space}, kit=_KIT)
        for space in SPACES
    ]
    digits = Entry(
        "benchmark",
        "nb201/digits-v1",
        "nasapi_networks.benchmark:benchmark",
        "validation accuracy on 8x8 digits, networks trained live, 30 trials",
        {"space": "nb201"},
        kit=_KIT,
    )
    return [*objectives, digits]


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The images of CIFAR-10, CIFAR-100 and Fashion-MNIST."""
    return SOURCES
