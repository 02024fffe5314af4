"""The strategies that every other one has to beat."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """Random search, local search, regularised evolution and rank-weighted marginals."""
    return [
        Entry(
            "strategy",
            "random",
            "nasapi_baselines.random:RandomSearch",
            "uniform draws without repetition",
            paper="nasapi_baselines.papers:RANDOM",
        ),
        Entry(
            "strategy",
            "local-search",
            "nasapi_baselines.local_search:LocalSearch",
            "moves to a better neighbour, restarts at a local optimum (White et al. 2021)",
            paper="nasapi_baselines.papers:LOCAL_SEARCH",
        ),
        Entry(
            "strategy",
            "evolution",
            "nasapi_baselines.evolution:Evolution",
            "regularised evolution: tournaments, and the oldest dies (Real et al. 2019)",
            paper="nasapi_baselines.papers:EVOLUTION",
        ),
        Entry(
            "strategy",
            "marginals",
            "nasapi_baselines.marginals:Marginals",
            "draws genes independently from the rank-weighted shares of what did well",
        ),
    ]
