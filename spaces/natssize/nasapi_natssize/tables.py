"""The official files of the size space of NATS-Bench as a table that `nasapi data import` makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import TableSource

if TYPE_CHECKING:
    from nasapi.tables import Table

OFFICIAL = TableSource(
    name="natssize",
    title="NATS-Bench size space, official values",
    contents="Validation and test accuracy and training seconds of 32,768 networks on three data sets, trained for 1, "
    "12 and 90 epochs.",
    importer="nasapi_natssize.importers.official:import_official",
    lacks="Learning curves within a training, losses and latencies, which the official files have, are not kept.",
    page="https://github.com/D-X-Y/NATS-Bench",
    licence="MIT",
    citation="X. Dong, L. Liu, K. Musial, B. Gabrys: NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology "
    "and Size. TPAMI 2021.",
    requires="nasapi-natssize[official]",
)
"""Its authors publish them as files of a shared drive, NATS-sss-v1_0-50262; no package has them."""


def imported() -> Table | None:
    """The table made from the official files, if the user imported them."""
    from nasapi.data import place_of
    from nasapi.tables import Table

    place = place_of(OFFICIAL)
    return Table(place) if place.exists() else None
