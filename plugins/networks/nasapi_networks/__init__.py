"""Real networks as a nasapi plugin: image data sets, one trainer, and objectives that train architectures."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """An objective that trains, for each space with a builder."""
    return []
