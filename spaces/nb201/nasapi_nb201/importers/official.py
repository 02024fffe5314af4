"""Makes a table of the official NATS-Bench files of the topology space; needs the extra `nasapi-nb201[official]`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nats_bench import ArchResults
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import Column, Table, write_table
from nasapi_nb201 import TITLES
from nasapi_nb201.importers.archive import SEEDS, Archive, explained, unpacked
from nasapi_nb201.space import NB201

ARCHIVE = Archive("NATS-tss-v1_0-3ffb9", ("200",))
VALUES = {
    "cifar10_valid_accuracy": ("cifar10-valid", "x-valid"),
    "cifar10_test_accuracy": ("cifar10", "ori-test"),
    "cifar100_valid_accuracy": ("cifar100", "x-valid"),
    "cifar100_test_accuracy": ("cifar100", "x-test"),
    "imagenet16-120_valid_accuracy": ("ImageNet16-120", "x-valid"),
    "imagenet16-120_test_accuracy": ("ImageNet16-120", "x-test"),
}
"""Each column by the training and the image set that `nats_bench` knows it by."""


def import_official(source: Path, target: Path) -> Table:
    """Write the table of the official files at `source` to `target`, and give it opened.

    `source` is the folder NATS-tss-v1_0-3ffb9-simple, the tar archive of it, or the single file
    NATS-tss-v1_0-3ffb9.pickle.pbz2. Raises CorruptData where it is none of these, is not plain data, lacks a cell or
    lists the cells in another order than the official one.
    """
    space = NB201()
    codes = space.codes_at(np.arange(space.size))
    values = {name: np.full((space.size, len(SEEDS)), np.nan) for name in VALUES}
    with unpacked(source, target) as place:
        names, cells = ARCHIVE.cells(place)
        if names != [space.format(code) for code in codes]:
            raise CorruptData(f"{str(source)!r} does not list the {space.size} cells in the official order.")
        index = -1
        for index, cell in enumerate(cells):
            with explained(index, source):
                _fill(values, index, cell["200"])
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


def _fill(values: dict[str, NDArray[np.float64]], index: int, results: ArchResults) -> None:
    """Put one cell's accuracies into row `index` of the columns."""
    for name, (training, images) in VALUES.items():
        for seed in results.get_dataset_seeds(training):
            found = results.get_metrics(training, images, is_random=seed)
            values[name][index, SEEDS.index(seed)] = found["accuracy"]
