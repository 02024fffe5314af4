"""The DARTS space of NAS-Bench-301 for nasapi: the space, surrogates of it, trained cells and benchmarks."""

from __future__ import annotations

from nasapi.plugins import Entry, TableSource, hookimpl

__version__ = "0.1.0"

_TASKS = (
    ("nb301-xgb", "predictions of the official XGBoost surrogates of NAS-Bench-301 v1.0"),
    ("nb301-lgb", "predictions of the official LightGBM surrogates of NAS-Bench-301 v1.0"),
    ("mlp", "predictions of a surrogate network in numpy, 1 to 98 epochs"),
    ("trained", "measured: the 167 architectures of one small table and no others"),
)


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, and an objective and a benchmark for each surrogate and table."""
    entries = [
        Entry("space", "darts", "nasapi_darts.space:DARTS", "DARTS: a normal and a reduction cell, 1.08e18 codes")
    ]
    for name, summary in _TASKS:
        function = name.replace("-", "_")
        entries += [
            Entry("objective", f"darts/{name}", f"nasapi_darts.objectives:{function}", summary),
            Entry("benchmark", f"darts/{name}-v1", f"nasapi_darts.benchmarks:{function}_v1", summary),
        ]
    return entries


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The official surrogates, the weights of a surrogate network, and the trained cells."""
    return [
        TableSource(
            "darts-nb301",
            "NAS-Bench-301 surrogates v1.0",
            "The trees of the official XGBoost and LightGBM ensembles for accuracy, and of LightGBM's for seconds.",
            "nasapi_darts.official:import_official",
            lacks="The graph networks of the same archive, and test accuracy.",
            urls=("https://ndownloader.figshare.com/files/24992018",),
            page="https://figshare.com/articles/software/nasbench301_models_v1_0_zip/13061510",
            unpack=True,
            licence="BSD-3-Clause (code); of the archive unknown",
            citation="Zela et al., Surrogate NAS Benchmarks, ICLR 2022, arXiv:2008.09777",
        ),
        TableSource(
            "darts-mlp",
            "Surrogate network of NAS-Bench-301",
            "The weights of a network that predicts validation accuracy and seconds for 1 to 98 epochs.",
            "nasapi_darts.network_table:import_network",
            lacks="Test accuracy and noise; it is not the official surrogate. The page has it in another format.",
            page="https://github.com/slds-lmu/yahpo_data",
            licence="Apache-2.0",
            citation="Pfisterer et al., YAHPO Gym, AutoML 2022, arXiv:2109.03670",
        ),
        TableSource(
            "darts-trained",
            "Trained cells of the DARTS space",
            "Accuracy, seconds, size and latency of 167 architectures after 10 and 50 epochs, some trained repeatedly.",
            "nasapi_darts.trained:import_trained",
            lacks="Other architectures of the space, and 359 cells with edges that do nothing, which are not of it.",
            licence="unknown",
            citation="publisher unknown; extracted from a public repository",
        ),
    ]
