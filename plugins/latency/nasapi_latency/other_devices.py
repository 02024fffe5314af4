"""Devices beyond HW-NAS-Bench: a table of named columns that users have, and the objective that looks one up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from nasapi_nb201.importers.named import named_columns
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import require_cells
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.data import how_to_get, place_of
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, near
from nasapi.metric import Metric
from nasapi.tables import Column, Table, TableObjective, write_table
from nasapi_latency.devices import UNITS
from nasapi_latency.help_files import help_columns
from nasapi_latency.sources import OTHER_DEVICES

_NAME = re.compile(r"([A-Za-z0-9][\w.+-]*)_(latency|energy)")
_WANTED = "'idx' or 'architecture', and a column a device and measure such as 'titan_rtx_256_latency'"


def import_other_devices(source: Path, target: Path) -> Table:
    """Write the table of a file with a column for each device and measure, or of HELP's folder, and give it opened.

    A column of an npz or CSV file is named `<device>_latency`, in ms, or `<device>_energy`, in mJ, whatever the device.
    `idx`, the official numbers, or `architecture`, the official strings, say which cell a row is; cells that are not
    listed, or are empty, were not measured. Of HELP it is the folder `data/nasbench201`. Raises CorruptData where a
    cell is there twice or is none, and for a value that is not positive.
    """
    found = help_columns(source) if source.is_dir() else named_columns(source, _NAME, _WANTED, whole=False)
    space = NB201()
    codes = space.codes_at(np.arange(space.size)).astype(np.int8)
    columns = {"codes": Column(codes, "operation of each edge: 0>1, 0>2, 1>2, 0>3, 1>3, 2>3")}
    for name, values in found.items():
        there = ~np.isnan(values)
        if not there.any() or not (np.isfinite(values[there]) & (values[there] > 0)).all():
            raise CorruptData(
                f"{name!r} in {str(source)!r} has {'no values' if not there.any() else 'values that are not above 0'}; "
                "leave a cell empty that was not measured."
            )
        device, _, measure = name.rpartition("_")
        about = f"{measure} on {device}, {there.sum():,} cells, as {source.name} has it"
        columns[name] = Column(values, about, UNITS[measure])
    return write_table(
        target,
        columns,
        space="nb201",
        title=OTHER_DEVICES.title,
        source=f"imported from {source.name}",
        licence=OTHER_DEVICES.licence,
        citation=OTHER_DEVICES.citation,
    )


def other_device(
    device: Annotated[
        str | None, option.text(help="A device of the imported table; by default its first.", optional=True)
    ] = None,
) -> TableObjective:
    """`latency` in ms, `energy` in mJ, or both, of a device of the imported table nb201-devices, by default its first.

    What an image and a batch are, and how it was measured, whoever made the file knows. A cell that was not measured
    fails. Looking up costs nothing. Raises NotAvailable where the table was not imported, InvalidOption for a device
    that it does not have.
    """
    place = place_of(OTHER_DEVICES)
    if not place.exists():
        raise NotAvailable(f"Devices beyond HW-NAS-Bench are not here. {how_to_get(OTHER_DEVICES)}")
    space, table = NB201(), Table(place)
    known = sorted({name.rpartition("_")[0] for name in table if name != "codes"})
    device = known[0] if device is None else device
    if device not in known:
        raise InvalidOption(f"The imported table has no device {device!r}. {near(str(device), known)}")
    require_cells(table, space.codes_at(np.arange(space.size)))
    columns: dict[Metric, NDArray[Any]] = {}
    missing = {"cost": "what a measurement took is not in the table, so trials cost nothing."}
    for measure, unit in UNITS.items():
        name = f"{device}_{measure}"
        if name in list(table):
            description = table.describe(name)["description"]
            columns[Metric(measure, "min", unit, description=description, origin="measured")] = table[name]
        else:
            missing[measure] = f"the imported table has no {measure} of {device}."
    return TableObjective(
        space,
        space.index,
        columns,
        np.zeros(space.size),
        missing=missing,
        failures={metric.name: f"This cell was not measured on {device}." for metric in columns},
        identity="code",
        description=f"What {device} needs for cells of NAS-Bench-201, {table.attributes['source']}.",
    )
