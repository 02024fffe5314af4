"""AG-Net: search by a generator that is retrained on what did well, and a surrogate that chooses what it draws."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """AG-Net."""
    return []
