"""The real data, where they are: tests on them skip elsewhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from nasapi.testing import import_into, shared_data


@pytest.fixture
def hardware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    if importlib.util.find_spec("nasapi_latency") is None:
        pytest.skip("nasapi-latency, whose benchmarks these are, is not installed")
    published = shared_data("nb201/hw_nas_bench_cifar10.npz", "the published values of HW-NAS-Bench")
    monkeypatch.setenv("NASAPI_DATA", str(import_into(tmp_path, "hw-nas-bench-cifar10", published)))
