"""The real data, where they are: tests on them skip elsewhere."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from nasapi.data import import_file


@pytest.fixture
def hardware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    if importlib.util.find_spec("nasapi_latency") is None:
        pytest.skip("nasapi-latency, whose benchmarks these are, is not installed")
    folder = Path(os.environ.get("NASAPI_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
    path = folder / "nb201" / "hw_nas_bench_cifar10.npz"
    if not path.exists():
        pytest.skip("the published values, hw_nas_bench_cifar10.npz, are not here; set NASAPI_SHARED_DATA")
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    import_file("hw-nas-bench-cifar10", path, tell=lambda _: None)
