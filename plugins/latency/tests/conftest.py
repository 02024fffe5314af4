"""The published values of HW-NAS-Bench on CIFAR-10, and a data folder with a table made of them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from nasapi.data import import_file


@pytest.fixture(scope="session")
def published_file() -> Path:
    folder = Path(os.environ.get("NASAPI_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
    path = folder / "nb201" / "hw_nas_bench_cifar10.npz"
    if not path.exists():
        pytest.skip("the published values, hw_nas_bench_cifar10.npz, are not here; set NASAPI_SHARED_DATA")
    return path


@pytest.fixture(scope="session")
def published(published_file: Path) -> dict[str, np.ndarray]:
    with np.load(published_file) as file:
        return dict(file)


@pytest.fixture(scope="session")
def data_folder(published_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASAPI_DATA", str(folder))
        import_file("hw-nas-bench-cifar10", published_file, tell=lambda _: None)
    return folder


@pytest.fixture
def table(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    monkeypatch.setenv("NASAPI_DATA", str(data_folder))


@pytest.fixture
def no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is imported."""
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    return tmp_path
