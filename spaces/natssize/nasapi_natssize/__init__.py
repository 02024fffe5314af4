"""The size space of NATS-Bench as a nasapi plugin: the space, and an objective and a benchmark on three data sets."""

from __future__ import annotations

from nasapi_nb201 import TITLES

from nasapi.plugins import Entry, TableSource, hookimpl
from nasapi_natssize.tables import OFFICIAL

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, and an objective and a benchmark for each data set."""
    entries = [
        Entry(
            "space", "natssize", "nasapi_natssize.space:NATSSize", "32,768 widths of five layers, NATS-Bench size space"
        )
    ]
    for name, title in TITLES.items():
        given = {"dataset": name}
        entries += [
            Entry(
                "objective",
                f"natssize/{name}",
                "nasapi_natssize.objectives:objective",
                f"params and multiply-additions on {title}; accuracies once imported",
                given,
            ),
            Entry(
                "benchmark",
                f"natssize/{name}-v1",
                "nasapi_natssize.benchmarks:benchmark",
                f"mean validation accuracy on {title}, 200 trials; needs the official files",
                given,
            ),
        ]
    return entries


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The official files, which alone have accuracies."""
    return [OFFICIAL]
