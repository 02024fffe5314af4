"""NAS-Bench-NLP for nasapi: the space of recurrent cells, its tables, its benchmarks and a surrogate of its runs."""

from __future__ import annotations

from nasapi.hooks import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space."""
    return [Entry("space", "nlp", "nasapi_nlp.space:NLP", "NAS-Bench-NLP: recurrent cells of at most 25 nodes")]
