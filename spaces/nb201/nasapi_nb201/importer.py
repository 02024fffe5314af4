"""Makes a table of the official NATS-Bench files, with the `nats_bench` package as the one that knows their layout.

Needs the extra `nasapi-nb201[official]`. `nats_bench` itself would unpickle whatever a file holds; here the files are
read as plain data first, and only then handed to it.
"""

from __future__ import annotations

import bz2
import hashlib
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from nats_bench import ArchResults
from numpy.typing import NDArray

from nasapi.data.unpack import unpack
from nasapi.errors import CorruptData
from nasapi.safe_pickle import load_plain
from nasapi.table import Column, Table, write_table
from nasapi_nb201 import TITLES
from nasapi_nb201.space import NB201

SEEDS = (777, 888, 999)
"""The training seeds, one a column; a cell has two or three of them."""
VALUES = {
    "cifar10_valid_accuracy": ("cifar10-valid", "x-valid"),
    "cifar10_test_accuracy": ("cifar10", "ori-test"),
    "cifar100_valid_accuracy": ("cifar100", "x-valid"),
    "cifar100_test_accuracy": ("cifar100", "x-test"),
    "imagenet16-120_valid_accuracy": ("ImageNet16-120", "x-valid"),
    "imagenet16-120_test_accuracy": ("ImageNet16-120", "x-test"),
}
"""Each column by the training and the image set that `nats_bench` knows it by."""

_EPOCHS = "200"
_PLACES = "the folder NATS-tss-v1_0-3ffb9-simple, its tar archive, or the file NATS-tss-v1_0-3ffb9.pickle.pbz2"


def import_official(source: Path, target: Path) -> Table:
    """Write the table of the official files at `source` to `target`, and give it opened.

    `source` is the folder NATS-tss-v1_0-3ffb9-simple, the tar archive of it, or the single file
    NATS-tss-v1_0-3ffb9.pickle.pbz2. Raises CorruptData where it is none of these, is not plain data, lacks a cell or
    lists the cells in another order than the official one.
    """
    space = NB201()
    codes = space.codes_at(np.arange(space.size))
    values = {name: np.full((space.size, len(SEEDS)), np.nan) for name in VALUES}
    with _unpacked(source, target) as place:
        names, cells = read_cells(place)
        if names != [space.format(code) for code in codes]:
            raise CorruptData(f"{str(source)!r} does not list the {space.size} cells in the official order.")
        index = -1
        for index, cell in enumerate(cells):
            _fill(values, index, cell, str(source))
        if index + 1 != space.size:
            raise CorruptData(f"{str(source)!r} has {index + 1} cells; wanted {space.size}.")
    columns = {"codes": Column(codes.astype(np.int8), "operation of each edge: 0>1, 0>2, 1>2, 0>3, 1>3, 2>3")}
    for name, (training, images) in VALUES.items():
        dataset, _, metric = name.partition("_")
        description = f"{TITLES[dataset]}: training {training!r}, images {images!r}, after 200 epochs; seeds {SEEDS}"
        columns[name] = Column(values[name], description, "%", metric.partition("_")[0])
    return write_table(
        target,
        columns,
        space="nb201",
        title="NAS-Bench-201, official validation and test accuracy after 200 epochs",
        source=f"NATS-Bench (D-X-Y/NATS-Bench), imported from {source.name}",
        licence="MIT",
        citation="X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020. X. Dong et al.: NATS-Bench. TPAMI 2021.",
    )


def read_cells(place: Path) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The cells' strings in the order of the file, and what is stored of each, by number of epochs."""
    if place.is_file():
        _check_digest(place)
        content = _load(place)
        stored = content.get("arch2infos") if isinstance(content, dict) else None
        if not isinstance(stored, dict):
            raise CorruptData(f"{str(place)!r} has no 'arch2infos'; wanted {_PLACES}.")
        return _names(content, place), (_cell(stored.get(index), index, place) for index in range(len(stored)))
    metas = sorted([*place.glob("meta.pickle.pbz2"), *place.glob("*/meta.pickle.pbz2")])
    if not metas:
        raise CorruptData(f"{str(place)!r} holds no 'meta.pickle.pbz2'; wanted {_PLACES}.")
    folder, names = metas[0].parent, _names(_load(metas[0]), metas[0])
    return names, (_cell_file(folder, index) for index in range(len(names)))


def _cell_file(folder: Path, index: int) -> dict[str, Any]:
    """One cell's file, whose name has leading zeros in some releases."""
    for name in (f"{index:06d}.pickle.pbz2", f"{index}.pickle.pbz2"):
        if (folder / name).exists():
            return _cell(_load(folder / name), index, folder)
    raise CorruptData(f"{str(folder)!r} lacks the file '{index:06d}.pickle.pbz2'; get the archive again.")


def _names(content: Any, place: Path) -> list[str]:
    names = content.get("meta_archs") if isinstance(content, dict) else None
    if not isinstance(names, list):
        raise CorruptData(f"{str(place)!r} has no list 'meta_archs'; wanted {_PLACES}.")
    return names


def _cell(stored: Any, index: int, place: Path) -> dict[str, Any]:
    if not isinstance(stored, dict) or not isinstance(stored.get(_EPOCHS), dict):
        raise CorruptData(f"Cell {index} of {str(place)!r} has no results of {_EPOCHS} epochs; get the file again.")
    return stored


def _fill(values: dict[str, NDArray[np.float64]], index: int, cell: dict[str, Any], source: str) -> None:
    """Put one cell's accuracies into row `index` of the columns."""
    try:
        results = ArchResults.create_from_state_dict(cell[_EPOCHS])
        for name, (training, images) in VALUES.items():
            for seed in results.get_dataset_seeds(training):
                found = results.get_metrics(training, images, is_random=seed)
                values[name][index, SEEDS.index(seed)] = found["accuracy"]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CorruptData(
            f"Cell {index} of {source!r} is not what nats_bench writes: {type(error).__name__}: {error}."
        ) from error


def _load(path: Path) -> Any:
    """A compressed pickle of plain data."""
    with bz2.open(path) as file:
        return load_plain(file, str(path), arrays=True)


def _check_digest(path: Path) -> None:
    """The authors put the first digits of a file's MD5 into its name."""
    named = re.search(r"-([0-9a-f]{5})\.pickle\.pbz2$", path.name)
    if named is None:
        return
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if not found.startswith(named[1]):
        raise CorruptData(f"{str(path)!r} has MD5 {found}, which does not begin with {named[1]}; get the file again.")


@contextmanager
def _unpacked(source: Path, target: Path) -> Iterator[Path]:
    """The source, or where it is an archive the folder it is unpacked to for as long as it is read."""
    if source.is_dir() or not tarfile.is_tarfile(source):
        yield source
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="nats-") as folder:
        unpack(source, Path(folder) / "files")
        yield Path(folder) / "files"
