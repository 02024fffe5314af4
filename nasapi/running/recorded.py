"""The runs of a study that are done: in a store, or in memory where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from nasapi.history import History
from nasapi.storage.folder import is_store
from nasapi.storage.merging import JoinedStores
from nasapi.storage.rows import RunKey
from nasapi.storage.store import Store


@define
class RecordedRuns:
    """Runs by benchmark, strategy and seed, with those that other processes have recorded meanwhile."""

    path: Path | None
    """Where the store is, or will be; None where runs are kept in memory."""
    store: Store | JoinedStores | None = None
    """The store, once it is there and opened."""
    _kept: dict[RunKey, History] = field(factory=dict)

    def among(self, keys: Iterable[RunKey]) -> list[RunKey]:
        """Those of the runs that are done."""
        store = self._refreshed()
        if store is None:
            return [key for key in keys if key in self._kept]
        return [key for key in keys if store.has_slot(*key) and store.done(*key)]

    def read(self, key: RunKey) -> History:
        """A run that is done."""
        return self._kept[key] if self.store is None else self.store.read(*key)

    def read_from(self, shard: str, key: RunKey) -> History:
        """A run that a worker recorded in its shard, if no other process had recorded it before in another."""
        assert isinstance(self.store, Store)
        self.store.refresh(shard)
        if not self.store.done(*key):
            self.store.refresh()
        return self.store.read(*key)

    def keep(self, key: RunKey, history: History) -> None:
        """Record a run that was done in this process, or that a worker sent here."""
        if isinstance(self.store, Store):
            self.store.claim()
            self.store.record(history)
        else:
            self._kept[key] = history

    def close(self) -> None:
        """Give the shard back that this process writes."""
        if isinstance(self.store, Store):
            self.store.close()

    def _refreshed(self) -> Store | JoinedStores | None:
        """The store if it is there, which before the first run it need not be."""
        if self.store is not None:
            self.store.refresh()
        elif self.path is not None and is_store(self.path):
            self.store = Store(self.path)
        return self.store
