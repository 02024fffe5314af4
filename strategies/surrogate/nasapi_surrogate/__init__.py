"""Strategies guided by a surrogate: any encoder, model, acquisition and pool."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"

_SEARCH = "nasapi_surrogate.strategy:SurrogateSearch"
# the loop of Wu et al. 2021: ten first, then ten drawn uniformly from the 100 best predicted
_WEAKNAS = {
    "encoder": "genes",
    "acquisition": "mean",
    "pool": "auto",
    "targets": "values",
    "initial": 10,
    "round": 10,
    "shortlist": 100,
}


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The strategy with all its options, and the published combinations under their names."""
    return [
        Entry("strategy", "surrogate", _SEARCH, "any encoder, model, acquisition and pool of candidates"),
        Entry(
            "strategy",
            "ranked-gp",
            _SEARCH,
            "a Gaussian process on ranks, over genes and counts of operations and links; two architectures a fit",
            {
                "encoder": "genes+operation-histogram+link-histogram",
                "model": "grid-gp",
                "acquisition": "ucb",
                "kappa": 3.0,
                "pool": "auto",
                "targets": "ranks",
                "initial": 6,
                "round": 2,
            },
        ),
        Entry(
            "strategy",
            "bananas",
            _SEARCH,
            "path encoding, ensemble of networks, independent draws, mutants of the best (White et al. 2021)",
            {
                "encoder": "path[limit=400]",
                "model": "ensemble",
                "acquisition": "its",
                "pool": "mutate[size=100,parents=5]",
                "targets": "values",
            },
        ),
        Entry(
            "strategy",
            "bo-gp",
            _SEARCH,
            "Bayesian optimisation with a Gaussian process on adjacency and operations",
            {
                "encoder": "adjacency",
                "model": "gp",
                "acquisition": "ucb",
                "kappa": 0.5,
                "pool": "mutate[size=95,parents=5,steps=3]",
                "targets": "values",
            },
        ),
        Entry(
            "strategy",
            "bo-dngo",
            _SEARCH,
            "Bayesian optimisation with a network and a Bayesian last layer (Snoek et al. 2015)",
            {
                "encoder": "adjacency",
                "model": "dngo",
                "acquisition": "ucb",
                "kappa": 0.5,
                "pool": "random",
                "targets": "values",
            },
        ),
        Entry(
            "strategy",
            "random-forest",
            _SEARCH,
            "expected improvement by a random forest (Hutter et al. 2011) over random and related candidates",
            {"encoder": "adjacency", "model": "forest", "acquisition": "ei", "pool": "relatives", "targets": "values"},
        ),
        Entry(
            "strategy",
            "xgb",
            _SEARCH,
            "the best predictions of XGBoost (Chen & Guestrin 2016) over random and related candidates",
            {"encoder": "adjacency", "model": "xgb", "acquisition": "mean", "pool": "relatives", "targets": "values"},
        ),
        Entry(
            "strategy",
            "npenas",
            _SEARCH,
            "mutants of the best, ranked by a graph isomorphism network (Wei et al. 2022)",
            {
                "encoder": "dense-graph",
                "model": "gnn",
                "acquisition": "mean",
                "pool": "mutate[size=100,parents=10]",
                "targets": "values",
                "initial": 10,
                "round": 10,
            },
        ),
        Entry(
            "strategy",
            "weaknas",
            _SEARCH,
            "ranks the space, or relatives of the best, by a small network and draws from its top 100 (Wu et al. 2021)",
            {**_WEAKNAS, "model": "mlp[width=128]"},
        ),
        Entry(
            "strategy",
            "weaknas-paper",
            _SEARCH,
            "weaknas with the published network of four layers of 1,000 units, at many times the cost",
            {**_WEAKNAS, "model": "mlp"},
        ),
    ]
