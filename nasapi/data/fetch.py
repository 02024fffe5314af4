"""From an official file to a table on this machine: download, check, unpack, convert, put in place."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from nasapi.data.archives import DAMAGED, naming_archives, unpack
from nasapi.data.contents import here_in_words
from nasapi.data.download import Download, Fetched, Progress, forget
from nasapi.data.given import fingerprint_of, given
from nasapi.data.mistaken import other_than_data
from nasapi.data.possible import require_possible
from nasapi.data.published import require_published
from nasapi.data.registry import TableSource, importer_of, source
from nasapi.data.tables import folder, found_place, how_to_get, place_of, receipt_place, wanted_file
from nasapi.errors import CorruptData, NasapiError, NotAvailable, PluginError, StoreError
from nasapi.files.lock import locked
from nasapi.files.places import require_place
from nasapi.files.replacing import remove, replacing, write_whole
from nasapi.safety.fences import Fence
from nasapi.tables.layout import foreign_table
from nasapi.words import say

if TYPE_CHECKING:
    from nasapi.tables.table import Table

_IMPORTING = "importing.nasapi-partial"
"""The folder for what is half made; importers may have folders of their own in it, beside their target."""
_LOOKED_AT = 1 << 16  # bytes of a receipt
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
_UNPACKED = "unpacked"


def get(
    name: str,
    *,
    again: bool = False,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
    timeout: float = 30.0,
) -> Table:
    """The table of that name, downloaded and converted where it is not here yet; `again` replaces one that is.

    A download that broke off goes on where it stopped. `progress` is called with bytes, `notify` with what a person
    should know (by default on stderr): above all, that a file could not be verified because nobody recorded its digest.
    Raises NotAvailable where no mirror serves it, CorruptData where one serves other bytes; neither leaves a file.
    """
    from nasapi.tables.table import Table

    table, notify = source(name), notify or _on_stderr
    place = found_place(table)
    if place.exists() and not again:
        return Table(place)
    if not table.urls:
        raise NotAvailable(how_to_get(table))
    _require_place(table)
    importer = importer_of(table)
    with _work_folder(table) as work:
        file = work / _file_name(table.urls[0])
        known = fingerprint_of(file) if file.exists() and table.sha256 is not None else None
        if known is not None and known[1] == table.sha256:
            fetched = Fetched(table.urls[0], *known)
        else:
            fetched = _downloaded(table, file, progress, timeout)
        return _imported(table, importer, file, work, notify, url=fetched.url)


def import_file(name: str, file: str | Path, *, notify: Callable[[str], None] | None = None) -> Table:
    """The table of that name, converted from an official file or folder that is already here, which is not changed.

    `notify` is called with what a person should know (by default on stderr): that a file could not be verified, and
    which table this one replaces. A file whose SHA-256 is not the official one is refused with CorruptData where the
    official one is recorded and `other_forms` are not read; so is one that gives a network another value than the
    table's benchmarks know to be published.
    """
    table, file, notify = source(name), Path(file), notify or _on_stderr
    if not file.exists():
        raise NotAvailable(f"There is no file {str(file)!r} to import table {name!r} from.")
    if not (file.is_file() or file.is_dir()):  # it would be read once to be verified, and again
        raise NotAvailable(
            f"{str(file)!r} is a pipe or a device, and table {name!r} is imported from a file or a folder; write what "
            "comes out of it to a file, and import that."
        )
    _require_place(table)
    importer = importer_of(table)
    with _work_folder(table) as work:
        return _imported(table, importer, Path(os.path.abspath(file)), work, notify)


def _downloaded(table: TableSource, file: Path, progress: Progress | None, timeout: float) -> Fetched:
    download = Download(
        table.urls,
        table.size,
        table.sha256,
        timeout=timeout,
        wait=lambda s: time.sleep(min(s, timeout)),
        progress=progress,
    )
    try:
        return download.to(file)
    except NotAvailable as error:
        raise NotAvailable(
            f"Table {table.name!r} could not be downloaded: {error}. Try again later, it goes on where it stopped; or "
            f"fetch the file by hand and run `nasapi data import {table.name} FILE`."
        ) from error
    except CorruptData as error:
        raise CorruptData(
            f"Table {table.name!r} was not kept: {error}. The publisher may have replaced the file; ask the plugin's "
            "authors, or try again."
        ) from error


def _imported(
    table: TableSource,
    importer: Callable[[Path, Path], Any],
    file: Path,
    work: Path,
    notify: Callable[[str], None],
    **note: Any,
) -> Table:
    """Convert in `work`, check what came out, and put it in place with its receipt, which begins with `note`."""
    from nasapi.tables.table import Table

    read = given(table, file)
    for each in read.files():
        if other := other_than_data(each):
            raise CorruptData(f"{str(each)!r} is {other}. {wanted_file(table)}")
    note |= read.note()
    note["verified"] = table.sha256 is not None and table.sha256 == note["sha256"]
    if note["sha256"] is None:
        notify(f"Table {table.name!r} comes from the folder {str(read.path)!r}, which cannot be verified.")
    elif not note["verified"]:
        if table.sha256 is not None and not table.other_forms:
            raise CorruptData(
                f"{str(read.path)!r} is not the official file of table {table.name!r}: its SHA-256 is "
                f"{note['sha256']}, not {table.sha256}. {wanted_file(table)}"
            )
        notify(_unverified(table, note["sha256"]))
    making = work / _IMPORTING
    making.mkdir()
    draft = making / place_of(table).name
    _convert(table, importer, read.path, draft)
    if not draft.exists():
        raise PluginError(f"The importer {table.importer!r} of table {table.name!r} wrote nothing to {str(draft)!r}.")
    require_possible(Table(draft), read.path)
    require_published(table, draft, read.path)
    place, replaced = place_of(table), here_in_words(table)
    note |= {"name": table.name, "imported": datetime.now(UTC).isoformat(timespec="seconds")}
    with replacing(place, foreign_table) as beside:
        draft.rename(beside)
        receipt_place(place).unlink(missing_ok=True)  # a table without a receipt is better than one with another's
    write_whole(receipt_place(place), json.dumps(note, indent=2), _foreign_receipt)
    if replaced is not None:
        notify(f"Table {table.name!r} replaces the one that was here: {replaced}.")
    return Table(place)


def _require_place(table: TableSource) -> None:
    """Raise StoreError where the table and its receipt could not be put in their places, before anything is fetched."""
    place = place_of(table)
    try:
        require_place(place, foreign_table)
        require_place(receipt_place(place), _foreign_receipt)
    except StoreError as error:
        raise _not_kept(table, error) from error


def _foreign_receipt(place: Path) -> str | None:
    """Why the file at `place` is not to be replaced: it is nothing like a receipt, damaged or not."""
    if place.is_dir():
        return "is a folder, not a receipt; move it away"
    start = place.read_bytes()[:_LOOKED_AT]
    ours = len(start) < 2 or all(f'"{key}"'.encode() in start for key in ("verified", "imported"))
    return None if ours else "is no receipt of a table; move it away"


def _convert(table: TableSource, importer: Callable[[Path, Path], Any], file: Path, draft: Path) -> None:
    """Let the importer read the file, unpacked where the table's is; what it cannot read is no fault of the place."""
    source, unpacked = file, draft.parent / _UNPACKED
    try:
        if table.unpack and file.is_file():
            unpack(file, unpacked)
            source = unpacked
        with naming_archives({unpacked: file}), Fence(NasapiError) as fence:
            importer(source, draft)
    except CorruptData as damage:
        end = "" if str(damage).endswith((".", "?")) else "."
        raise CorruptData(f"{damage}{end} {wanted_file(table)}") from damage
    error = fence.error
    if error is None:
        return
    if isinstance(error, OSError) and (error.errno in _FULL or _is_below(error.filename, draft.parent, unpacked)):
        raise error  # it could not write
    reason = fence.reason.replace(str(unpacked), str(file))
    if isinstance(error, IsADirectoryError):
        raise CorruptData(f"{str(file)!r} is a folder; name the file in it. {wanted_file(table)}") from error
    if isinstance(error, (OSError, ValueError, LookupError, OverflowError, *DAMAGED)):
        raise CorruptData(
            f"{str(file)!r} cannot be read as the file of table {table.name!r}: {reason}. It is damaged, or not "
            f"the official file. {wanted_file(table)}"
        ) from error
    raise PluginError(
        f"The importer {table.importer!r} of table {table.name!r} failed on {str(file)!r}: {reason}. This is a "
        "mistake of its plugin, or of the file."
    ) from error


