"""Strategies for several goals and for constraints, and the exact answers to compare them with."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """NSGA-II, Pareto local search, and two wrappers that lend single-goal strategies what they lack."""
    return [
        Entry(
            "strategy",
            "nsga2",
            "nasapi_moo.nsga2:NSGA2",
            "evolution by non-dominated sorting (Deb et al. 2002)",
            paper="nasapi_moo.papers:NSGA2",
        ),
        Entry(
            "strategy",
            "pareto-local-search",
            "nasapi_moo.pareto_local_search:ParetoLocalSearch",
            "looks at the neighbours of what nothing dominates (Paquete et al. 2004)",
            paper="nasapi_moo.papers:PARETO_LOCAL_SEARCH",
        ),
        Entry(
            "strategy",
            "scalarise",
            "nasapi_moo.scalarise:Scalarise",
            "a strategy for one goal on random weightings of several (Knowles 2006)",
            paper="nasapi_moo.papers:SCALARISE",
        ),
        Entry(
            "strategy",
            "penalise",
            "nasapi_moo.penalise:Penalise",
            "a strategy without constraints on values made worse where constraints are broken",
        ),
    ]
