"""Readers of two partial tables of NAS-Bench-101 that are small enough to pass around as numpy archives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.safety.npz import Wanted, named_arrays, read_npz
from nasapi.space import Codes
from nasapi.tables import Column, Table, write_table
from nasapi_nb101.cells import split
from nasapi_nb101.hashes import graph_hashes
from nasapi_nb101.space import NB101
from nasapi_nb101.tables import ALL_TEST, CITATION, SOME_VALID

EVALUATED_TEST = 9984
"""Images of the test and the validation split that were evaluated: full batches of 128 out of 10,000."""
_OPERATIONS = 5
_PART = 32_768  # rows whose codes are decoded at once
_TESTED: Wanted = {
    "graph_vertices": ("whole numbers", 1),
    "graph_edges": ("whole numbers", 1),
    "graph_rows": ("whole numbers", 1),
    "ops_base3": ("whole numbers", 1),
    "test_correct_sum3": ("whole numbers", 1),
}
_VALIDATED: Wanted = {
    "row": ("whole numbers", 1),
    "val_correct": ("whole numbers", 2),
    "train_time_108": ("numbers", 1),
    "budgets": ("whole numbers", 1),
}
_ABOUT: dict[str, Any] = {"packed": False, "space": "nb101", "licence": "Apache-2.0", "citation": CITATION}
"""What both tables say of themselves; unpacked, they are read without numcodecs in less time and memory."""


def import_test(path: Path, target: Path, *, hashes: bool = True) -> Table:
    """Write the table of test accuracies after 108 epochs of all cells, from `test_accuracy_full.npz` or its folder.

    The official hashes, by which networks are looked up, are computed, which takes 20 seconds; not without `hashes`.
    Raises CorruptData where the archive is not of that layout; nothing is written then.
    """
    file = _file(path, ALL_TEST) if path.is_dir() else path
    cells, accuracy = _tested(file)
    digests = _each_part(lambda part: graph_hashes(*split(part, 7)), cells) if hashes else None
    return write_table(
        target,
        {
            "cell": Column(cells, "canonical code of the network"),
            **({} if digests is None else {"hash": Column(digests, "the official graph hash, 16 bytes")}),
            "test_accuracy": Column(accuracy, "CIFAR-10 accuracy after 108 epochs, mean of three runs", "%", "test"),
            "params": Column(_each_part(NB101().parameters, cells), "trainable parameters, by rule", "count"),
        },
        title="NAS-Bench-101, test accuracies alone",
        source=f"{file.name}, extracted from nasbench_only108.tfrecord",
        **_ABOUT,
    )


def import_subset(path: Path, target: Path) -> Table:
    """Write the table of 30,001 cells from the folder of `validation_30k.npz` and `test_accuracy_full.npz`.

    Validation accuracy of one run at each of four numbers of epochs, test accuracy after 108 (mean of three runs).
    Raises CorruptData where an archive is not of that layout; nothing is written then.
    """
    every, tested = _tested(_file(path, ALL_TEST))
    file = _file(path, SOME_VALID)
    rows, correct, seconds, epochs = named_arrays(read_npz(file, repr(file.name)), _VALIDATED, repr(file.name))
    shape = (len(rows), len(epochs))
    if correct.shape != shape or seconds.shape != shape[:1] or len(np.unique(rows)) != len(rows):
        raise CorruptData(f"{file.name!r} has columns of different lengths, or lists a row twice.")
    outside = rows.size == 0 or rows.min() < 0 or rows.max() >= len(every)
    if outside or correct.min() < 0 or correct.max() > EVALUATED_TEST:
        raise CorruptData(f"{file.name!r} has rows or counts out of range; it does not belong to {ALL_TEST!r}.")
    if not (np.isfinite(seconds) & (seconds > 0)).all():
        raise CorruptData(f"{file.name!r} has a training time that is no positive number.")
    cells = every[rows]
    return write_table(
        target,
        {
            "cell": Column(cells, "canonical code of the network"),
            "valid_accuracy": Column(
                100 * correct.astype(np.float64) / EVALUATED_TEST,
                "CIFAR-10 accuracy of one run, by number of epochs",
                "%",
                "valid",
            ),
            "test_accuracy": Column(
                tested[rows], "CIFAR-10 accuracy after 108 epochs, mean of three runs", "%", "test"
            ),
            "train_seconds": Column(seconds.astype(np.float64), "seconds of training for 108 epochs", "s"),
            "params": Column(_each_part(NB101().parameters, cells), "trainable parameters, by rule", "count"),
        },
        title=f"NAS-Bench-101, validation accuracies of {len(rows):,} cells",
        epochs=epochs.tolist(),
        source=f"{file.name} and {ALL_TEST}, extracted from nasbench_full.tfrecord",
        **_ABOUT,
    )


def decode(vertices: NDArray[np.int64], masks: NDArray[np.int64], operations: NDArray[np.int64]) -> Codes:
    """(n, 26): codes of cells given by number of vertices, edge mask and five base-3 digits of operations.

    Bit i + j (j - 1) / 2 of a mask is edge i > j; the first `vertices` - 2 digits are the operations.
    """
    codes = np.zeros((len(vertices), 26), np.int64)
    digits = operations[:, None] // 3 ** np.arange(_OPERATIONS - 1, -1, -1) % 3
    bits = masks[:, None] >> np.arange(21) & 1
    for count in range(2, 8):
        rows = np.flatnonzero(vertices == count)
        inside = (count - 1) * (count - 2) // 2  # edges that do not end in the output
        codes[rows, :inside] = bits[rows, :inside]
        codes[rows, 15 : 14 + count] = bits[rows, inside : inside + count - 1]
        codes[rows, 21 : 19 + count] = digits[rows, : count - 2]
    return codes


def _tested(file: Path) -> tuple[Codes, NDArray[np.float64]]:
    """Canonical codes, in 8 bits, and test accuracies in percent of all rows of `test_accuracy_full.npz`."""
    vertices, masks, repeats, operations, correct = named_arrays(
        read_npz(file, repr(file.name)), _TESTED, repr(file.name)
    )
    if not len(vertices) == len(masks) == len(repeats) or not repeats.sum() == len(operations) == len(correct):
        raise CorruptData(f"{file.name!r} has columns of different lengths.")
    possible = ((vertices >= 2) & (vertices <= 7)).all() and ((operations >= 0) & (operations < 3**_OPERATIONS)).all()
    if not possible or (masks >> vertices * (vertices - 1) // 2).any():
        raise CorruptData(f"{file.name!r} lists a cell outside the space, or a network twice.")
    graph = np.repeat(np.arange(len(repeats)), repeats)
    space = NB101()
    cells, keys = np.empty((len(graph), 26), np.int8), np.empty(len(graph), np.int64)
    for part in _parts(len(graph)):
        given = decode(vertices[graph[part]], masks[graph[part]], operations[part])
        if not space.valid(given).all():
            raise CorruptData(f"{file.name!r} lists a cell outside the space, or a network twice.")
        found = space.canonical(given)
        cells[part], keys[part] = found, space.numbers(found)
    if len(np.unique(keys)) != len(cells):
        raise CorruptData(f"{file.name!r} lists a cell outside the space, or a network twice.")
    if correct.min() < 0 or correct.max() > 3 * EVALUATED_TEST:
        raise CorruptData(f"{file.name!r} counts more right answers than the {3 * EVALUATED_TEST} of three runs.")
    return cells, 100 * correct / (3 * EVALUATED_TEST)


def _parts(rows: int) -> Iterator[slice]:
    """All rows in parts whose codes take little memory."""
    return (slice(start, start + _PART) for start in range(0, rows, _PART))


def _each_part(function: Callable[[Codes], NDArray[Any]], cells: Codes) -> NDArray[Any]:
    """What a function gives for codes, called part by part."""
    return np.concatenate([function(cells[part].astype(np.int64)) for part in _parts(len(cells))])


def _file(folder: Path, name: str) -> Path:
    """The archive of that name in a folder."""
    file = folder / name
    if not file.is_file():
        raise CorruptData(f"There is no {name!r} in {str(folder)!r}; give the folder that holds it.")
    return file
