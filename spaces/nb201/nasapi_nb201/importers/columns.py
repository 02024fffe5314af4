"""Makes a table of named columns that users have of NAS-Bench-201's accuracies, in an npz or a CSV file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import Column, Table, write_table
from nasapi_nb201 import TITLES
from nasapi_nb201.importers.named import named_columns
from nasapi_nb201.objectives import SHIPPED
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import CITATION, COLUMNS, EPOCHS

_NAME = re.compile(r"(cifar10|cifar100|imagenet16-120)_x?(valid|test)_(\d+)(_seed\d+)?", re.IGNORECASE)
_WANTED = "'idx' or 'architecture', and columns such as 'cifar10_valid_12' or 'cifar100_test_200_seed777'"
_APART = 0.001  # points by which the median cell may differ from the shipped validation accuracy


def import_columns(source: Path, target: Path) -> Table:
    """Write the table of an npz or CSV file with named columns to `target`, and give it opened.

    A column is named by data set, images and epochs, `cifar10_valid_12`, and where it is of one training seed by that,
    `cifar10_valid_200_seed777`; `xvalid` and `xtest` are taken too. Values are percent. `idx`, the official numbers, or
    `architecture`, the official strings, say which cell a row is. Raises CorruptData where neither is there, where a
    cell lacks or is there twice, where a value is no percentage, and where validation accuracies after 200 epochs are
    not those of NAS-Bench-201. Other columns are passed over.
    """
    where = repr(str(source))
    found = named_columns(source, _NAME, _WANTED)
    values: dict[tuple[str, str, int], list[NDArray[np.float64]]] = {}
    for name in sorted(found, key=lambda name: ("seed" not in name, name)):
        if read := _NAME.fullmatch(name):
            key = read[1].lower(), read[2].lower(), int(read[3])
            if read[4] or key not in values:  # a mean beside its seeds says nothing new
                values.setdefault(key, []).append(_in_percent(found[name], f"{name!r} of {where}"))
    columns = {(dataset, images): _stacked(values, dataset, images) for dataset, images, _ in values}
    _demand_shipped(values, where)
    space = NB201()
    codes = space.codes_at(np.arange(space.size))
    about = {"codes": Column(codes.astype(np.int8), "operation of each edge: 0>1, 0>2, 1>2, 0>3, 1>3, 2>3")}
    for (dataset, images), column in columns.items():
        description = f"{TITLES[dataset]}: after 12 and after 200 epochs, a training seed or a mean a column"
        about[f"{dataset}_{images}_accuracy"] = Column(column, description, "%", images)
    return write_table(
        target,
        about,
        space="nb201",
        title=COLUMNS.title,
        epochs=list(EPOCHS),
        source=f"imported from {source.name}",
        licence=COLUMNS.licence,
        citation=CITATION,
    )


def _in_percent(column: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    """The column, if it is one of percentages."""
    there = column[~np.isnan(column)]
    if not len(there) or not ((there >= 0) & (there <= 100)).all() or there.max() <= 1.5:
        raise CorruptData(f"{what} is not in percent; wanted numbers from 0 to 100, NaN for a seed that lacks.")
    return column


def _stacked(
    values: Mapping[tuple[str, str, int], list[NDArray[np.float64]]], dataset: str, images: str
) -> NDArray[np.float64]:
    """(15625, 2, runs): the values of all seeds after 12 and after 200 epochs, NaN where there are none."""
    levels = {epochs: found for (*key, epochs), found in values.items() if key == [dataset, images]}
    if unknown := sorted(levels.keys() - set(EPOCHS)):
        raise CorruptData(f"There are values after {unknown[0]} epochs; cells were trained for 12 and for 200.")
    runs = max(map(len, levels.values()))
    stacked = np.full((NB201.size, len(EPOCHS), runs), np.nan)
    for epochs, found in levels.items():
        stacked[:, EPOCHS.index(epochs), : len(found)] = np.column_stack(found)
    return stacked


def _demand_shipped(values: Mapping[tuple[str, str, int], list[NDArray[np.float64]]], where: str) -> None:
    """Validation accuracies after 200 epochs are in the package: others mean other rows, or another benchmark."""
    for (dataset, images, epochs), found in values.items():
        if (images, epochs) == ("valid", 200):
            shipped = np.nanmean(Table(SHIPPED)[f"{dataset}_valid_accuracy"], axis=1)
            given = np.nanmean(np.column_stack(found), axis=1)
            if not np.nanmedian(np.abs(shipped - given)) < _APART:
                raise CorruptData(
                    f"{where} has other validation accuracies on {TITLES[dataset]} after 200 epochs than "
                    "NAS-Bench-201; are the rows those that 'idx' or 'architecture' says?"
                )
