"""The DARTS space of NAS-Bench-301 for nasapi: the space, surrogates of it, trained cells and benchmarks."""

from __future__ import annotations

from nasapi.plugins import Entry, Reproduction, TableSource, hookimpl

__version__ = "0.1.0"

_TASKS = (
    ("nb301-xgb", "predictions of the official XGBoost surrogates of NAS-Bench-301 v1.0"),
    ("nb301-lgb", "predictions of the official LightGBM surrogates of NAS-Bench-301 v1.0"),
    ("nb301-xgb-0.9", "predictions of the official XGBoost surrogates of NAS-Bench-301 v0.9, AG-Net's"),
    ("mlp", "predictions of a surrogate network in numpy, 1 to 98 epochs"),
    ("trained", "measured: the 167 architectures of one small table and no others"),
)


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, and an objective and a benchmark for each surrogate and table."""
    entries = [
        Entry("space", "darts", "nasapi_darts.space:DARTS", "DARTS: a normal and a reduction cell, 1.08e18 codes"),
        Entry(
            "space", "darts-trained", "nasapi_darts.listed:darts_trained", "167 trained cells of DARTS and no others"
        ),
    ]
    for name, summary in _TASKS:
        function = name.replace("-", "_").replace(".", "_")
        entries += [
            Entry("objective", f"darts/{name}", f"nasapi_darts.objectives:{function}", summary),
            Entry("benchmark", f"darts/{name}-v1", f"nasapi_darts.benchmarks:{function}_v1", summary),
        ]
    return entries


@hookimpl
def nasapi_reproductions() -> list[Reproduction]:
    """The architectures of a published transfer, printed with their sizes."""
    from nasapi_darts.transfer import table4

    return [table4()]


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The official surrogates, the weights of a surrogate network, and the trained cells."""
    from nasapi_darts.tables import SOURCES

    return SOURCES
