"""Makes tables of HW-NAS-Bench from the official pickle, from CSV, or from npz with one data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from nasapi_nb201.space import NB201
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidArchitecture
from nasapi.safety.csv_files import read_csv
from nasapi.safety.npz import named_arrays, read_npz
from nasapi.tables import Column, Table, load_plain, write_table
from nasapi_latency.devices import DATASETS, DEVICES, UNITS, described

Values = Mapping[str, NDArray[np.float64]]
"""(15625,) in the official order, by HW-NAS-Bench's names, such as `edgegpu_latency`."""

NAMES = tuple(f"{device}_{measure}" for device, about in DEVICES.items() for measure in about.measures)
"""The columns of each data set."""


def import_official(source: Path, target: Path) -> Table:
    """Write the table of the official pickle, or of a CSV file with all data sets, to `target`, and give it opened.

    The CSV has a head with `architecture` (NAS-Bench-201's string) or `idx`, `dataset`, and a column for each device
    and measure. Raises CorruptData where a data set, column or cell lacks, is there twice, or is no number.
    """
    if source.suffix == ".npz":
        raise CorruptData(f"{str(source)!r} is an npz, which has CIFAR-10 alone; import it as 'hw-nas-bench-cifar10'.")
    found = _from_csv(source) if source.suffix == ".csv" else _from_pickle(source)
    return _write(source, target, found)


def import_cifar10(source: Path, target: Path) -> Table:
    """Write the table of an npz or CSV file with CIFAR-10 alone to `target`, and give it opened.

    The npz has `idx`, the official numbers of the cells, and an array for each device and measure; the CSV as in
    `import_official`, and `dataset` may lack. Raises CorruptData as that does.
    """
    if source.suffix == ".pickle":
        raise CorruptData(f"{str(source)!r} is a pickle, which has all data sets; import it as 'hw-nas-bench'.")
    found = _from_csv(source, "cifar10") if source.suffix == ".csv" else {"cifar10": _from_npz(source)}
    if set(found) != {"cifar10"}:
        raise CorruptData(f"{str(source)!r} has the data sets {sorted(found)}; import it as table 'hw-nas-bench'.")
    return _write(source, target, found)


def _from_pickle(source: Path) -> dict[str, Values]:
    with open(source, "rb") as file:
        content = load_plain(file, str(source), arrays=True)
    stored = content.get("nasbench201") if isinstance(content, dict) else None
    if not isinstance(stored, dict):
        raise CorruptData(f"{str(source)!r} has no 'nasbench201'; wanted the file HW-NAS-Bench-v1_0.pickle.")
    found: dict[str, Values] = {}
    for dataset, images in DATASETS.items():
        values = stored.get(images.official)
        if not isinstance(values, dict):
            raise CorruptData(f"{str(source)!r} has no data set {images.official!r}; get the file again.")
        _demand_official_order(values.get("config"), f"{str(source)!r}, {images.official}")
        found[dataset] = values
    return found


def _demand_official_order(configs: Any, where: str) -> None:
    """The file says of each row which cell it is; rows in another order would be silently wrong."""
    space = NB201()
    if not isinstance(configs, list) or len(configs) != space.size:
        raise CorruptData(f"{where} does not say which cells its rows are ('config'); get the file again.")
    for index, (config, wanted) in enumerate(zip(configs, space.official_strings, strict=True)):
        string = config.get("arch_str") if isinstance(config, dict) else None
        if string != wanted:
            raise CorruptData(f"{where} has {string!r} as cell {index}, which is {wanted!r}.")


def _from_npz(source: Path) -> Values:
    values = read_npz(source, repr(str(source)))
    if "idx" not in values:
        raise CorruptData(f"{str(source)!r} has no 'idx' with the official numbers of its cells.")
    names = [name for name in NAMES if name in values]
    numbers, *columns = named_arrays(
        values, {"idx": ("whole numbers", 1), **dict.fromkeys(names, ("numbers", 1))}, repr(str(source))
    )
    rows = _rows(numbers.tolist(), repr(str(source)))
    for name, column in zip(names, columns, strict=True):
        if column.shape != rows.shape:
            raise CorruptData(f"{name!r} in {str(source)!r} has shape {column.shape}; wanted {rows.shape}.")
    return {name: column[rows] for name, column in zip(names, columns, strict=True)}


