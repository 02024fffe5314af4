"""Named columns of NAS-Bench-201's cells in an npz or a CSV file, put into the official order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.safety.csv_files import read_csv
from nasapi.safety.npz import read_npz
from nasapi.words import quoted
from nasapi_nb201.space import NB201

_CELLS = ("idx", "architecture")


def named_columns(
    source: Path, names: re.Pattern[str], wanted: str, *, whole: bool = True
) -> dict[str, NDArray[np.float64]]:
    """(15625,) for each column whose whole name fits `names`, in the official order.

    `idx`, the official numbers, or `architecture`, the official strings, say which cell a row is, alike where both are
    there; other columns are passed over. Where the columns need not be `whole`, cells that lack are NaN. `wanted` says
    in messages what columns there may be. Raises CorruptData where neither is there, where a cell lacks or is there
    twice, where a column is no numbers, and where no column fits.
    """
    where = repr(str(source))
    found = _from_csv(source, names, where) if source.suffix == ".csv" else read_npz(source, where)
    rows = _cells(found, wanted, where, whole)
    columns = {}
    for name, values in found.items():
        if names.fullmatch(name):
            if values.shape != rows.shape or values.dtype.kind not in "fiu":
                raise CorruptData(
                    f"{name!r} of {where} has shape {values.shape} and type {values.dtype}; wanted {len(rows):,} "
                    "numbers."
                )
            columns[name] = np.full(NB201.size, np.nan)
            columns[name][rows] = values
    if not columns:
        raise CorruptData(f"{where} has no such columns; wanted {wanted}.")
    return columns


def _from_csv(source: Path, names: re.Pattern[str], where: str) -> dict[str, NDArray[Any]]:
    lines = read_csv(source, where)
    found: dict[str, NDArray[Any]] = {}
    for name in lines[0]:
        column = [line[name] for line in lines]
        try:
            if name == "idx" or names.fullmatch(name):
                found[name] = np.array([float(text) if text else np.nan for text in column])
            else:
                found[name] = np.array(column, np.str_)
        except ValueError as error:
            raise CorruptData(f"Column {name!r} of {where} is no column of numbers: {error}.") from error
    return found


def _cells(found: Mapping[str, NDArray[Any]], wanted: str, where: str, whole: bool) -> NDArray[np.int64]:
    """(n,): the official number of each row's cell."""
    space = NB201()
    if "architecture" in found:
        known = {string: index for index, string in enumerate(space.official_strings)}
        numbers = np.array([known.get(text, -1) for text in found["architecture"].ravel().tolist()])
        if "idx" in found and not np.array_equal(numbers, found["idx"]):
            raise CorruptData(f"{where} names cells by 'idx' and by 'architecture', which differ; leave one of them.")
    elif "idx" in found:
        numbers = found["idx"]
    else:
        there = ", ".join(map(quoted, list(found)[:5]))
        raise CorruptData(
            f"{where} does not say which cells its rows are{f': it has {there}' if there else ''}; wanted {wanted}."
        )
    fits = numbers.ndim == 1 and numbers.dtype.kind in "fiu" and bool(np.isin(numbers, np.arange(space.size)).all())
    if not fits or len(np.unique(numbers)) != len(numbers) or (whole and len(numbers) != space.size):
        which = f"each of the {space.size:,} cells" if whole else "cells of NAS-Bench-201, each"
        raise CorruptData(f"{where} does not list {which} once.")
    return numbers.astype(np.int64)
