"""NAS-Bench-Graph as a nasapi plugin: the space, its table on nine data sets, and a benchmark on each."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"

TITLES = {
    "cora": "Cora",
    "citeseer": "CiteSeer",
    "pubmed": "PubMed",
    "cs": "Coauthor-CS",
    "physics": "Coauthor-Physics",
    "photo": "Amazon-Photo",
    "computers": "Amazon-Computers",
    "arxiv": "ogbn-arxiv",
    "proteins": "ogbn-proteins",
}
"""The data sets by the names that ids and files use."""


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, and an objective and a benchmark for each data set."""
    entries = [
        Entry("space", "graph", "nasapi_graph.space:NBGraph", "26,206 graph neural networks, NAS-Bench-Graph"),
    ]
    for name, title in TITLES.items():
        given = {"dataset": name}
        quality = "ROC-AUC" if name == "proteins" else "accuracy"
        entries += [
            Entry(
                "objective",
                f"graph/{name}",
                "nasapi_graph.objectives:objective",
                f"{quality}, latency and size on {title}",
                given,
            ),
            Entry(
                "benchmark",
                f"graph/{name}-v1",
                "nasapi_graph.benchmarks:benchmark",
                f"mean validation {quality} on {title}, 200 trials",
                given,
            ),
        ]
    return entries
