"""Opening a database: only if it is a shard of ours, trusting nothing in it, what a killed writer left rolled back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nasapi.errors import CorruptData, StoreError
from nasapi.files.places import refuse_planted

TABLES = {
    "header": "CREATE TABLE header (about TEXT NOT NULL, sha256 TEXT NOT NULL)",
    "ledger": "CREATE TABLE ledger (runs INTEGER NOT NULL, crcs INTEGER NOT NULL)",
    "runs": (
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, benchmark TEXT NOT NULL, strategy TEXT NOT NULL, "
        "seed INTEGER NOT NULL, trials INTEGER NOT NULL, ended TEXT NOT NULL, best REAL, cost REAL, "
        "errors TEXT NOT NULL, columns BLOB NOT NULL, seconds BLOB, clock BLOB, crc INTEGER NOT NULL, "
        "UNIQUE (benchmark, strategy, seed))"
    ),
}
"""The tables of a shard, and all that a database may have to be one."""

APPLICATION = 0x6E617361
"""SQLite's application_id of a shard."""

_PATIENCE = 60.0  # seconds that a reader or writer waits for another's transaction
_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")  # a journal that ends so names another file, to be deleted
_HOT = {"SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY", "SQLITE_CANTOPEN"}


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in one of SQLite's modes, "ro", "rw" or "rwc", that trusts nothing in the file."""
    name = f"file:{urllib.parse.quote(os.fsencode(path.absolute()))}?mode={mode}"
    database = sqlite3.connect(
        name, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=16, uri=True
    )
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {setting}")
    return database


def opened(path: Path, *, writable: bool) -> tuple[sqlite3.Connection, Path | None]:
    """A connection to what is a shard of ours, and the folder of the copy it is to where nobody may write here.

    Raises CorruptData for what is none, StoreError for a link and for a journal that names another file.
    """
    journal = journal_of(path)
    for name in (path, journal):
        refuse_planted(name)
    _require_database(path)
    if writable:
        _require_own_journal(journal)
    database = connect(path, "rw" if writable else "ro")
    try:
        _require_ours(database, path)
        return database, None
    except sqlite3.OperationalError as error:
        database.close()
        if writable or getattr(error, "sqlite_errorname", "") not in _HOT:
            raise
    except BaseException:
        database.close()
        raise
    return _rolled_back(path, journal)


def _rolled_back(path: Path, journal: Path) -> tuple[sqlite3.Connection, Path | None]:
    """A connection after a killed writer's transaction was undone: here, or in a copy where nobody may write."""
    _require_own_journal(journal)
    place, copy = path, None
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        copy = Path(tempfile.mkdtemp(prefix="nasapi-"))
        place = copy / path.name
        shutil.copyfile(path, place)
        if journal.exists():
            shutil.copyfile(journal, journal_of(place))
    try:
        with closing(connect(place, "rw")) as writer:
            writer.execute("SELECT count(*) FROM sqlite_master").fetchall()
        database = connect(place, "ro")
        _require_ours(database, path)
    except BaseException:
        if copy is not None:
            shutil.rmtree(copy, ignore_errors=True)
        raise
    return database, copy


def journal_of(path: Path) -> Path:
    """The file that SQLite keeps beside a database while a transaction is being written."""
    return path.with_name(f"{path.name}-journal")


@contextmanager
def closing(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Close the connection at the end."""
    try:
        yield database
    finally:
        database.close()


@contextmanager
def described_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system refuse into a sentence: CorruptData or StoreError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", None)
        if name is None:  # text that is not UTF-8
            raise CorruptData(f"{str(path)!r} cannot be read: {error}.") from error
        raise StoreError(f"{str(path)!r} cannot be used: {error} ({name}).") from error
    except sqlite3.IntegrityError as error:
        raise StoreError(f"{str(path)!r} holds that already: {error}.") from error
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise CorruptData(f"{str(path)!r} cannot be read: {type(error).__name__}: {error}.") from error
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be used: {error.strerror or error}.") from error


def _require_database(path: Path) -> None:
    """Raise CorruptData for a file that is no database, or one whose journal would be shared memory."""
    with path.open("rb") as file:
        start = file.read(20)
    if start[:16] != b"SQLite format 3\0" or start[18:] != b"\1\1":
        raise CorruptData(f"{str(path)!r} is not a nasapi store: it is no SQLite database with a rollback journal.")


def _require_own_journal(journal: Path) -> None:
    """Raise StoreError for a journal that names another file, which SQLite would delete as it rolls back."""
    try:
        with journal.open("rb") as file:
            file.seek(-min(8, file.seek(0, os.SEEK_END)), os.SEEK_END)
            end = file.read(8)
    except FileNotFoundError:
        return
    if end == _SUPER_JOURNAL:
        raise StoreError(f"{str(journal)!r} names another file, which no journal of nasapi does; remove it.")


def _require_ours(database: sqlite3.Connection, path: Path) -> None:
    """Raise CorruptData unless the database has our tables and nothing else: no view, no trigger."""
    ours: set[tuple[str, str, str | None]] = {("table", name, sql) for name, sql in TABLES.items()}
    ours.add(("index", "sqlite_autoindex_runs_1", None))
    found = database.execute("SELECT type, name, sql FROM sqlite_master LIMIT 9").fetchall()
    if set(found) != ours or database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise CorruptData(f"{str(path)!r} is not a nasapi store: it has not the tables of one.")
