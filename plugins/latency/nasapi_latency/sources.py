"""HW-NAS-Bench as tables that `nasapi data import` makes, and which of them are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.errors import NotAvailable
from nasapi.plugins import TableSource
from nasapi_latency.devices import DATASETS, DEVICES

if TYPE_CHECKING:
    from nasapi.tables import Table

_CITATION = "C. Li et al.: HW-NAS-Bench: Hardware-Aware Neural Architecture Search Benchmark. ICLR 2021."
_PAGE = "https://github.com/GATECH-EIC/HW-NAS-Bench"
_BENCHMARKS = tuple(f"nb201/cifar10-{device}-v1" for device in DEVICES)

OFFICIAL = TableSource(
    name="hw-nas-bench",
    title="HW-NAS-Bench on the cells of NAS-Bench-201",
    contents="Latency (six devices) and energy (three) of 15,625 cells on CIFAR-10, CIFAR-100 and ImageNet16-120.",
    importer="nasapi_latency.importer:import_official",
    lacks="The FBNet space and Eyeriss' arithmetic intensity, which the official file has, are not kept.",
    page=_PAGE,
    benchmarks=_BENCHMARKS,
    licence="MIT",
    citation=_CITATION,
)
"""Made of HW-NAS-Bench-v1_0.pickle, or of a CSV file with the same columns."""

CIFAR10 = TableSource(
    name="hw-nas-bench-cifar10",
    title="HW-NAS-Bench on the cells of NAS-Bench-201, CIFAR-10 alone",
    contents="Latency (six devices) and energy (three) of 15,625 cells on CIFAR-10.",
    importer="nasapi_latency.importer:import_cifar10",
    lacks="CIFAR-100 and ImageNet16-120; the table hw-nas-bench has them.",
    page=_PAGE,
    benchmarks=_BENCHMARKS,
    licence="MIT",
    citation=_CITATION,
)
"""Made of an npz or CSV file with columns such as `edgegpu_latency`, for copies that have one data set only."""

OTHER_DEVICES = TableSource(
    name="nb201-devices",
    title="Latency and energy of NAS-Bench-201 on further devices",
    contents="What an npz or CSV file has of any devices: a column a device and measure, `titan_rtx_256_latency` in ms "
    "or `titan_rtx_256_energy` in mJ, of all cells or some. Of HELP's repository the folder data/nasbench201.",
    importer="nasapi_latency.other_devices:import_other_devices",
    lacks="What the file lacks, such as images and batches.",
    licence="that of the file, which its maker gives",
    citation="whoever measured; HELP is Lee et al.: Hardware-Adaptive Efficient Latency Prediction for NAS via "
    "Meta-Learning. NeurIPS 2021.",
)


def imported(dataset: str) -> Table:
    """The table with the values of a data set; raises NotAvailable with the command that gets it."""
    from nasapi.data import how_to_get, place_of
    from nasapi.tables import Table

    for source in (OFFICIAL, CIFAR10):
        place = place_of(source)
        if place.exists():
            table = Table(place)
            if any(name.startswith(f"{dataset}_") for name in table):
                return table
    also = f" For CIFAR-10 alone, `nasapi data import {CIFAR10.name} FILE.npz` does." if dataset == "cifar10" else ""
    raise NotAvailable(f"HW-NAS-Bench on {DATASETS[dataset].title} is not here. {how_to_get(OFFICIAL)}{also}")
