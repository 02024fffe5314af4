"""Tables: the measured values of a benchmark as checked columns in a zarr folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, near
from nasapi.frames import Framed
from nasapi.safety.grammar import SHA256, Record, anything, choice, listed, mapped, plain_name, text, whole
from nasapi.tables.layout import digest, foreign_table
from nasapi.tables.reading import attributes_of, column_of
from nasapi.words import counted

SCHEMA = 1
"""The version of the layout that docs/storage.md describes."""


_TEXTS = {"space", "title", "source", "licence", "citation"}

_RATIO = 20_000  # a column of one value packs well

_COLUMN = Record(
    {
        "unit": text(),
        "split": choice("none", "train", "valid", "test"),
        "description": text(),
        "shape": listed(whole(0, 1 << 40), 1, 8),
        "dtype": text(pattern=r"[<>|][biufSU]\d{1,6}", wanted="a type of numbers or text"),
        "sha256": SHA256,
    }
)
_HEADER = Record(
    {"schema": choice(SCHEMA), "kind": choice("table"), "rows": whole(), "columns": mapped(_COLUMN, plain_name)},
    rest=anything,
)


@frozen(eq=False)
class Column:
    """One column to write: an array whose first axis is the table's rows, and what its numbers mean."""

    values: NDArray[Any] = field(converter=np.asanyarray)
    """(rows, …)."""
    description: str
    """What the numbers are of, a line."""
    unit: str = ""
    """"%", "s", "count", "1" for a plain number; empty where there is none, as of codes."""
    split: str = "none"
    """The data that was measured on: "train", "valid", "test" or "none"."""


class Table(Framed, Mapping[str, NDArray[Any]]):
    """A table on disk: its columns by name, each read once, whole, and only if it is what was written.

    A flipped bit, a missing chunk or a wrong number of rows raises CorruptData that names table and column.
    """

    def __init__(self, path: str | os.PathLike[str]):
        """Open the table at `path`, a folder or a zip of one; raises NotAvailable where there is none."""
        self.path = Path(path)
        if not self.path.exists():
            raise NotAvailable(f"There is no table at {str(path)!r}.")
        try:
            written = attributes_of(self.path) if self.path.is_dir() else None
            if written is None:
                written = dict(self._group().attrs.asdict())
            self.attributes: dict[str, Any] = dict(written["nasapi"])
        except Exception as error:
            if _of_the_machine(error):
                raise
            raise CorruptData(
                f"{str(path)!r} is not a nasapi table ({type(error).__name__}: {error}); give the folder or zip that "
                "`nasapi data import`, `nasapi collect merge` or `write_table` made."
            ) from error
        if self.attributes.get("schema") != SCHEMA:
            raise CorruptData(
                f"Table {str(path)!r} has layout {self.attributes.get('schema')!r}; this nasapi reads layout {SCHEMA}."
            )
        if written.get("sha256") != digest(self.attributes):
            raise CorruptData(
                f"The header of table {str(path)!r} is not what was written: its SHA-256 differs. "
                "Fetch or import the table again."
            )
        self.attributes = _HEADER(self.attributes, f"The header of table {str(path)!r}")
        self._columns: dict[str, dict[str, Any]] = self.attributes["columns"]
        self.rows: int = self.attributes["rows"]
        self._read: dict[str, NDArray[Any]] = {}

    def __repr__(self) -> str:
        columns = counted(len(self._columns), "column", "columns")
        return f"<table {str(self.path)!r}: {counted(self.rows, 'row', 'rows')} of {columns}>"

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The column, read-only, with `rows` entries along its first axis."""
        if name not in self._read:
            self._read[name] = self._checked(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def describe(self, name: str) -> dict[str, Any]:
        """Unit, split, description, shape, dtype and SHA-256 of a column."""
        if name not in self._columns:
            raise NotAvailable(f"Table {str(self.path)!r} has no column {name!r}. {near(name, self._columns)}")
        return self._columns[name]

    def to_dict(self) -> dict[str, list[Any]]:
        """Every column by name, as lists: a row a network; a cell of several runs or levels is a list of them."""
        return {name: self[name].tolist() for name in self}

    def verify(self) -> None:
        """Read every column and raise CorruptData at the first that is not what was written."""
        for name in self:
            self[name]

    def _group(self) -> Any:
        """The table as zarr opens it, for zips and for what is laid out otherwise than by `write_table`."""
        import zarr
        from zarr.storage import LocalStore, ZipStore

        store = LocalStore(self.path, read_only=True) if self.path.is_dir() else ZipStore(self.path, mode="r")
        return zarr.open_group(store, mode="r")

    def _bytes(self, name: str) -> int:
        """The bytes of a column's files, or of the whole zip."""
        if self.path.is_file():
            return self.path.stat().st_size
        return sum(file.stat().st_size for file in (self.path / name).rglob("*") if file.is_file())

    def _checked(self, name: str) -> NDArray[Any]:
        wanted = self.describe(name)
        shape, dtype = tuple(wanted["shape"]), wanted["dtype"]
        try:
            values = column_of(self.path / name, shape, dtype) if self.path.is_dir() else None
            same = values is not None
            if values is None:
                from nasapi.safety.unpacked import ceiling

                array: Any = self._group()[name]
                same = (array.shape, array.dtype.str) == (shape, dtype)  # before memory is taken for it
                if same and array.chunks != shape and shape:
                    raise ValueError(f"it is in chunks of {array.chunks}, and a table's column is one of {shape}")
                if array.nbytes > ceiling(self._bytes(name), _RATIO):
                    raise ValueError(f"it announces {array.nbytes:,} bytes, which no file of its size holds")
                values = np.ascontiguousarray(array[...]) if same else np.empty(0)
        except Exception as error:
            if _of_the_machine(error):
                raise
            raise CorruptData(f"Column {name!r} of table {str(self.path)!r} cannot be read: {error}") from error
        if same and len(values) != self.rows:
            raise CorruptData(
                f"Column {name!r} of table {str(self.path)!r} has {len(values)} rows; it was written with {self.rows}."
            )
        if (values.shape, values.dtype.str) != (shape, dtype) or fingerprint(values) != wanted["sha256"]:
            raise CorruptData(
                f"Column {name!r} of table {str(self.path)!r} is not what was written: its type or SHA-256 differs. "
                "Fetch or import the table again."
            )
        values.flags.writeable = False
        return values


