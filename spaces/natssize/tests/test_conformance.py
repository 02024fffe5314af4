"""The conformance kit on all that the plugin offers without imported files."""

from __future__ import annotations

import nasapi
from nasapi.testing import parametrize
from nasapi.testing.pytest_cases import Case


@parametrize(
    nasapi.load_space("natssize"),
    *(nasapi.load_objective(f"natssize/{name}") for name in ("cifar10", "cifar100", "imagenet16-120")),
)
def test_conformance(rule: Case) -> None:
    rule()
