"""The conformance kit on the tables, the model and the benchmarks that the published values on CIFAR-10 allow."""

from __future__ import annotations

import pytest

from nasapi.testing.entries import check_entry

SUBJECTS = [
    ("objective", "nb201/hardware", {}),
    ("objective", "nb201/hardware", {"device": "edgetpu"}),
    ("objective", "nb201/hardware-model", {"parts": "genes"}),
    ("benchmark", "nb201/cifar10-edgegpu-v1", {}),
    ("benchmark", "nb201/cifar10-edgegpu-v1", {"joint": 1}),
    ("benchmark", "nb201/cifar10-edgetpu-v1", {"joint": 1}),
    ("benchmark", "nb201/cifar10-fpga-v1", {"limit": 0.5}),
]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("kind", "name", "options"), SUBJECTS)
def test_conformance(kind, name, options) -> None:
    report = check_entry(kind, name, options)
    assert report.counts["passed"] > 5
    assert report.ok, str(report)


def test_the_measured_objective_conforms() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    report = check_entry("objective", "nb201/cpu", {"side": 4, "repeats": 1, "warm_up": 0})
    assert report.counts["passed"] > 5
    assert report.ok, str(report)
