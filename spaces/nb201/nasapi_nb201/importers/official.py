"""Makes tables of the official NATS-Bench files of the topology space; needs the extra `nasapi-nb201[official]`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from nats_bench import ArchResults
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import Column, Table, write_table
from nasapi_nb201 import TITLES
from nasapi_nb201.importers.archive import (
    SEEDS,
    Archive,
    accuracy,
    explained,
    require_measured,
    seeds_of,
    unpacked,
)
from nasapi_nb201.space import NB201
from nasapi_nb201.tables import CITATION, CURVES, EPOCHS, OFFICIAL

NAME = "NATS-tss-v1_0-3ffb9"
ARCHIVE = Archive(NAME, ("200", "12"))
VALUES = {
    "cifar10_valid_accuracy": ("cifar10-valid", "x-valid"),
    "cifar10_test_accuracy": ("cifar10", "ori-test"),
    "cifar100_valid_accuracy": ("cifar100", "x-valid"),
    "cifar100_test_accuracy": ("cifar100", "x-test"),
    "imagenet16-120_valid_accuracy": ("ImageNet16-120", "x-valid"),
    "imagenet16-120_test_accuracy": ("ImageNet16-120", "x-test"),
}
"""Each column by the training and the image set that `nats_bench` knows it by."""

Curves = NDArray[np.floating]
"""(levels, seeds): one cell's accuracies."""


def import_official(source: Path, target: Path) -> Table:
    """Write the table of the official files at `source` to `target`, and give it opened.

    `source` is the folder NATS-tss-v1_0-3ffb9-simple, the tar archive of it, or the single file
    NATS-tss-v1_0-3ffb9.pickle.pbz2. Accuracies are (15625, 2, 3): after trainings of 12 and of 200 epochs, by seed.
    Raises CorruptData where it is none of these, is not plain data, lacks a cell or lists the cells in another order
    than the official one.
    """
    what = "after trainings of 12 and of 200 epochs"
    values = _read(source, target, ARCHIVE, len(EPOCHS), ends)
    return _written(source, target, values, OFFICIAL.title, list(EPOCHS), what)


def import_curves(source: Path, target: Path) -> Table:
    """Write the table of each epoch of the trainings of 200 to `target`, and give it opened.

    `source` is as in `import_official`. Accuracies are (15625, 200, 3), NaN after epochs at which none was measured.
    Raises CorruptData as that does.
    """
    levels = EPOCHS[-1]
    values = _read(source, target, Archive(NAME, ("200",)), levels, curves)
    return _written(source, target, values, CURVES.title, list(range(1, levels + 1)), "after each of 200 epochs")


def ends(cell: dict[str, ArchResults], training: str, images: str, found: Curves) -> None:
    """Put a cell's accuracies at the ends of its trainings of 12 and of 200 epochs into `found`."""
    for level, epochs in enumerate(EPOCHS):
        results = cell[str(epochs)]
        for seed in seeds_of(results, training):
            found[level, SEEDS.index(seed)] = accuracy(results, training, images, seed)


def curves(cell: dict[str, ArchResults], training: str, images: str, found: Curves) -> None:
    """Put a cell's accuracies after each epoch of its training of 200 into `found`, as far as they were measured."""
    results = cell["200"]
    for seed in seeds_of(results, training):
        measured = results.query(training, seed)
        for epoch in range(min(measured.get_total_epoch(), len(found))):
            found[epoch, SEEDS.index(seed)] = measured.eval_acc1es.get(f"{images}@{epoch}", np.nan)


def _read(
    source: Path,
    target: Path,
    archive: Archive,
    levels: int,
    fill: Callable[[dict[str, ArchResults], str, str, Curves], None],
) -> dict[str, Curves]:
    """(15625, levels, seeds) for each column; `fill` puts one cell's accuracies of a training and an image set in."""
    space = NB201()
    shape, exact = (space.size, levels, len(SEEDS)), np.float64 if levels == len(EPOCHS) else np.float32
    values: dict[str, Curves] = {name: np.full(shape, np.nan, exact) for name in VALUES}
    with unpacked(source, target) as place:
        names, cells = archive.cells(place)
        if tuple(names) != space.official_strings:
            raise CorruptData(f"{str(source)!r} does not list the {space.size} cells in the official order.")
        index = -1
        for index, cell in enumerate(cells):
            with explained(index, source):
                for name, (training, images) in VALUES.items():
                    fill(cell, training, images, values[name][index])
        if index + 1 != space.size:
            raise CorruptData(f"{str(source)!r} has {index + 1} cells; wanted {space.size}.")
    every_level = levels == len(EPOCHS)  # of curves, epochs at which nothing was measured are NaN
    require_measured(
        {name: found if every_level else found.reshape(space.size, -1) for name, found in values.items()},
        space.official_strings,
        source,
    )
    return values


def _written(source: Path, target: Path, values: dict[str, Curves], title: str, epochs: list[int], when: str) -> Table:
    space = NB201()
    codes = space.codes_at(np.arange(space.size))
    columns = {"codes": Column(codes.astype(np.int8), "operation of each edge: 0>1, 0>2, 1>2, 0>3, 1>3, 2>3")}
    for name, (training, images) in VALUES.items():
        dataset, _, metric = name.partition("_")
        description = f"{TITLES[dataset]}: training {training!r}, images {images!r}, {when}; seeds {SEEDS}"
        columns[name] = Column(values[name], description, "%", metric.partition("_")[0])
    return write_table(
        target,
        columns,
        space="nb201",
        title=title,
        epochs=epochs,
        source=f"NATS-Bench (D-X-Y/NATS-Bench), imported from {source.name}",
        licence="MIT",
        citation=CITATION,
    )
