"""The tables of NAS-Bench-201 that `nasapi data import` makes of what users have, and where they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import TableSource

if TYPE_CHECKING:
    from nasapi.space import Codes
    from nasapi.tables import Table

EPOCHS = (12, 200)
"""The trainings of the benchmark, each with its own schedule of the learning rate."""
CITATION = (
    "X. Dong, L. Liu, K. Musial, B. Gabrys: NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and "
    "Size. TPAMI 2021. X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020."
)
PAGE = "https://github.com/D-X-Y/NATS-Bench"
_BENCHMARKS = ("nb201/cifar10-v1", "nb201/cifar100-v1", "nb201/imagenet16-120-v1")
_CELLS = "Validation and test accuracy of 15,625 cells on three data sets"

OFFICIAL = TableSource(
    name="nb201",
    title="NAS-Bench-201, official values",
    contents=f"{_CELLS} after trainings of 12 and of 200 epochs, for each training seed.",
    importer="nasapi_nb201.importers.official:import_official",
    lacks="Training curves, which the table nb201-epochs keeps.",
    page=PAGE,
    licence="MIT",
    citation=CITATION,
    requires="nasapi-nb201[official]",
    benchmarks=_BENCHMARKS,
)
"""Test values are in no package: their authors publish them as files of a shared drive, NATS-tss-v1_0-3ffb9."""
CURVES = OFFICIAL._replace(
    name="nb201-epochs",
    title="NAS-Bench-201, every epoch",
    contents=f"{_CELLS} after each epoch of the trainings of 200, for each training seed.",
    importer="nasapi_nb201.importers.official:import_curves",
    lacks="The trainings of 12 epochs, which the table nb201 keeps.",
    benchmarks=tuple(f"{name}[epochs=all]" for name in _BENCHMARKS),
)
COLUMNS = TableSource(
    name="nb201-columns",
    title="NAS-Bench-201, named columns",
    contents="What an npz or CSV file has of validation and test accuracies after trainings of 12 and of 200 epochs; "
    "the README of nasapi-nb201 gives the names.",
    importer="nasapi_nb201.importers.columns:import_columns",
    lacks="What the file lacks.",
    benchmarks=_BENCHMARKS,
    licence="MIT for the values; that of the file is its maker's",
    citation=CITATION,
)
SOURCES = [OFFICIAL, CURVES, COLUMNS]


def opened(*sources: TableSource) -> Table | None:
    """The first of these tables that the user imported."""
    from nasapi.data import place_of
    from nasapi.tables import Table

    places = map(place_of, sources)
    return next((Table(place) for place in places if place.exists()), None)


def require_cells(table: Table, codes: Codes) -> None:
    """Raise CorruptData where the rows of an imported table are not the cells of `codes`, (15625, 6), in that order."""
    import numpy as np

    from nasapi.errors import CorruptData

    if not np.array_equal(table["codes"], codes):
        raise CorruptData(f"The imported table {str(table.path)!r} lists other cells; import it again.")
