"""NAS-Bench-101 for nasapi: the space of 423,624 cells, its tables and its benchmarks."""

from __future__ import annotations

from nasapi.plugins import Entry, TableSource, hookimpl

__version__ = "0.1.0"

_CITATION = "Ying et al., NAS-Bench-101: Towards Reproducible Neural Architecture Search, ICML 2019, arXiv:1902.09635"
_PAGE = "https://github.com/google-research/nasbench"
_SERVED = "https://storage.googleapis.com/nasbench"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, and an objective and a benchmark for each table."""
    tasks = (
        ("cifar10", "official measurements of all 423,624 networks, three runs at 4 to 108 epochs"),
        ("cifar10-30k", "30,001 networks only, one validation run each; not comparable with cifar10"),
        ("cifar10-test", "test accuracy as the goal for lack of validation values; no protocol for results"),
    )
    entries = [
        Entry("space", "nb101", "nasapi_nb101.space:NB101", "NAS-Bench-101: 423,624 cells of at most 7 vertices")
    ]
    for name, summary in tasks:
        function = name.replace("-", "_")
        entries += [
            Entry("objective", f"nb101/{name}", f"nasapi_nb101.objectives:{function}", summary),
            Entry("benchmark", f"nb101/{name}-v1", f"nasapi_nb101.benchmarks:{function}_v1", summary),
        ]
    return entries


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The two official files, and two partial tables that users bring; digests are those its authors publish."""
    return [
        TableSource(
            "nb101",
            "NAS-Bench-101",
            "Accuracies, times and parameters of all 423,624 networks: three runs at 4, 12, 36 and 108 epochs.",
            "nasapi_nb101.official:import_official",
            lacks="Weights and learning curves beyond half-way and final values.",
            urls=(f"{_SERVED}/nasbench_full.tfrecord",),
            sha256="3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
            page=_PAGE,
            licence="Apache-2.0",
            citation=_CITATION,
        ),
        TableSource(
            "nb101-only108",
            "NAS-Bench-101, 108 epochs",
            "Accuracies, times and parameters of all 423,624 networks: three runs at 108 epochs.",
            "nasapi_nb101.official:import_official",
            lacks="The runs of 4, 12 and 36 epochs, so benchmarks on it have no fidelities.",
            urls=(f"{_SERVED}/nasbench_only108.tfrecord",),
            sha256="4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
            page=_PAGE,
            licence="Apache-2.0",
            citation=_CITATION,
        ),
        TableSource(
            "nb101-30k",
            "NAS-Bench-101, validation accuracies of 30,001 cells",
            "Validation accuracy of one run at 4, 12, 36 and 108 epochs and mean test accuracy of 30,001 networks: "
            "an extract of the official file, whose layout the README of nasapi-nb101 gives.",
            "nasapi_nb101.subsets:import_subset",
            lacks="The other 393,623 networks, further runs, and times below 108 epochs.",
            licence="Apache-2.0",
            citation=_CITATION,
        ),
        TableSource(
            "nb101-test",
            "NAS-Bench-101, test accuracies alone",
            "Mean test accuracy after 108 epochs of all 423,624 networks: an extract of the official file, whose "
            "layout the README of nasapi-nb101 gives.",
            "nasapi_nb101.subsets:import_test",
            lacks="Validation accuracies, single runs, fewer epochs and times.",
            licence="Apache-2.0",
            citation=_CITATION,
        ),
    ]