def _from_csv(source: Path, default: str | None = None) -> dict[str, Values]:
    """The columns by data set; `default` is the data set of a file that names none."""
    by_official = {images.official: dataset for dataset, images in DATASETS.items()} | {name: name for name in DATASETS}
    lines = read_csv(source, repr(str(source)))
    head = set(lines[0])
    if not head & {"architecture", "idx"} or ("dataset" not in head and default is None):
        raise CorruptData(
            f"{str(source)!r} has the columns {sorted(map(str, head))}; wanted 'dataset', 'architecture' or 'idx', "
            f"and {', '.join(NAMES)}."
        )
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, line in enumerate(lines, 2):
        dataset = by_official.get(line["dataset"]) if "dataset" in head else default
        if dataset is None:
            raise CorruptData(
                f"Line {number} of {str(source)!r} has the data set {line['dataset']!r}; wanted {', '.join(DATASETS)}."
            )
        groups.setdefault(dataset, []).append((number, line))
    space = NB201()
    known = {string: index for index, string in enumerate(space.official_strings)}
    found: dict[str, Values] = {}
    for dataset, rows in groups.items():
        numbers = [_number(line, known, f"line {at} of {str(source)!r}") for at, line in rows]
        columns = {
            name: np.array([_value(line[name], f"line {at} of {str(source)!r}") for at, line in rows])
            for name in NAMES
            if name in head
        }
        order = _rows(numbers, f"{str(source)!r}, {dataset},")
        found[dataset] = {name: column[order] for name, column in columns.items()}
    return found


def _number(line: Mapping[str, str], known: Mapping[str, int], where: str) -> int:
    """The official number of a line's cell, which is named by its string, by that number, or by both."""
    text, number = line.get("architecture"), line.get("idx")
    try:
        if not text:
            return int(line["idx"])
        if text not in known:
            NB201().parse(text)  # says where the string goes wrong
        if number and int(number) != known[text]:
            raise ValueError(f"{text!r} is number {known[text]}, and 'idx' says {number}; leave one of them.")
        return known[text]
    except (InvalidArchitecture, ValueError, KeyError, TypeError) as error:
        raise CorruptData(f"The cell in {where} cannot be told: {error}") from error


def _value(text: str | None, where: str) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError as error:
        raise CorruptData(
            f"{text!r} in {where} is no number; leave it empty where the device cannot run it."
        ) from error


def _rows(numbers: list[int], where: str) -> NDArray[np.int64]:
    """(15625,): where each cell stands in a file that lists them by official number, each exactly once."""
    size = NB201.size
    given = np.array(numbers, np.int64)
    if len(outside := given[(given < 0) | (given >= size)]):
        raise CorruptData(f"{where} has a cell {outside[0]}; NAS-Bench-201 has the cells 0 to {size - 1}.")
    count = np.bincount(given, minlength=size)
    if (count != 1).any():
        cell = int(np.flatnonzero(count != 1)[0])
        raise CorruptData(f"{where} has cell {cell} {count[cell]} times; wanted each of {size:,} cells once.")
    return np.argsort(given)


def _write(source: Path, target: Path, found: Mapping[str, Values]) -> Table:
    space = NB201()
    codes = space.codes_at(np.arange(space.size)).astype(np.int8)
    columns = {"codes": Column(codes, "operation of each edge: 0>1, 0>2, 1>2, 0>3, 1>3, 2>3")}
    for dataset, values in found.items():
        for device, about in DEVICES.items():
            for measure in about.measures:
                name = f"{device}_{measure}"
                if name not in values:
                    raise CorruptData(f"{str(source)!r} has no {name!r} for {dataset}; wanted {', '.join(NAMES)}.")
                checked = _checked(values[name], about.runs_all, f"{name!r} of {dataset} in {str(source)!r}")
                columns[f"{dataset}_{name}"] = Column(checked, described(dataset, device, measure), UNITS[measure])
    return write_table(
        target,
        columns,
        space="nb201",
        title="HW-NAS-Bench on the cells of NAS-Bench-201",
        source=f"GATECH-EIC/HW-NAS-Bench, imported from {source.name}",
        licence="MIT",
        citation="C. Li et al.: HW-NAS-Bench. ICLR 2021.",
    )


def _checked(values: Any, runs_all: bool, where: str) -> NDArray[np.float64]:
    """(15625,): positive numbers; NaN, which the files also write as -1, only where a device cannot run every cell.

    Raises CorruptData for any other number.
    """
    try:
        column = np.array(values, np.float64)
    except (TypeError, ValueError) as error:
        raise CorruptData(f"{where} is not a list of numbers: {error}.") from error
    if column.shape != (NB201.size,):
        raise CorruptData(f"{where} has shape {column.shape}; wanted ({NB201.size},).")
    lacks = np.zeros(len(column), bool) if runs_all else np.isnan(column) | (column == -1)
    bad = ~lacks & ~(np.isfinite(column) & (column > 0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        otherwise = "" if runs_all else ", or -1 where the device cannot run it"
        raise CorruptData(f"{where} is {column[row]} for cell {row}; wanted a number above 0{otherwise}.")
    return np.where(lacks, np.nan, column)
