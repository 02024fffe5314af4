"""Strategies that look at many architectures cheaply and train the promising ones longer."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """Successive halving, Hyperband, asynchronous successive halving and BOHB."""
    return [
        Entry(
            "strategy",
            "successive-halving",
            "nasapi_multifidelity.halving:SuccessiveHalving",
            "many at the lowest level, the best third goes on, and again (Jamieson & Talwalkar 2016)",
            paper="nasapi_multifidelity.papers:SUCCESSIVE_HALVING",
        ),
        Entry(
            "strategy",
            "hyperband",
            "nasapi_multifidelity.halving:Hyperband",
            "successive halving from each level in turn, at equal cost (Li et al. 2018)",
            paper="nasapi_multifidelity.papers:HYPERBAND",
        ),
        Entry(
            "strategy",
            "asha",
            "nasapi_multifidelity.asha:ASHA",
            "successive halving that waits for nobody (Li et al. 2020)",
            paper="nasapi_multifidelity.papers:ASHA",
        ),
        Entry(
            "strategy",
            "bohb",
            "nasapi_multifidelity.bohb:BOHB",
            "Hyperband on architectures drawn by kernel densities of good and bad ones (Falkner et al. 2018)",
            paper="nasapi_multifidelity.papers:BOHB",
        ),
    ]
