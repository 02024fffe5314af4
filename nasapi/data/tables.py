"""Where fetched tables are kept on this machine, and the opening and verifying of them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safety.grammar import SHA256, Record, Shape, anything, flag, listed, maybe, read_json_file, text, whole
from nasapi.tables.layout import foreign_table

if TYPE_CHECKING:
    from nasapi.plugins.hooks import TableSource
    from nasapi.tables.table import Table


_READ: dict[str, Shape] = {
    "file": text(),
    "size": maybe(whole()),
    "sha256": maybe(SHA256),
}
_RECEIPT = Record(
    {},
    optional={
        **_READ,
        "files": listed(Record(_READ)),
        "name": text(),
        "url": text(),
        "verified": flag,
        "imported": text(),
    },
    rest=anything,
)


_ELSEWHERE: ContextVar[Path | None] = ContextVar("folder of tables", default=None)


@contextmanager
def tables_in(place: Path) -> Iterator[None]:
    """A context in which the tables of the folder `place` are all that there are."""
    token = _ELSEWHERE.set(place)
    try:
        yield
    finally:
        _ELSEWHERE.reset(token)


def folder() -> Path:
    """The folder that holds tables: NASAPI_DATA where it is set, else the user's data folder of this system."""
    if (elsewhere := _ELSEWHERE.get()) is not None:
        return elsewhere
    chosen = os.environ.get("NASAPI_DATA")
    if chosen:
        try:
            return Path(chosen).expanduser()
        except RuntimeError as error:  # a user who is not there
            raise InvalidOption(f"NASAPI_DATA is {chosen!r}, and there is no such user; set it to a folder.") from error
    from platformdirs import user_data_path

    return user_data_path("nasapi", appauthor=False)


def path(name: str) -> Path:
    """Where the table of that name is kept, whether it is there or not; raises UnknownId for no such table."""
    from nasapi.data.registry import source

    return place_of(source(name))


def place_of(table: TableSource) -> Path:
    """Where a table is kept."""
    return folder() / f"{table.name}.zarr"


def found_place(table: TableSource) -> Path:
    """Where a table is kept, put back there if a process was killed while it replaced the table."""
    place = place_of(table)
    if not place.exists():
        from nasapi.files.replacing import restore

        restore(place, foreign_table)
    return place


def available(name: str) -> bool:
    """Whether the table of that name has been fetched or imported; raises UnknownId for no such table."""
    from nasapi.data.registry import source

    return found_place(source(name)).exists()


def open_table(name: str) -> Table:
    """The table of that name; raises NotAvailable with the command that gets it where it is not here."""
    from nasapi.data.registry import source
    from nasapi.tables.table import Table

    table = source(name)
    place = found_place(table)
    if not place.exists():
        raise NotAvailable(how_to_get(table))
    return Table(place)


def verify(name: str) -> dict[str, Any]:
    """Read all of a table and give its receipt.

    Raises NotAvailable where the table is not here, CorruptData where it is not what was written.
    """
    open_table(name).verify()
    return receipt(name)


def receipt(name: str) -> dict[str, Any]:
    """What was recorded when the table was imported.

    `file` and `url` it came from, `size` and `sha256` of the file that was read, or each of several as `files`,
    `verified` (whether that is the official SHA-256) and `imported` (when). Empty where the table is not here.
    """
    return receipt_beside(path(name))


def receipt_beside(place: Path) -> dict[str, Any]:
    """What was recorded when the table at a place was imported, as of `receipt`."""
    note = receipt_place(place)
    if not note.exists():
        return {}
    try:
        found: dict[str, Any] = read_json_file(note, _RECEIPT, f"The receipt {str(note)!r}", 1 << 20)
    except CorruptData as error:
        raise CorruptData(f"{str(note)!r} is not a receipt of a table: {error} Import the table again.") from error
    return found


def receipt_place(place: Path) -> Path:
    """The file beside a table that says where it came from."""
    return place.with_suffix(".json")


def how_to_get(table: TableSource) -> str:
    """One sentence with the exact command that gets a table."""
    # Reports quote this sentence, so that it names no folder of this machine.
    extra = f"run `pip install {shlex.quote(table.requires)}` and then " if table.requires else "run "
    what = f"Table {table.name!r} ({table.title}) is not here"
    if table.urls:
        return f"{what}; to get it, {extra}`nasapi data get {table.name}`."
    given = "FOLDER" if len(table.files) > 1 else "FILE"
    how = f"{extra}`nasapi data import {table.name} {given}`."
    if not table.page:
        return f"{what} and is nowhere to be fetched. {table.contents.rstrip('.')}. Where you have the file, {how}"
    return f"{what} and no program can fetch it; download its file from {table.page}, then {how}"


def wanted_file(table: TableSource) -> str:
    """One sentence that says which file a table is imported from, and where it lies."""
    if table.page or table.urls:
        return f"Wanted is the file of {table.title}, from {table.page or table.urls[0]}."
    return f"Wanted is {table.title}: {table.contents.rstrip('.')}."