def _is_below(name: object, folder: Path, but: Path) -> bool:
    """Whether a file is in a folder, and not in that folder in it."""
    place = Path(name).absolute() if isinstance(name, (str, Path)) else Path("/")
    return place.is_relative_to(folder.absolute()) and not place.is_relative_to(but.absolute())


@contextlib.contextmanager
def _work_folder(table: TableSource) -> Iterator[Path]:
    """A folder for the download and for what is half made; only one process at a time has that of a table.

    It is gone after a success. After a failure only the download is left in it, to go on with, and where nothing was
    downloaded it is gone as well. Nothing else that may be in it is touched.
    """
    work = folder() / "downloads" / table.name
    try:
        work.mkdir(parents=True, exist_ok=True)
        try:
            with locked(work):
                remove(work / _IMPORTING)  # after a process that was killed
                try:
                    yield work
                finally:
                    remove(work / _IMPORTING)
                for url in table.urls:
                    forget(work / _file_name(url))
        finally:
            with contextlib.suppress(OSError):  # there is something in it
                work.rmdir()
    except NasapiError:
        raise
    except OSError as error:
        raise _not_kept(table, error) from error


def _not_kept(table: TableSource, error: OSError) -> StoreError:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    reason = cause.strerror or str(cause).rstrip(".")
    return StoreError(
        f"Table {table.name!r} cannot be kept in {str(folder())!r}: {reason}. "
        "Set NASAPI_DATA to a folder that can be written and has room."
    )


def _file_name(url: str) -> str:
    """The last part of an address's path, as a file's name."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    return "official-" + "".join(c for c in name if c.isalnum() or c in "._-")


def _unverified(table: TableSource, sha256: str) -> str:
    reason = "nobody recorded its official SHA-256" if table.sha256 is None else "this is not the official file"
    return (
        f"Table {table.name!r} cannot be verified: {reason}. This file has {sha256}, which is kept beside the table "
        "once it is imported."
    )


def _on_stderr(sentence: str) -> None:
    say(sentence)
