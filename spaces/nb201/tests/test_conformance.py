"""The conformance kit on all that the plugin offers."""

from __future__ import annotations

import nasapi
from nasapi.testing import parametrize
from nasapi.testing.pytest_cases import Case

IDS = ("nb201/cifar10", "nb201/cifar100", "nb201/imagenet16-120")


@parametrize(
    nasapi.load_space("nb201"),
    *(nasapi.load_objective(name) for name in IDS),
    *(nasapi.load_benchmark(f"{name}-v1") for name in IDS),
)
def test_conformance(rule: Case) -> None:
    rule()
