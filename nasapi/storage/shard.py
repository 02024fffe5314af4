"""A shard: one SQLite database of runs, written by one process at a time and readable while it is."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
import urllib.parse
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nasapi.errors import CorruptData, StoreError
from nasapi.files.places import refuse_planted
from nasapi.storage.header import Header
from nasapi.storage.rows import FIELDS, DamagedRun, Row

TABLES = {
    "header": "CREATE TABLE header (about TEXT NOT NULL, sha256 TEXT NOT NULL)",
    "ledger": "CREATE TABLE ledger (runs INTEGER NOT NULL, crcs INTEGER NOT NULL)",
    "runs": (
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, benchmark TEXT NOT NULL, strategy TEXT NOT NULL, "
        "seed INTEGER NOT NULL, trials INTEGER NOT NULL, ended TEXT NOT NULL, best REAL, cost REAL, "
        "errors TEXT NOT NULL, columns BLOB NOT NULL, seconds BLOB, crc INTEGER NOT NULL, "
        "UNIQUE (benchmark, strategy, seed))"
    ),
}
"""The tables of a shard, and all that a database may have to be one."""

APPLICATION = 0x6E617361
"""SQLite's application_id of a shard."""

_PATIENCE = 60.0  # seconds that a reader or writer waits for another's transaction
_SHARE = 20  # of the time that a synced append takes, until the next one
_INSERT = f"INSERT INTO runs ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})"
_COUNT = "UPDATE ledger SET runs = runs + 1, crcs = (crcs | ?1) - (crcs & ?1)"  # SQLite has no exclusive or
_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")  # a journal that ends so names another file, to be deleted


