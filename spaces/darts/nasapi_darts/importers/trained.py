"""Imports a small table of cells of the DARTS space that were really trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasapi.errors import CorruptData, InvalidArchitecture
from nasapi.safety.npz import Wanted, named_arrays
from nasapi.tables import Column, Table, write_table
from nasapi_darts.cells import OPERATIONS
from nasapi_darts.importers.archive import archive
from nasapi_darts.space import DARTS
from nasapi_darts.tables import TRAINED_CITATION

EPOCHS = (10, 50)
"""The numbers of epochs that were trained."""
_MILLION = 1e6
_ARRAYS: Wanted = {"compact": ("whole numbers", 4), "ops": ("text", 1), "fields": ("text", 1), "values": ("numbers", 2)}
_SINGLE = {
    "flops": ("flop", _MILLION, "count", "FLOPs, as the carrier gives them"),
    "params": ("params", _MILLION, "count", "trainable parameters"),
    "gpu_latency": ("gpu_latency", 1.0, "ms", "latency on a GPU, as the carrier gives it"),
    "rasp_latency": ("rasp_latency", 1.0, "ms", "latency on a Raspberry Pi, as the carrier gives it"),
    "fpga_latency": ("fpga_latency", 1.0, "ms", "latency on an FPGA, as the carrier gives it"),
    "mcu_latency": ("mcu_latency", 1.0, "ms", "latency on a microcontroller, as the carrier gives it"),
}
"""Columns with one value a training: field, factor, unit, description."""
_CURVES = {
    "valid_accuracy": ("valid_acc", "%", "valid", "accuracy on held-out images after 10 and 50 epochs"),
    "train_accuracy": ("train_acc", "%", "train", "accuracy on training images after 10 and 50 epochs"),
    "train_seconds": ("train_seconds", "s", "none", "seconds of training for 10 and 50 epochs"),
}
"""Columns with a value for each number of epochs: beginning of the fields, unit, split, description."""


def import_trained(path: Path, target: Path) -> Table:
    """Write the table of `trained_545.npz`, given as the file or as the folder that holds it.

    A row is an architecture of the space, its trainings side by side. Cells with an edge that does nothing (`none`) are
    not of the space and are left out; `left_out` counts them. Raises CorruptData where the file is of another layout or
    holds a number that is none; nothing is written then.
    """
    file = path / "trained_545.npz" if path.is_dir() else path
    compact, operations, fields, values = named_arrays(archive(file), _ARRAYS, repr(file.name))
    names = fields.tolist()
    wanted = [field for field, *_ in _SINGLE.values()] + [f"{f}{e}" for f, *_ in _CURVES.values() for e in EPOCHS]
    if missing := [name for name in wanted if name not in names]:
        raise CorruptData(f"{file.name!r} has no field {missing[0]!r}.")
    if operations.tolist() != [*OPERATIONS, "none"]:
        raise CorruptData(
            f"{file.name!r} lists the operations {operations.tolist()!r}; wanted {OPERATIONS} and 'none'."
        )
    if twice := [name for name in wanted if names.count(name) > 1]:
        raise CorruptData(f"{file.name!r} has two fields {twice[0]!r}, and nothing says which is meant.")
    if values.shape != (len(compact), len(names)) or compact.shape[1:] != (2, 8, 2):
        raise CorruptData(f"{file.name!r} has cells {compact.shape} with values {values.shape}, which do not fit.")
    inside = (compact[..., 1] < len(OPERATIONS)).all(axis=(1, 2))
    numbers = values[inside].astype(np.float64)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise CorruptData(f"{file.name!r} has a value that is negative or no number.")
    if not inside.any():
        raise CorruptData(f"{file.name!r} has no cell of the space: every one has an edge that does nothing.")
    try:
        every = DARTS().from_compact(compact[inside])
    except InvalidArchitecture as error:
        raise CorruptData(f"{file.name!r} lists a cell outside the space: {error}") from error
    if len(np.unique(np.concatenate([every, numbers], axis=1), axis=0)) < len(every):
        raise CorruptData(f"{file.name!r} lists one training twice, with the same cell and all values alike.")
    codes, row = np.unique(every, axis=0, return_inverse=True)
    row = row.ravel()
    run = np.array([(row[:place] == own).sum() for place, own in enumerate(row)])
    columns = {"cell": Column(codes.astype(np.int8), "code of the architecture")}
    by_name = dict(zip(names, numbers.T, strict=True))
    for name, (field, factor, unit, description) in _SINGLE.items():
        found = np.full((len(codes), run.max() + 1), np.nan)
        found[row, run] = by_name[field] * factor
        columns[name] = Column(found, description + "; a column a training", unit)
    for name, (field, unit, split, description) in _CURVES.items():
        curves = np.full((len(codes), len(EPOCHS), run.max() + 1), np.nan)
        for level, epochs in enumerate(EPOCHS):
            curves[row, level, run] = by_name[f"{field}{epochs}"]
        columns[name] = Column(curves, description + "; a column a training", unit, split)
    return write_table(
        target,
        columns,
        space="darts",
        title="Trained cells of the DARTS space",
        source=file.name,
        licence="unknown",
        citation=TRAINED_CITATION,
        epochs=list(EPOCHS),
        trainings=int(inside.sum()),
        left_out=int((~inside).sum()),
    )
