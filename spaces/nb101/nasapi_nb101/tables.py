"""The tables of NAS-Bench-101: where each is published, what it holds, and how the one that is here is opened."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from nasapi.plugins import TableSource

if TYPE_CHECKING:
    from pathlib import Path

    from nasapi.tables import Table

OFFICIAL = ("nb101", "nb101-only108")
LISTED = "nb101-30k"
TESTED = "nb101-test"
"""The tables that the objectives read, by the names that `nasapi data` knows."""
ALL_TEST = "test_accuracy_full.npz"
SOME_VALID = "validation_30k.npz"
"""The files that the partial tables are made of."""

CITATION = "Ying et al., NAS-Bench-101: Towards Reproducible Neural Architecture Search, ICML 2019, arXiv:1902.09635"
_PAGE = "https://github.com/google-research/nasbench"
_SERVED = "https://storage.googleapis.com/nasbench"


SOURCES = [
    TableSource(
        "nb101",
        "NAS-Bench-101",
        "Accuracies, times and parameters of all 423,624 networks: three runs at 4, 12, 36 and 108 epochs.",
        "nasapi_nb101.importers.official:import_official",
        lacks="Weights and learning curves beyond half-way and final values.",
        urls=(f"{_SERVED}/nasbench_full.tfrecord",),
        sha256="3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
        page=_PAGE,
        licence="Apache-2.0",
        citation=CITATION,
    ),
    TableSource(
        "nb101-only108",
        "NAS-Bench-101, 108 epochs",
        "Accuracies, times and parameters of all 423,624 networks: three runs at 108 epochs.",
        "nasapi_nb101.importers.official:import_official",
        lacks="The runs of 4, 12 and 36 epochs, so benchmarks on it have no fidelities.",
        urls=(f"{_SERVED}/nasbench_only108.tfrecord",),
        sha256="4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
        page=_PAGE,
        licence="Apache-2.0",
        citation=CITATION,
    ),
    TableSource(
        "nb101-30k",
        "NAS-Bench-101, validation accuracies of 30,001 cells",
        "Validation accuracy of one run at 4, 12, 36 and 108 epochs and mean test accuracy of 30,001 networks: "
        "an extract of the official file, whose layout the README of nasapi-nb101 gives.",
        "nasapi_nb101.importers.subsets:import_subset",
        lacks="The other 393,623 networks, further runs, and times below 108 epochs.",
        files=(SOME_VALID, ALL_TEST),
        benchmarks=("nb101/cifar10-30k-v1",),
        licence="Apache-2.0",
        citation=CITATION,
    ),
    TableSource(
        "nb101-test",
        "NAS-Bench-101, test accuracies alone",
        "Mean test accuracy after 108 epochs of all 423,624 networks: an extract of the official file, whose "
        "layout the README of nasapi-nb101 gives.",
        "nasapi_nb101.importers.subsets:import_test",
        lacks="Validation accuracies, single runs, fewer epochs and times.",
        files=(ALL_TEST,),
        benchmarks=("nb101/cifar10-test-v1",),
        licence="Apache-2.0",
        citation=CITATION,
    ),
]
"""The two official files, and two partial tables that users bring; digests are those its authors publish."""


def opened(table: str | None, *names: str) -> Table:
    """The table in the folder `table`; for None the first of the named tables that is here.

    Raises NotAvailable with the command that gets the first where none is.
    """
    from nasapi import data
    from nasapi.tables import Table

    if table is not None:
        return Table(table)
    return data.open_table(next((name for name in names if data.available(name)), names[0]))


def imported_with_hashes() -> Table | None:
    """A table of all networks with their hashes, if the user imported one."""
    from nasapi import data

    for name in (*OFFICIAL, TESTED):
        if data.available(name) and "hash" in list(table := _kept(data.open_table(name).path)):
            return table
    return None


@lru_cache(maxsize=1)
def _kept(path: Path) -> Table:
    """A table whose columns are read once for many look-ups."""
    from nasapi.tables import Table

    return Table(path)
