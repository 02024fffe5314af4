"""Tables of whole numbers that tests of the data folder offer as a plugin."""

import asyncio
import errno
import hashlib
import os
import zipfile

import attrs
import numpy as np

from nasapi import data
from nasapi.benchmark import Benchmark
from nasapi.errors import CorruptData
from nasapi.metric import Metric
from nasapi.plugins.hooks import TableSource
from nasapi.reference import Anchor, Reference
from nasapi.tables.objective import TableObjective
from nasapi.tables.table import Column, write_table
from nasapi.testing.toy import Toy, toy_v1

OFFICIAL = b"1 2 3"
SHA256 = hashlib.sha256(OFFICIAL).hexdigest()


def importer(path, target):
    """Read whole numbers from a file, or from `numbers.txt` in a folder."""
    path = path / "numbers.txt" if path.is_dir() else path
    try:
        numbers = [int(word) for word in path.read_bytes().split()]
    except ValueError as error:
        raise CorruptData(f"{path.name!r} holds {error.args[0]!r}; wanted whole numbers.") from error
    write_table(target, {"number": Column(np.array(numbers), "the numbers")}, title="numbers")


def of_a_file(path, target):
    """Read a file alone."""
    path.read_bytes()


def unpacking(path, target):
    """Read from a folder of its own beside the target."""
    own = target.parent / "unpacked-by-importer"
    own.mkdir()
    (own / "numbers.txt").write_bytes(path.read_bytes())
    importer(own, target)


def lazy_importer(path, target):
    """Write nothing."""


def numbers(**changes):
    table = TableSource("numbers", "three numbers", "Numbers.", "number_tables:importer")
    return table._replace(**changes)


def ends_early(path, target):
    raise EOFError


def not_ours(path, target):
    raise CorruptData("There is no 'numbers.npz'; give the folder that holds it.")


def overflowing(path, target):
    np.array([10**400], np.float64)


def bad_stream(path, target):
    raise OSError("Invalid data stream")


def bad_archive(path, target):
    raise zipfile.BadZipFile("Bad magic number")


def unfinished(path, target):
    raise NotImplementedError("not yet")


def mistaken(path, target):
    raise TypeError("no such thing")


def cancelled(path, target):
    raise asyncio.CancelledError


def full_disk(path, target):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))


def of_two_files(path, target):
    """Read whole numbers from `a.txt` and from `b.txt` in a folder."""
    found = [int(word) for name in ("a.txt", "b.txt") for word in (path / name).read_text().split()]
    write_table(target, {"number": Column(np.array(found), "the numbers")}, title="numbers")


def with_gaps(path, target):
    """Read numbers, of which some are NaN, and count them."""
    found = np.array([float(word) for word in path.read_text().split()])
    columns = {"number": Column(found, "the numbers"), "place": Column(np.arange(len(found)), "their places")}
    write_table(target, columns, title="numbers")


def measured(path, target):
    """Read a column whose unit is the first word of the file."""
    unit, *words = path.read_text().split()
    column = Column(np.array([float(word) for word in words]), "the numbers", unit.removeprefix("none"))
    write_table(target, {"number": column}, title="numbers")


def numbered() -> Benchmark:
    """The toy with the numbers of the table as accuracies; of its first cell 50 was published, of its second 60.

    A cell that the table does not reach has no value.
    """
    found = data.open_table("numbers")["number"]
    values = np.full(27, np.nan)
    values[: len(found)] = found
    metric = Metric("valid_accuracy", "max", "%", "valid", None, "a number", "measured")
    objective = TableObjective(
        Toy(), lambda codes: codes @ np.array([9, 3, 1]) - 3, {metric: values}, np.zeros(27), identity="code"
    )
    anchors = (
        Anchor("none|skip|none", "valid_accuracy", 50.0, "a paper", 0.5),
        Anchor("none|skip|skip", "valid_accuracy", 60.0, "a paper", 0.5),
        Anchor("no cell", "valid_accuracy", 70.0, "a paper"),
    )
    whole = toy_v1()
    problem = attrs.evolve(whole.problem, goals=(metric,), fidelity=None)
    return attrs.evolve(
        whole,
        id="numbered-v1",
        problem=problem,
        objective=objective,
        report_metrics=(),
        reference=Reference(anchors=anchors),
    )
