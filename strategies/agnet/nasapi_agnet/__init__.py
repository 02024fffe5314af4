"""AG-Net: search by a generator that is retrained on what did well, and a surrogate that chooses what it draws."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"

_TREES = "nasapi_agnet.trees"
_KIT = {"initial": 6, "round": 8, "epochs": 5, "pretraining": 20}


@hookimpl
def nasapi_entries() -> list[Entry]:
    """AG-Net as published, and its published variants with trees in place of its surrogate."""
    return [
        Entry(
            "strategy",
            "agnet",
            "nasapi_agnet.search:AGNet",
            "AG-Net as published (Lukasik et al. 2022)",
            paper="nasapi_agnet.paper:AGNET",
            kit=_KIT,
        ),
        Entry(
            "strategy",
            "agnet-xgb",
            f"{_TREES}:AGNetXGB",
            "its published variant with boosted trees",
            paper="nasapi_agnet.paper:TREES",
            kit=_KIT,
        ),
        Entry(
            "strategy",
            "agnet-xgb-rank",
            f"{_TREES}:AGNetXGBRanking",
            "its published variant with boosted trees and ranking",
            paper="nasapi_agnet.paper:RANKING",
            kit=_KIT,
        ),
    ]
