"""The published values of HW-NAS-Bench on CIFAR-10, and a data folder with a table made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nasapi.testing import import_into, shared_data


@pytest.fixture(scope="session")
def published_file() -> Path:
    return shared_data("nb201/hw_nas_bench_cifar10.npz", "the published values of HW-NAS-Bench")


@pytest.fixture(scope="session")
def published(published_file: Path) -> dict[str, np.ndarray]:
    with np.load(published_file) as file:
        return dict(file)


@pytest.fixture(scope="session")
def data_folder(published_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return import_into(tmp_path_factory.mktemp("data"), "hw-nas-bench-cifar10", published_file)


@pytest.fixture
def table(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    monkeypatch.setenv("NASAPI_DATA", str(data_folder))


@pytest.fixture
def no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is imported."""
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    return tmp_path