class Shard:
    """The database at `path`, opened to be read; `Shard.create` and `append` write.

    Raises CorruptData where it is no shard of ours or is damaged, and StoreError where the system refuses it.
    """

    def __init__(self, path: Path, *, writable: bool = False):
        self.path = path
        self.writable = writable
        """Whether it is this process that writes it."""
        self._copy: weakref.finalize[..., Any] | None = None
        self._database = self._opened()
        self._process = os.getpid()
        self._synced = True
        self._next_sync = 0.0

    @classmethod
    def create(cls, path: Path, header: Header) -> None:
        """Make a shard without runs beside its place and put it there; the caller holds the lock of the place."""
        draft = path.with_name(f".{path.stem}.draft")
        for name in (draft, journal_of(draft)):
            refuse_planted(name)
            name.unlink(missing_ok=True)
        with telling(path), _closing(_connect(draft, "rwc")) as database:
            database.execute("BEGIN EXCLUSIVE")
            for statement in TABLES.values():
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute("INSERT INTO header VALUES (?, ?)", header.written())
            database.execute("INSERT INTO ledger VALUES (0, 0)")
            database.execute("COMMIT")
        os.rename(draft, path)

    @property
    def version(self) -> int:
        """A number that changes when another process has written to the shard."""
        return int(self._one("PRAGMA data_version")[0])

    def header(self) -> tuple[Any, Any]:
        """The text of the header and its SHA-256, as they are there."""
        found = self._all("SELECT about, sha256 FROM header LIMIT 2")
        if len(found) != 1:
            raise CorruptData(f"{str(self.path)!r} is not a nasapi store: it has {len(found)} headers.")
        return found[0][0], found[0][1]

    def keys(self, after: int = 0) -> list[tuple[int, Any, Any, Any]]:
        """The rows numbered higher than `after` by number, benchmark, strategy and seed.

        Raises CorruptData where there are fewer or more rows than were written.
        """
        with self._reading() as database:
            ((runs, _),) = database.execute("SELECT runs, crcs FROM ledger LIMIT 2").fetchall() or ((None, None),)
            found = database.execute(
                "SELECT id, benchmark, strategy, seed FROM runs WHERE id > ? ORDER BY id", (after,)
            ).fetchall()
        if runs != after + len(found) or (found and found[-1][0] != runs):
            raise CorruptData(
                f"{str(self.path)!r} has {after + len(found):,} runs where {runs!r:.40} were written: it is damaged."
            )
        return found

    def row(self, number: int) -> Sequence[Any]:
        """The values of one row in the order of `FIELDS`; raises DamagedRun where it cannot be read."""
        try:
            found = self._all(f"SELECT {', '.join(FIELDS)} FROM runs WHERE id = ?", number)
        except CorruptData as error:
            raise DamagedRun(str(error).rstrip(".")) from error
        if len(found) != 1:
            raise DamagedRun("its row is gone")
        values: Sequence[Any] = found[0]
        return values

    def verify(self) -> None:
        """Raise CorruptData where SQLite finds the file damaged, or a row is lost or was added since it was written."""
        [first, *_] = self._all("PRAGMA integrity_check(1)")
        if first[0] != "ok":
            raise CorruptData(f"{str(self.path)!r} is damaged: {str(first[0])[:200]}.")
        with self._reading() as database:
            crcs = 0
            for (crc,) in database.execute("SELECT crc FROM runs"):
                crcs ^= crc if isinstance(crc, int) else 0
            (written,) = database.execute("SELECT crcs FROM ledger").fetchone()
        if crcs != written:
            raise CorruptData(f"{str(self.path)!r} does not hold the runs that were written: their checksums differ.")

    def set_header(self, header: Header) -> None:
        """Replace the header."""
        with self._writing() as database:
            database.execute("UPDATE header SET about = ?, sha256 = ?", header.written())

    def append(self, rows: Sequence[Row]) -> list[int]:
        """Add runs that are not there, all or none of them, and give the numbers of their rows.

        However the process ends, they are there. They also outlast a power cut where the disk was made to keep them,
        which is done for every append unless the disk is so slow that it would take a twentieth of the time.
        """
        start = time.monotonic()
        synced = start >= self._next_sync
        if synced != self._synced:
            self._set_synced(synced)
        numbers = []
        with self._writing() as database:
            for row in rows:
                numbers.append(database.execute(_INSERT, row.values).lastrowid or 0)
                database.execute(_COUNT, (row.crc,))
        if synced:
            end = time.monotonic()
            self._next_sync = end + _SHARE * (end - start)
        return numbers

    def close(self) -> None:
        """Have the disk keep everything, and close the database."""
        if self._process == os.getpid():
            if not self._synced:
                with contextlib.suppress(CorruptData, StoreError):  # what is not kept is on its way
                    self._set_synced(True)
                    with self._writing() as database:
                        database.execute("UPDATE ledger SET runs = runs")
            self._database.close()
        if self._copy is not None:
            self._copy()

    def _set_synced(self, synced: bool) -> None:
        with telling(self.path):
            self._database.execute(f"PRAGMA synchronous = {'FULL' if synced else 'OFF'}")
        self._synced = synced

    def _one(self, query: str, *values: Any) -> tuple[Any, ...]:
        return self._all(query, *values)[0]

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with telling(self.path):
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the database, whatever others write meanwhile."""
        with telling(self.path):
            self._database.execute("BEGIN")
            try:
                yield self._database
            finally:
                self._database.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with telling(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        """A connection to what is a shard of ours; what a killed writer left half written is rolled back first."""
        journal = journal_of(self.path)
        for name in (self.path, journal):
            refuse_planted(name)
        with telling(self.path):
            _require_database(self.path)
            if self.writable:
                _require_own_journal(journal)
            database = _connect(self.path, "rw" if self.writable else "ro")
            try:
                _require_ours(database, self.path)
            except sqlite3.OperationalError as error:
                database.close()
                if self.writable or getattr(error, "sqlite_errorname", "") not in _HOT:
                    raise
                database = self._rolled_back()
            except BaseException:
                database.close()
                raise
            return database

    def _rolled_back(self) -> sqlite3.Connection:
        """A connection after a killed writer's transaction was undone: here, or in a copy where nobody may write."""
        journal, place = journal_of(self.path), self.path
        _require_own_journal(journal)
        if not os.access(place, os.W_OK) or not os.access(place.parent, os.W_OK):
            copy = tempfile.mkdtemp(prefix="nasapi-")
            self._copy = weakref.finalize(self, shutil.rmtree, copy, ignore_errors=True)
            place = Path(copy, place.name)
            shutil.copyfile(self.path, place)
            if journal.exists():
                shutil.copyfile(journal, journal_of(place))
        with _closing(_connect(place, "rw")) as writer:
            writer.execute("SELECT count(*) FROM sqlite_master").fetchall()
        database = _connect(place, "ro")
        _require_ours(database, self.path)
        return database


_HOT = {"SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY", "SQLITE_CANTOPEN"}


def journal_of(path: Path) -> Path:
    """The file that SQLite keeps beside a database while a transaction is being written."""
    return path.with_name(f"{path.name}-journal")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that trusts nothing in the file and flushes what it commits to the disk."""
    name = f"file:{urllib.parse.quote(os.fsencode(path.absolute()))}?mode={mode}"
    database = sqlite3.connect(
        name, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=16, uri=True
    )
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {setting}")
    return database


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


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system refuse into a sentence."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Recorded(f"{str(path)!r}: {error}.") from error
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "") or type(error).__name__
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")):
            raise CorruptData(f"{str(path)!r} cannot be read: {error}.") from error
        if not isinstance(error, sqlite3.OperationalError) or not hasattr(error, "sqlite_errorname"):  # no UTF-8
            raise CorruptData(f"{str(path)!r} cannot be read: {error}.") from error
        raise StoreError(f"{str(path)!r} cannot be used: {error} ({name}).") from error
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise CorruptData(f"{str(path)!r} cannot be read: {type(error).__name__}: {error}.") from error
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be used: {error.strerror or error}.") from error


class Recorded(StoreError):
    """A run that the shard holds already."""


@contextmanager
def _closing(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield database
    finally:
        database.close()


__all__ = ["APPLICATION", "TABLES", "Recorded", "Shard", "journal_of", "telling"]
