"""NAS-Bench-101 for nasapi: the space of 423,624 cells, its tables and its benchmarks."""

from __future__ import annotations

from nasapi.hooks import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space."""
    return [
        Entry("space", "nb101", "nasapi_nb101.space:NB101", "NAS-Bench-101: 423,624 cells of at most 7 vertices"),
    ]
