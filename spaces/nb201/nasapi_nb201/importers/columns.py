"""Makes a table of named columns that users have of NAS-Bench-201's accuracies, in an npz or a CSV file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import Column, Table, write_table
from nasapi_nb201 import TITLES
from nasapi_nb201.importers.named import named_columns
from nasapi_nb201.objectives import SHIPPED
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import CITATION, COLUMNS, EPOCHS

_NAME = re.compile(r"(cifar10|cifar100|imagenet16-120)_x?(valid|test)_(\d+)(?:_seed(\d+))?", re.IGNORECASE)
_WANTED = "'idx' or 'architecture', and columns such as 'cifar10_valid_12' or 'cifar100_test_200_seed777'"
_SEEDS = (777, 888, 999)  # of the columns of the shipped table
_APART, _SHARE = 0.001, 0.95  # points, and in which share of cells validation accuracies are that near to the shipped
_FOLLOWS = 0.7  # correlation with the shipped validation accuracies; 0.87 or more of all published columns


@frozen
class _Given:
    """One column of a file: what it is of, its values in the official order, and how messages name it."""

    name: str
    dataset: str
    images: str
    epochs: int
    seed: int | None
    values: NDArray[np.float64]


def import_columns(source: Path, target: Path) -> Table:
    """Write the table of an npz or CSV file with named columns to `target`, and give it opened.

    A column is named by data set, images and epochs, `cifar10_valid_12`, and where it is of one training seed by that,
    `cifar10_valid_200_seed777`; `xvalid` and `xtest` are taken too. Values are percent. `idx`, the official numbers, or
    `architecture`, the official strings, say which cell a row is. Raises CorruptData where neither is there, where a
    cell lacks or is there twice, where a value is no percentage, where two columns name the same, and where validation
    accuracies after 200 epochs are not those of NAS-Bench-201 or others do not follow them. Columns of other names are
    passed over.
    """
    given = _read(named_columns(source, _NAME, _WANTED), repr(str(source)))
    shipped = Table(SHIPPED)
    for each in given:
        _demand_same_cells(each, shipped[f"{each.dataset}_valid_accuracy"])
    columns = {(each.dataset, each.images): _stacked(given, each.dataset, each.images) for each in given}
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


def _read(found: Mapping[str, NDArray[np.float64]], where: str) -> list[_Given]:
    """The columns by seeds, then by names; a mean beside its seeds says nothing new and is left out."""
    given: dict[tuple[str, str, int, int | None], _Given] = {}
    for name in sorted(found, key=lambda name: ("seed" not in name.lower(), name)):
        if read := _NAME.fullmatch(name):
            dataset, images, epochs = read[1].lower(), read[2].lower(), int(read[3])
            seed = int(read[4]) if read[4] else None
            if twin := given.get((dataset, images, epochs, seed)):
                raise CorruptData(f"{twin.name} and {name!r} name the same values; leave one.")
            if seed is not None or not any(key[:3] == (dataset, images, epochs) for key in given):
                values = _in_percent(found[name], f"{name!r} of {where}")
                each = _Given(f"{name!r} of {where}", dataset, images, epochs, seed, values)
                given[dataset, images, epochs, seed] = each
    return list(given.values())


def _in_percent(column: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    """The column, if it is one of percentages."""
    there = column[~np.isnan(column)]
    if not len(there) or not ((there >= 0) & (there <= 100)).all() or there.max() <= 1.5:
        raise CorruptData(f"{what} is not in percent; wanted numbers from 0 to 100, NaN for a seed that lacks.")
    return column


def _stacked(given: Sequence[_Given], dataset: str, images: str) -> NDArray[np.float64]:
    """(15625, 2, runs): the values of all seeds after 12 and after 200 epochs, NaN where there are none."""
    levels: dict[int, list[NDArray[np.float64]]] = {}
    for each in given:
        if (each.dataset, each.images) == (dataset, images):
            levels.setdefault(each.epochs, []).append(each.values)
    if unknown := sorted(levels.keys() - set(EPOCHS)):
        raise CorruptData(f"There are values after {unknown[0]} epochs; cells were trained for 12 and for 200.")
    runs = max(map(len, levels.values()))
    stacked = np.full((NB201.size, len(EPOCHS), runs), np.nan)
    for epochs, found in levels.items():
        stacked[:, EPOCHS.index(epochs), : len(found)] = np.column_stack(found)
    return stacked


def _demand_same_cells(given: _Given, shipped: NDArray[np.float64]) -> None:
    """Raise CorruptData where a column is of other cells than its rows name, or of another benchmark.

    `shipped`, (15625, seeds), are the validation accuracies after 200 epochs; all other accuracies follow them.
    """
    exact = given.images == "valid" and given.epochs == EPOCHS[-1]
    alone = exact and given.seed in _SEEDS
    known = shipped[:, _SEEDS.index(given.seed)] if alone else np.nanmean(shipped, axis=1)
    there = ~(np.isnan(known) | np.isnan(given.values))
    known, values = known[there], given.values[there]
    ask = "are the rows those that 'idx' or 'architecture' says?"
    if exact and not np.mean(np.abs(known - values) < _APART) >= _SHARE:
        raise CorruptData(f"{given.name} has other values than NAS-Bench-201 on {TITLES[given.dataset]}; {ask}")
    together = np.corrcoef(known, values)[0, 1] if len(known) > 1 and np.ptp(values) else 0.0
    if not together >= _FOLLOWS:
        raise CorruptData(
            f"{given.name} does not follow the validation accuracies of NAS-Bench-201 on {TITLES[given.dataset]} (the "
            f"correlation is {together:.2f}, and above 0.87 for what was published); {ask}"
        )
