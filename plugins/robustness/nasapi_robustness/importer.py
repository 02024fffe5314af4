"""Makes a table of the published files: accuracies in percent, and confidences and confusion matrices where given."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from nasapi_nb201 import TITLES

from nasapi.data import naming_archives
from nasapi.tables import Column, Table, write_table
from nasapi_robustness.names import DATASETS
from nasapi_robustness.reader import PublishedFiles, kinds_of, read_published, unpack_all
from nasapi_robustness.source import ROBUSTNESS

CELLS = "cells"
"""The column with the official index of each row's cell."""


def import_published(source: Path, target: Path) -> Table:
    """Write the table at `target` from the published files at `source`; nothing is written where one is wrong.

    `source` is a folder with `meta.json` and the data sets' folders, a folder with the zip archives as published, or
    one archive of all. Data sets and measures that are not there are left out; what is there is read whole, so
    confusion matrices of 100 classes take gigabytes of memory. Raises CorruptData that names the file and the cell.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="robustness-") as work:
        unpacked = unpack_all(source, Path(work))
        with naming_archives(unpacked):
            published = read_published(source, unpacked)
            columns = {
                CELLS: Column(published.cells, "official index of the evaluated cell, the first of its class"),
                **{name: column for dataset in DATASETS for name, column in _columns(published, dataset).items()},
            }
    return write_table(
        target,
        columns,
        space="nb201",
        title=ROBUSTNESS.title,
        source=ROBUSTNESS.page,
        licence=ROBUSTNESS.licence,
        citation=ROBUSTNESS.citation,
        epsilons={name: list(values) for name, values in published.epsilons.items()},
    )


def column_name(dataset: str, key: str, measure: str) -> str:
    """The column of a data set, an attack or corruption, and "accuracy", "confidence_<kind>" or "confusion"."""
    return f"{dataset}_{key}_{measure}"


def _columns(published: PublishedFiles, dataset: str) -> dict[str, Column]:
    columns = {}
    place = f"{TITLES[dataset]} test images"
    for key in kinds_of(dataset, "accuracy", published.files):
        percent = np.round(100 * published.accuracy(dataset, key), 10)  # 0.29 * 100 is 28.999999999999996
        columns[column_name(dataset, key, "accuracy")] = Column(percent, f"accuracy on {place}, {key}", "%", "test")
    for key in kinds_of(dataset, "confidence", published.files):
        for kind, values in published.confidence(dataset, key).items():
            what = f"confidence ({kind}) on {place}, {key}"
            columns[column_name(dataset, key, f"confidence_{kind}")] = Column(values, what, "", "test")
    for key in kinds_of(dataset, "cm", published.files):
        counts = published.confusion(dataset, key)
        what = f"images of {place} by true class (row) and predicted class, {key}"
        columns[column_name(dataset, key, "confusion")] = Column(counts, what, "count", "test")
    return columns
