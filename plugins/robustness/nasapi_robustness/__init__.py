"""How NAS-Bench-201 cells bear attacks and corruptions, as a nasapi plugin: objectives, benchmarks and analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import Entry, Reproduction, TableSource, hookimpl
from nasapi_robustness.published import robust_nas
from nasapi_robustness.source import ROBUSTNESS

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"

TASKS = {
    "fgsm1": "accuracy under FGSM with epsilon 1/255",
    "pgd1": "accuracy under PGD with epsilon 1/255",
    "apgd1": "accuracy under APGD-CE with epsilon 1/255",
    "square1": "accuracy under the Square attack with epsilon 1/255",
    "corruptions": "mean accuracy over 15 corruptions and five severities",
    "robust": "clean and mean adversarial accuracy as two goals",
}
"""The benchmarks' tasks on CIFAR-10, and what is searched for in each."""


@hookimpl
def nasapi_entries() -> list[Entry]:
    """An objective with options, and a benchmark for each task."""
    objective = Entry(
        "objective",
        "nb201/robustness",
        "nasapi_robustness.objective:objective",
        "accuracy under attacks and corruptions: options dataset, attack, epsilon, severity, aggregate",
    )
    benchmarks = [
        Entry(
            "benchmark",
            f"nb201/cifar10-{task}-v1",
            "nasapi_robustness.benchmark:benchmark",
            f"CIFAR-10: {what}",
            {"task": task},
        )
        for task, what in TASKS.items()
    ]
    return [objective, *benchmarks]


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The data set of Jung, Lukasik & Keuper."""
    return [ROBUSTNESS]


@hookimpl
def nasapi_reproductions() -> list[Reproduction]:
    """The published search for robust cells."""
    return [robust_nas()]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """The verb `robustness`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = "Analyse how all NAS-Bench-201 cells bear attacks and corruptions."
    group.add_command(LazyCommand("robustness", "nasapi_robustness.commands:command", sentence))
