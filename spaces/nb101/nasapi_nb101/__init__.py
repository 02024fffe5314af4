"""NAS-Bench-101 for nasapi: the space of 423,624 cells, its tables and its benchmarks."""

from __future__ import annotations

from nasapi.plugins import Entry, TableSource, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, and an objective and a benchmark for each table."""
    tasks = (
        ("cifar10", "official measurements of all 423,624 networks, three runs at 4 to 108 epochs"),
        ("cifar10-30k", "30,001 networks only, one validation run each; not comparable with cifar10"),
        ("cifar10-test", "test accuracy as the goal for lack of validation values; no protocol for results"),
    )
    entries = [
        Entry("space", "nb101", "nasapi_nb101.space:NB101", "NAS-Bench-101: 423,624 cells of at most 7 vertices"),
        Entry("space", "nb101-30k", "nasapi_nb101.listed:nb101_30k", "30,001 networks of NAS-Bench-101 and no others"),
    ]
    for name, summary in tasks:
        function = name.replace("-", "_")
        entries += [
            Entry("objective", f"nb101/{name}", f"nasapi_nb101.objectives:{function}", summary),
            Entry("benchmark", f"nb101/{name}-v1", f"nasapi_nb101.benchmarks:{function}_v1", summary),
        ]
    return entries


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The two official files, and two partial tables that users bring; digests are those its authors publish."""
    from nasapi_nb101.tables import SOURCES

    return SOURCES
