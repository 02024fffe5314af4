"""The conformance kit on every strategy, with its defaults and with the options that change its course."""

from __future__ import annotations

import nasapi
from nasapi.testing import parametrize
from nasapi.testing.pytest_cases import Case

SPECS = [
    "successive-halving",
    "successive-halving[architectures=5,skip=1]",
    "hyperband",
    "hyperband[eta=2,strategy=evolution[population=4,sample=2]]",
    "asha",
    "asha[skip=1,strategy=local-search[initial=2]]",
    "bohb",
    "bohb[points=3,random=0.1,samples=8]",
]


@parametrize(*map(nasapi.load_strategy, SPECS))
def test_conformance(rule: Case) -> None:
    rule()