def write_table(
    path: str | os.PathLike[str], columns: Mapping[str, Column], *, packed: bool = True, **attributes: Any
) -> Table:
    """Write a table as a zarr folder, whole or not at all, and give it opened; an existing table is replaced.

    `attributes` are kept beside the columns: `space`, `title`, `source`, `licence`, `citation` and whatever else says
    what the numbers are. Columns that are not `packed` are larger on disk and are read without numcodecs, whose import
    takes longer than the reading: for tables that every start reads. Raises InvalidOption, before anything is written,
    for columns and attributes that could not be read again, StoreError where the place cannot be written or holds
    anything but a table.
    """
    import zarr
    from zarr.codecs import BloscCodec, Crc32cCodec

    from nasapi.files.replacing import replacing

    for name, column in columns.items():
        _require_plain(name, column.values)
    for name in _TEXTS & attributes.keys():
        if not isinstance(attributes[name], str):
            raise InvalidOption(
                f"The {name} of a table is text, not {attributes[name]!r:.80}; leave out what is unknown."
            )
    packing = (BloscCodec(cname="zstd", clevel=9, shuffle="shuffle"),) if packed else ()
    rows = {len(column.values) for column in columns.values()}
    if len(rows) != 1:
        raise InvalidOption(f"The columns of a table must have one length, not {sorted(rows)}.")
    description = {
        name: {
            "unit": column.unit,
            "split": column.split,
            "description": column.description,
            "shape": list(column.values.shape),
            "dtype": column.values.dtype.str,
            "sha256": fingerprint(column.values),
        }
        for name, column in columns.items()
    }
    header = {"schema": SCHEMA, "kind": "table", "rows": rows.pop(), **attributes, "columns": description}
    try:
        _HEADER(json.loads(json.dumps(header)), "The header")
    except (CorruptData, TypeError, ValueError) as error:
        raise InvalidOption(f"A table cannot be written with these columns and attributes: {error}") from error
    with replacing(path, foreign_table, "The table") as draft:
        group = zarr.create_group(draft, attributes={"nasapi": header, "sha256": digest(header)})
        for name, column in columns.items():
            values = np.ascontiguousarray(column.values)
            array = group.create_array(
                name,
                shape=values.shape,
                dtype=values.dtype,
                chunks=values.shape,
                compressors=(*packing, Crc32cCodec()),
                config={"write_empty_chunks": True},
            )
            array[...] = values
    return Table(path)


def _of_the_machine(error: Exception) -> bool:
    """Whether a file could not be read for want of a right, of memory or of a library, whatever is in it."""
    return isinstance(error, (PermissionError, MemoryError, ImportError)) or (
        isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.EIO)
    )


def _require_plain(name: str, values: NDArray[Any]) -> None:
    """Raise InvalidOption where an array has something that a table does not keep: a mask, objects, complex numbers."""
    if isinstance(values, np.ma.MaskedArray):
        raise InvalidOption(
            f"Column {name!r} is a masked array, and a table keeps no mask; write what is missing as NaN: "
            "`values.astype(float).filled(np.nan)`."
        )
    if values.ndim == 0 or values.dtype.kind not in "biufSU":
        raise InvalidOption(
            f"Column {name!r} is {values.dtype} of shape {values.shape}; a column is an array of numbers or text, its "
            "first axis the rows."
        )


def fingerprint(values: NDArray[Any]) -> str:
    """SHA-256 of an array's bytes in C order."""
    return hashlib.sha256(np.ascontiguousarray(values).data).hexdigest()
