"""The published data set as a table that `nasapi data import` makes, and where it is found."""

from __future__ import annotations

from nasapi.plugins import TableSource

_TASKS = ("fgsm1", "pgd1", "apgd1", "square1", "corruptions", "robust")
ROBUSTNESS = TableSource(
    name="robustness",
    title="Robustness of NAS-Bench-201 cells",
    contents="Accuracy, and where imported confidence and confusion matrices, of 6,466 cells under four attacks at up "
    "to 11 strengths and 15 corruptions at five severities, on the test images of CIFAR-10, CIFAR-100 and "
    "ImageNet16-120.",
    importer="nasapi_robustness.importer:import_published",
    lacks="There are no corruptions on ImageNet16-120, no values on validation images and no time that attacks took.",
    page="http://robustness.vision",
    benchmarks=tuple(f"nb201/cifar10-{task}-v1" for task in _TASKS),
    licence="not stated by the authors",
    citation="S. Jung, J. Lukasik, M. Keuper: Neural Architecture Design and Robustness: A Dataset. ICLR 2023.",
)
"""Give `nasapi data import robustness` the folder that holds `meta.json` and the data sets' folders or zip archives."""
