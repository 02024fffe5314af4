"""Tables of whole numbers that tests of the data folder offer as a plugin."""

import asyncio
import errno
import hashlib
import os
import zipfile

import numpy as np

from nasapi.errors import CorruptData
from nasapi.plugins.hooks import TableSource
from nasapi.tables.table import Column, write_table

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
