"""Latency and energy of networks as a nasapi plugin: published tables, a look-up-table model, measured on this CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import Entry, Reproduction, TableSource, hookimpl
from nasapi_latency.devices import DATASETS, DEVICES
from nasapi_latency.published import figure4, hardware
from nasapi_latency.sources import CIFAR10, OFFICIAL, OTHER_DEVICES

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """Four objectives, and a benchmark for each data set and device of HW-NAS-Bench."""
    package = "nasapi_latency"
    entries = [
        Entry(
            "objective",
            "nb201/hardware",
            f"{package}.objective:hardware",
            "latency and energy on six devices, HW-NAS-Bench",
        ),
        Entry(
            "objective",
            "nb201/hardware-model",
            f"{package}.model:model",
            "latency predicted by sums over operations, fitted to a few measured cells",
        ),
        Entry(
            "objective",
            "nb201/devices",
            f"{package}.other_devices:other_device",
            "latency and energy on other devices, of a table that you import",
        ),
        Entry(
            "objective",
            "nb201/cpu",
            f"{package}.measured:nb201",
            "latency measured on this machine's CPU",
            kit={"side": 4, "repeats": 1, "warm_up": 0},
        ),
    ]
    for dataset, images in DATASETS.items():
        for device, about in DEVICES.items():
            entries.append(
                Entry(
                    "benchmark",
                    f"nb201/{dataset}-{device}-v1",
                    f"{package}.benchmark:benchmark",
                    f"accuracy on {images.title} within a latency on the {about.title}, 192 trials",
                    {"dataset": dataset, "device": device},
                )
            )
    return entries


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """HW-NAS-Bench, whole or for CIFAR-10 alone, and other devices."""
    return [OFFICIAL, CIFAR10, OTHER_DEVICES]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """The verb `hardware`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = "Search for accurate networks that are fast on a device."
    group.add_command(LazyCommand("hardware", "nasapi_latency.command:command", sentence))


@hookimpl
def nasapi_reproductions() -> list[Reproduction]:
    """The published search within a latency."""
    return [hardware(), figure4()]
