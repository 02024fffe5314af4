"""Makes a table of the official files of the size space; needs the extra `nasapi-natssize[official]`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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
from nats_bench import ArchResults
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import Column, Table, write_table
from nasapi_natssize.notations import format_widths
from nasapi_natssize.objectives import EPOCHS
from nasapi_natssize.space import NATSSize
from nasapi_natssize.tables import OFFICIAL

ARCHIVE = Archive("NATS-sss-v1_0-50262", tuple(f"{epochs:02d}" for epochs in EPOCHS))
TRAININGS = {
    "cifar10": (("cifar10-valid", "x-valid"), ("cifar10", "ori-test")),
    "cifar100": (("cifar100", "x-valid"), ("cifar100", "x-test")),
    "imagenet16-120": (("ImageNet16-120", "x-valid"), ("ImageNet16-120", "x-test")),
}
"""For each data set the training and the image set, as `nats_bench` names them, of validation and of test values."""


def import_official(source: Path, target: Path) -> Table:
    """Write the table of the official files at `source` to `target`, and give it opened.

    `source` is the folder NATS-sss-v1_0-50262-simple, the tar archive of it, or the single file
    NATS-sss-v1_0-50262.pickle.pbz2. Networks are placed by their strings, whatever the order of the files. Raises
    CorruptData where it is none of these, is not plain data, or lists other networks.
    """
    space = NATSSize()
    codes = np.concatenate(list(space.enumerate()))
    row_of = {format_widths(code): row for row, code in enumerate(codes.tolist())}
    shape = (len(codes), len(EPOCHS), len(SEEDS))
    values = {
        f"{dataset}_{metric}": np.full(shape, np.nan)
        for dataset in TITLES
        for metric in ("valid_accuracy", "test_accuracy", "train_seconds")
    }
    with unpacked(source, target) as place:
        names, cells = ARCHIVE.cells(place)
        if len(names) != len(row_of) or set(names) != row_of.keys():
            raise CorruptData(f"{str(source)!r} does not list the {len(codes)} networks of the size space.")
        index = -1
        for index, cell in enumerate(cells):
            with explained(index, source):
                for level, results in enumerate(cell.values()):
                    _fill(values, row_of[names[index]], level, results)
        if index + 1 != len(codes):
            raise CorruptData(f"{str(source)!r} has {index + 1} networks; wanted {len(codes)}.")
    require_measured(values, list(row_of), source)
    columns = {"codes": Column(codes.astype(np.int8), "position of each of five widths among 8, 16, …, 64")}
    for name, column in values.items():
        dataset, _, metric = name.partition("_")
        description = f"{TITLES[dataset]}: {metric.replace('_', ' ')} after {EPOCHS} epochs; seeds {SEEDS}"
        unit, split = ("s", "none") if metric == "train_seconds" else ("%", metric.partition("_")[0])
        columns[name] = Column(column, description, unit, split)
    return write_table(
        target,
        columns,
        space=space.id,
        title=OFFICIAL.title,
        source=f"NATS-Bench (D-X-Y/NATS-Bench), imported from {source.name}",
        licence=OFFICIAL.licence,
        citation=OFFICIAL.citation,
    )


def _fill(values: dict[str, NDArray[np.float64]], row: int, level: int, results: ArchResults) -> None:
    """Put one network's results after one number of epochs into the columns."""
    for dataset, sets in TRAININGS.items():
        for metric, (training, images) in zip(("valid_accuracy", "test_accuracy"), sets, strict=True):
            column = values[f"{dataset}_{metric}"][row, level]
            for seed in seeds_of(results, training):
                column[SEEDS.index(seed)] = accuracy(results, training, images, seed)
        training = sets[0][0]
        for seed in seeds_of(results, training):
            found = results.query(training, seed).get_train()
            values[f"{dataset}_train_seconds"][row, level, SEEDS.index(seed)] = found["all_time"]
