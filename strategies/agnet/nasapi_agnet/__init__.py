"""AG-Net: search by a generator that is retrained on what did well, and a surrogate that chooses what it draws."""

from __future__ import annotations

from nasapi.hooks import Entry, hookimpl

__version__ = "0.1.0"

_TARGET = "nasapi_agnet.strategy:AGNet"
_TREES = "nasapi_agnet.published.trees"
_PUBLISHED = "nasapi_agnet.published.search:AGNet"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """AG-Net, and its variants with trees in place of its surrogate."""
    trees = {"surrogate": "xgb[members=1,share=1.0,trees=500]", "encoder": "genes", "acquisition": "mean"}
    ranking = {**trees, "surrogate": "xgb[members=1,objective=order,share=1.0,trees=200]"}
    return [
        Entry("strategy", "agnet", _TARGET, "generator with weighted retraining and a surrogate (Lukasik et al. 2022)"),
        Entry("strategy", "agnet-published", _PUBLISHED, "AG-Net as published (Lukasik et al. 2022)"),
        Entry("strategy", "agnet-published-xgb", f"{_TREES}:AGNetXGB", "its published variant with boosted trees"),
        Entry(
            "strategy",
            "agnet-published-xgb-rank",
            f"{_TREES}:AGNetXGBRanking",
            "its published variant with boosted trees and ranking",
        ),
        Entry("strategy", "agnet-xgb", _TARGET, "AG-Net whose surrogate is gradient-boosted trees", trees),
        Entry("strategy", "agnet-xgb-rank", _TARGET, "AG-Net whose surrogate is trees that learn to rank", ranking),
    ]
