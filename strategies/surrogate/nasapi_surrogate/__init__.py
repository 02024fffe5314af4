"""Strategies guided by a surrogate: any encoder, model, acquisition and pool."""

from __future__ import annotations

from nasapi.hooks import Entry, hookimpl

__version__ = "0.1.0"

_SEARCH = "nasapi_surrogate.strategy:SurrogateSearch"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The strategy with all its options, the published combinations under their names, and the encoder of paths."""
    return [
        Entry(
            "encoder",
            "functional-path",
            "nasapi_surrogate.functional_path:FunctionalPath",
            "a count for each sequence of operations that do something, input to output",
        ),
        Entry("strategy", "surrogate", _SEARCH, "any encoder, model, acquisition and pool of candidates"),
        Entry(
            "strategy",
            "ranked-gp",
            _SEARCH,
            "a Gaussian process on ranks, over genes and functional paths; two architectures a fit",
            {
                "encoder": "genes+functional-path",
                "model": "grid-gp",
                "acquisition": "ucb",
                "kappa": 1.0,
                "pool": "auto",
                "targets": "ranks",
                "initial": 6,
                "round": 2,
            },
        ),
    ]
