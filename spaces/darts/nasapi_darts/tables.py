"""The tables of the DARTS space: where each is published, what it holds, and how it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import TableSource

if TYPE_CHECKING:
    from nasapi.tables import Table

NETWORK = "darts-mlp"
TRAINED = "darts-trained"
OFFICIAL = "darts-nb301"
OFFICIAL_0_9 = "darts-nb301-0.9"
"""The tables that the objectives read, by the names that `nasapi data` knows."""

VERSION, EARLIER = "1.0", "0.9"
OFFICIAL_TABLES = {VERSION: OFFICIAL, EARLIER: OFFICIAL_0_9}
"""The tables of the official surrogates by their version."""
OFFICIAL_CITATION = (
    "Zela, Siems, Zimmer, Lukasik, Keuper, Hutter: Surrogate NAS Benchmarks: Going Beyond the Limited Search Spaces of "
    "Tabular NAS Benchmarks, ICLR 2022, arXiv:2008.09777; models at github.com/automl/nasbench301"
)
LICENCE = "BSD-3-Clause (code); of the archive unknown"
NETWORK_CITATION = (
    "Pfisterer, Schneider, Moosbauer, Binder, Bischl: YAHPO Gym – An Efficient Multi-Objective Multi-Fidelity "
    "Benchmark for Hyperparameter Optimization, AutoML 2022, arXiv:2109.03670; on data of NAS-Bench-301 (Zela et al., "
    "ICLR 2022, arXiv:2008.09777)"
)
TRAINED_CITATION = (
    "cells of the DARTS space trained for 10 and 50 epochs; publisher unknown, extracted from a public repository"
)

SOURCES = [
    TableSource(
        "darts-nb301",
        "NAS-Bench-301 surrogates v1.0",
        "The trees of the official XGBoost and LightGBM ensembles for accuracy, and of LightGBM's for seconds.",
        "nasapi_darts.importers.official:import_official",
        lacks="The graph networks of the same archive, and test accuracy.",
        urls=("https://ndownloader.figshare.com/files/24992018",),
        page="https://figshare.com/articles/software/nasbench301_models_v1_0_zip/13061510",
        unpack=True,
        licence="BSD-3-Clause (code); of the archive unknown",
        citation="Zela et al., Surrogate NAS Benchmarks, ICLR 2022, arXiv:2008.09777",
    ),
    TableSource(
        "darts-nb301-0.9",
        "NAS-Bench-301 surrogates v0.9",
        "The trees of the XGBoost ensemble for accuracy, and of LightGBM's for seconds, of the paper's first version.",
        "nasapi_darts.importers.official:import_official_0_9",
        lacks="The graph networks of the same archive, and test accuracy.",
        urls=("https://ndownloader.figshare.com/files/24693026",),
        page="https://figshare.com/articles/software/nasbench301_models_v0_9_zip/12962432",
        unpack=True,
        licence="BSD-3-Clause (code); of the archive unknown",
        citation="Siems et al., NAS-Bench-301 and the Case for Surrogate Benchmarks, arXiv:2008.09777, 2020",
    ),
    TableSource(
        "darts-mlp",
        "Surrogate network of NAS-Bench-301",
        "The weights of a network that predicts validation accuracy and seconds for 1 to 98 epochs.",
        "nasapi_darts.importers.network_table:import_network",
        lacks="Test accuracy and noise; it is not the official surrogate. The page has it in another format.",
        files=("surrogate_mlp.npz",),
        page="https://github.com/slds-lmu/yahpo_data",
        licence="Apache-2.0",
        citation="Pfisterer et al., YAHPO Gym, AutoML 2022, arXiv:2109.03670",
    ),
    TableSource(
        "darts-trained",
        "Trained cells of the DARTS space",
        "Accuracy, seconds, size and latency of 167 architectures after 10 and 50 epochs, some trained repeatedly.",
        "nasapi_darts.importers.trained:import_trained",
        lacks="Other architectures of the space, and 359 cells with edges that do nothing, which are not of it.",
        files=("trained_545.npz",),
        benchmarks=("darts/trained-v1",),
        licence="unknown",
        citation="publisher unknown; extracted from a public repository",
    ),
]
"""The official surrogates, the weights of a surrogate network, and the trained cells."""


def opened(table: str | None, name: str) -> Table:
    """The table in the folder `table`; for None the imported one of that name, or NotAvailable that says how."""
    from nasapi import data
    from nasapi.tables import Table

    return Table(table) if table is not None else data.open_table(name)
