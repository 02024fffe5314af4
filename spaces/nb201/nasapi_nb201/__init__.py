"""NAS-Bench-201 as a nasapi plugin: the space, its table on three data sets with a benchmark on each, and our own."""

from __future__ import annotations

from nasapi.plugins import Entry, TableSource, hookimpl
from nasapi_nb201 import mnist8
from nasapi_nb201.tables import SOURCES

__version__ = "0.1.0"

TITLES = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imagenet16-120": "ImageNet16-120"}
"""The data sets by the names that ids and columns use."""


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, an objective and a benchmark for each data set, and a table of our own with its benchmarks."""
    entries = [Entry("space", "nb201", "nasapi_nb201.space:NB201", "15,625 cells of six edges, NAS-Bench-201")]
    for name, title in TITLES.items():
        given = {"dataset": name}
        entries += [
            Entry(
                "objective",
                f"nb201/{name}",
                "nasapi_nb201.objectives:objective",
                f"accuracy, seconds, latency and size on {title}",
                given,
            ),
            Entry(
                "benchmark",
                f"nb201/{name}-v1",
                "nasapi_nb201.benchmarks:benchmark",
                f"mean validation accuracy on {title}, 192 trials",
                given,
            ),
        ]
    module = "nasapi_nb201.mnist8"
    what = "8x8 digits: clean, attacked and corrupted accuracy, confidences, seconds, latency"
    entries.append(Entry("objective", mnist8.OBJECTIVE, f"{module}:objective", what))
    for task, goal in mnist8.TASKS.items():
        entries.append(Entry("benchmark", task, f"{module}:benchmark", goal, {"task": task}))
    return entries


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The official files, or columns of them: test values, trainings of 12 epochs, every epoch."""
    return SOURCES
