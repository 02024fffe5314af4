"""The DARTS space of NAS-Bench-301 for nasapi: the space, surrogates of it, trained cells and benchmarks."""

from __future__ import annotations

from nasapi.hooks import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space."""
    return [Entry("space", "darts", "nasapi_darts.space:DARTS", "DARTS: a normal and a reduction cell, 1.08e18 codes")]
