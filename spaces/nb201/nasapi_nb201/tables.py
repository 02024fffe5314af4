"""The official files of NATS-Bench as a table that `nasapi data import` makes, and where it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import TableSource

if TYPE_CHECKING:
    from nasapi.tables import Table

OFFICIAL = TableSource(
    name="nb201",
    title="NAS-Bench-201, official values",
    holds="Validation and test accuracy of 15,625 cells on three data sets after 200 epochs, for each training seed.",
    importer="nasapi_nb201.importers.official:import_official",
    lacks="Training curves and the values after 12 epochs, which the official files have, are not kept.",
    page="https://github.com/D-X-Y/NATS-Bench",
    licence="MIT",
    citation="X. Dong, L. Liu, K. Musial, B. Gabrys: NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology "
    "and Size. TPAMI 2021. X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020.",
    requires="nasapi-nb201[official]",
)
"""Test values are in no package: their authors publish them as files of a shared drive, NATS-tss-v1_0-3ffb9."""


def imported() -> Table | None:
    """The table made from the official files, if the user imported them."""
    from nasapi.data import place_of
    from nasapi.tables import Table

    place = place_of(OFFICIAL)
    return Table(place) if place.exists() else None
