"""The conformance kit on every strategy, with its defaults and with the options that change its course."""

from __future__ import annotations

import nasapi
from nasapi.testing import parametrize
from nasapi.testing.pytest_cases import Case

SPECS = [
    "nsga2",
    "nsga2[population=4,crossover=0.5,mutation=0.5,distinct=none]",
    "pareto-local-search[initial=3]",
    "pareto-local-search[initial=2,explore=whole]",
    "scalarise[initial=3,round=4]",
    "scalarise[initial=2,method=weighted,restart=true,round=5,strategy=local-search[initial=2]]",
    "penalise[strategy=local-search[initial=2]]",
    "penalise[penalty=5]",
]


@parametrize(*map(nasapi.load_strategy, SPECS))
def test_conformance(rule: Case) -> None:
    rule()
