"""The arrays of a store: which there are, how long, in which chunks; made and lengthened, never shortened."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import zarr
from zarr.storage import LocalStore

from nasapi.errors import StoreError
from nasapi.storage.header import TIMINGS, Header
from nasapi.storage.schema import ENDINGS, Column, columns_of
from nasapi.storage.summary import BenchmarkSummary
from nasapi.tables.layout import create_array, open_array

LEDGER = "runs"
"""The array with a row a run, written last: how many trials, why it ended, bytes of errors, checksum."""

LEDGER_FIELDS = ("trials", "ended", "error bytes", "CRC-32")

ERRORS = "errors"
"""The array with what went wrong; there once something did."""

ERROR_CHUNK = 4096
TRIAL_CHUNK = 1024  # of runs whose length is not known before


def build(store: Path, old: Header, new: Header) -> None:
    """Make the arrays that `new` has and `old` has not, and lengthen the others; the header is written after this."""
    for root in (store, store / TIMINGS):
        for place in (root, *(root / folder for folder in new.benchmarks)):
            if place != store and place.is_symlink():
                raise StoreError(f"{str(place)!r} is a link, and nothing is written through one; make it a folder.")
    for folder, benchmark in new.benchmarks.items():
        for name in new.strategies:
            fresh = folder not in old.benchmarks or name not in old.strategies
            for root in (store, store / TIMINGS):
                if fresh:
                    shutil.rmtree(root / folder / name, ignore_errors=True)  # of a study killed before its header
                    zarr.create_group(LocalStore(root), path=f"{folder}/{name}")
            columns = columns_of(benchmark)
            for column in columns:
                place = (store if column.repeatable else store / TIMINGS) / folder / name / column.name
                _size(place, len(new.seeds), column, benchmark, fresh)
            place = store / folder / name / LEDGER
            if fresh:
                attributes = {"fields": list(LEDGER_FIELDS), "endings": list(ENDINGS)}
                create_array(place, (len(new.seeds), 4), "<i8", (1, 4), fill_value=-1, attributes=attributes)
            else:
                array = open_array(place, writable=True)
                array.resize((len(new.seeds), 4))
                if (place.parent / ERRORS).exists():
                    errors = open_array(place.parent / ERRORS, writable=True)
                    errors.resize((len(new.seeds), errors.shape[1]))


def _size(place: Path, seeds: int, column: Column, benchmark: BenchmarkSummary, fresh: bool) -> None:
    budget = benchmark.budget
    width = int(np.ceil(budget.limit)) if budget.unit == "trials" else TRIAL_CHUNK
    if fresh:
        shape, chunks = (seeds, width, *column.tail), (1, width, *column.tail)
        fill = {"<i8": -1, "<f8": np.nan, "|b1": False}[column.dtype]
        create_array(place, shape, column.dtype, chunks, fill_value=fill, attributes=column.attributes)
    else:
        array = open_array(place, writable=True)
        array.resize((seeds, *array.shape[1:]))
