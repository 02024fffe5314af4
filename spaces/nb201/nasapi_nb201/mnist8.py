"""A table of the project's own: all networks on 8x8 digits, clean, attacked and corrupted.

`tools/mnist8.py` makes it of the collection in the folder `collection`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark
    from nasapi.tables import TableObjective

NAME = "mnist8"
OBJECTIVE = f"nb201/{NAME}"
FOLDER = Path(__file__).parent / "data" / NAME
"""The table, its log and its recipe."""
_TABLE = str(FOLDER / "table.zarr")
TASKS = {
    f"{OBJECTIVE}-v1": "accuracy on clean digits",
    f"{OBJECTIVE}-fgsm-v1": "accuracy on digits attacked by FGSM, epsilon 0.03",
    f"{OBJECTIVE}-pgd-v1": "accuracy on digits attacked by PGD, 10 steps, epsilon 0.03",
    f"{OBJECTIVE}-robust-v1": "accuracy on clean digits and under PGD, as two goals",
    f"{OBJECTIVE}-latency-v1": "accuracy on clean digits, within the median latency",
}
"""The benchmarks by id: what is searched for, always on validation images."""


def objective() -> TableObjective:
    """What training with two seeds gave on MNIST at 8x8 pixels: clean, attacked, corrupted, confidences, seconds."""
    from nasapi.tables import collected_objective

    return collected_objective(_TABLE, "nb201")


def benchmark(task: str) -> Benchmark:
    """The benchmark of that id."""
    from nasapi.tables import collected_benchmark

    return collected_benchmark(_TABLE, "nb201", task)
