"""HW-NAS-Bench on CIFAR-10 from the published values, for the tests that need a complete table of two goals."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nasapi.data import import_file


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("nasapi_latency", reason="the plugin latency is not installed")
    shared = Path(os.environ.get("NASAPI_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
    path = shared / "nb201" / "hw_nas_bench_cifar10.npz"
    if not path.exists():
        pytest.skip("the published values, hw_nas_bench_cifar10.npz, are not here; set NASAPI_SHARED_DATA")
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASAPI_DATA", str(folder))
        import_file("hw-nas-bench-cifar10", path, tell=lambda _: None)
    return folder


@pytest.fixture
def table(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    monkeypatch.setenv("NASAPI_DATA", str(data_folder))
