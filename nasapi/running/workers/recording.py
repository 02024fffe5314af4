"""Recording: a worker records the runs it does itself, in a shard of its own, if it sees the disk of the store."""

from __future__ import annotations

import atexit
import functools
import os
from pathlib import Path

from attrs import define, field, frozen

from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.history import History
from nasapi.storage.store import Store


@frozen
class Destination:
    """A store as other processes find it: its place, and a mark that another folder of that name has not."""

    path: str
    mark: str

    @classmethod
    def of(cls, store: Store) -> Destination:
        """The destination that a store here is, with the room that it has."""
        return cls(str(store.path.absolute()), store.mark)


@frozen
class Recorded:
    """A run that its worker recorded."""

    benchmark: str
    strategy: str
    seed: int
    shard: str


@frozen
class Unrecorded:
    """A run that was done and could not be recorded; the store says why."""

    benchmark: str
    strategy: str
    seed: int
    message: str


def record_run(history: History, destination: Destination) -> History | Recorded | Unrecorded:
    """Record a run; the history itself, for whoever sent the job to record, where this machine has not the store."""
    named = (history.benchmark, history.strategy, history.seed)
    try:
        store = _desk().store(destination)
        return history if store is None else Recorded(*named, store.record(history))
    except (StoreError, CorruptData) as error:
        return Unrecorded(*named, str(error))


@define
class _Desk:
    """The store that this process records in, for as long as it is sent runs of that store."""

    _store: Store | None = None
    _destination: Destination | None = None
    _process: int = field(factory=os.getpid)
    _inherited: list[Store] = field(factory=list)
    """Stores of a process that this one was forked from; letting go of one would remove the lock of its shard."""

    def store(self, destination: Destination) -> Store | None:
        """The store, with a shard of it held; None where it is not on a disk of this machine."""
        if destination != self._destination or self._process != os.getpid():
            self.close()
            try:
                found = Store(destination.path)
            except NotAvailable:
                if not Path(destination.path).parent.is_dir():
                    return None
                raise StoreError(f"The store {destination.path!r} is gone: it was moved or deleted.") from None
            if found.mark != destination.mark:
                found.close()
                return None
            found.claim()
            self._store, self._destination, self._process = found, destination, os.getpid()
        return self._store

    def close(self) -> None:
        """Give the shard back, if this is the process that has it."""
        if self._store is not None and self._process == os.getpid():
            self._store.close()
        elif self._store is not None:
            self._inherited.append(self._store)
        self._store = self._destination = None


@functools.cache
def _desk() -> _Desk:
    """The desk of this process."""
    desk = _Desk()
    atexit.register(desk.close)
    return desk
