"""Strategies guided by a surrogate: any encoder, model, acquisition and pool."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"

_SEARCH = "nasapi_surrogate.strategy:SurrogateSearch"
# the loop of Wu et al. 2021: ten drawn uniformly from the 100 best predicted
_WEAKNAS = {
    "encoder": "genes",
    "acquisition": "mean",
    "pool": "auto",
    "targets": "values",
    "round": 10,
    "shortlist": 100,
}
_NPENAS = {
    "encoder": "dense-graph",
    "acquisition": "mean",
    "pool": "mutate[size=100,parents=10]",
    "targets": "values",
    "initial": 10,
    "round": 10,
}

_KIT = {"initial": 4, "round": 6}


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The strategy with all its options, and the published combinations under their names."""
    return [
        Entry("strategy", "surrogate", _SEARCH, "any encoder, model, acquisition and pool of candidates", kit=_KIT),
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
            "nasapi_surrogate.published:Bananas",
            "path encoding, ensemble of networks, independent draws, mutants of the best (White et al. 2021)",
            {
                "model": "ensemble",
                "acquisition": "its",
                "pool": "mutate[size=100,parents=1,genewise=true]",
                "targets": "values",
                "initial": 10,
                "round": 10,
            },
            paper="nasapi_surrogate.papers:BANANAS",
            kit={**_KIT, "model": "ensemble[members=2,layers=2,epochs=3]"},
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
            kit=_KIT,
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
            paper="nasapi_surrogate.papers:DNGO",
            kit={**_KIT, "model": "dngo[epochs=5]"},
        ),
        Entry(
            "strategy",
            "random-forest",
            _SEARCH,
            "expected improvement by a random forest (Hutter et al. 2011) over random and related candidates",
            {"encoder": "adjacency", "model": "forest", "acquisition": "ei", "pool": "relatives", "targets": "values"},
            kit={**_KIT, "model": "forest[trees=5]"},
        ),
        Entry(
            "strategy",
            "xgb",
            _SEARCH,
            "the best predictions of XGBoost (Chen & Guestrin 2016) over random and related candidates",
            {"encoder": "adjacency", "model": "xgb", "acquisition": "mean", "pool": "relatives", "targets": "values"},
            kit={**_KIT, "model": "xgb[members=2,trees=5]"},
        ),
        Entry(
            "strategy",
            "npenas",
            _SEARCH,
            "mutants of the best, ranked by a graph isomorphism network (Wei et al. 2022)",
            {**_NPENAS, "model": "gnn[epochs=300,batch=16,cosine=true,decay=1e-4]"},
            paper="nasapi_surrogate.papers:NPENAS",
            kit={**_KIT, "model": "gnn[layers=1,width=4,epochs=2,batch=16,cosine=true,decay=1e-4]"},
        ),
        Entry(
            "strategy",
            "npenas-small",
            _SEARCH,
            "npenas with a network that trains for 100 epochs in batches of 64",
            {**_NPENAS, "model": "gnn"},
            kit={**_KIT, "model": "gnn[layers=1,width=4,epochs=2]"},
        ),
        Entry(
            "strategy",
            "weaknas",
            "nasapi_surrogate.published:WeakNAS",
            "ranks the space, or relatives of the best, by a network and draws from its top 100 (Wu et al. 2021)",
            {**_WEAKNAS, "model": "mlp"},
            paper="nasapi_surrogate.papers:WEAKNAS",
            kit={**_KIT, "model": "mlp[layers=2,width=8,epochs=3]"},
        ),
        Entry(
            "strategy",
            "weaknas-small",
            _SEARCH,
            "weaknas with a network an eighth as wide, at a tenth of the cost, and ten architectures first",
            {**_WEAKNAS, "model": "mlp[width=128]", "initial": 10},
            kit={**_KIT, "model": "mlp[layers=2,width=8,epochs=3]"},
        ),
    ]
