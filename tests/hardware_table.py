"""HW-NAS-Bench on CIFAR-10 from the published values, for the tests that need a complete table of two goals."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasapi.testing import import_into, shared_data


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder with HW-NAS-Bench on CIFAR-10 imported into it."""
    pytest.importorskip("nasapi_latency", reason="the plugin latency is not installed")
    published = shared_data("nb201/hw_nas_bench_cifar10.npz", "the published values of HW-NAS-Bench")
    return import_into(tmp_path_factory.mktemp("data"), "hw-nas-bench-cifar10", published)


@pytest.fixture
def table(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    monkeypatch.setenv("NASAPI_DATA", str(data_folder))
