"""A shard: one SQLite database of runs, written by one process at a time and readable while it is."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

from nasapi.errors import CorruptData, StoreError
from nasapi.files.places import refuse_planted
from nasapi.storage.header import Header
from nasapi.storage.opening import APPLICATION, TABLES, closing, connect, described_errors, journal_of, opened
from nasapi.storage.rows import FIELDS, DamagedRun, Row

_SHARE = 20  # of the time that a synced append takes, until the next one
_INSERT = f"INSERT INTO runs ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})"
_COUNT = "UPDATE ledger SET runs = runs + 1, crcs = (crcs | ?1) - (crcs & ?1)"  # SQLite has no exclusive or


class Shard:
    """The database at `path`, opened to be read; `Shard.create` and `append` write.

    Raises CorruptData where it is no shard of ours or is damaged, and StoreError where the system refuses it.
    """

    def __init__(self, path: Path, *, writable: bool = False):
        self.path = path
        self.writable = writable
        """Whether it is this process that writes it."""
        with described_errors(path):
            self._database, copy = opened(path, writable=writable)
        self._copy = None if copy is None else weakref.finalize(self, shutil.rmtree, copy, ignore_errors=True)
        self._process = os.getpid()
        self._synced = True
        self._next_sync = -inf

    @classmethod
    def create(cls, path: Path, header: Header) -> None:
        """Make a shard without runs beside its place and put it there; the caller holds the lock of the place."""
        draft = path.with_name(f".{path.stem}.draft")
        for name in (draft, journal_of(draft)):
            refuse_planted(name)
            name.unlink(missing_ok=True)
        with described_errors(path), closing(connect(draft, "rwc")) as database:
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

    def keys(self, after: int = 0, damaged: list[str] | None = None) -> list[tuple[int, Any, Any, Any]]:
        """The rows numbered higher than `after` by number, benchmark, strategy and seed.

        Raises CorruptData where there are fewer or more rows than were written, or tells it in `damaged`.
        """
        with self._reading() as database:
            ((runs, _),) = database.execute("SELECT runs, crcs FROM ledger LIMIT 2").fetchall() or ((None, None),)
            found = database.execute(
                "SELECT id, benchmark, strategy, seed FROM runs WHERE id > ? ORDER BY id", (after,)
            ).fetchall()
        if runs != after + len(found) or (found and found[-1][0] != runs):
            sentence = (
                f"{str(self.path)!r} has {after + len(found):,} runs where {runs!r:.40} were written: it is damaged."
            )
            if damaged is None:
                raise CorruptData(sentence)
            damaged.append(sentence)
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
        numbers: list[int] = []
        with self._writing() as database:
            for row in rows:
                number = database.execute(_INSERT, row.values).lastrowid
                assert number is not None
                numbers.append(number)
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
        with described_errors(self.path):
            self._database.execute(f"PRAGMA synchronous = {'FULL' if synced else 'OFF'}")
        self._synced = synced

    def _one(self, query: str, *values: Any) -> tuple[Any, ...]:
        return self._all(query, *values)[0]

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with described_errors(self.path):
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the database, whatever others write meanwhile."""
        with described_errors(self.path):
            self._database.execute("BEGIN")
            try:
                yield self._database
            finally:
                self._database.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with described_errors(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
