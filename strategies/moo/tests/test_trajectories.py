"""Golden trajectories: the first twelve codes of each strategy under one seed, so that no change goes unnoticed."""

from __future__ import annotations

import pytest

import nasapi
from nasapi.testing.problems import constrained, two_goals

BENCHMARKS = {"two goals": two_goals, "constrained": constrained}
TRAJECTORIES = [
    (
        "two goals",
        "nsga2[population=4]",
        "022 021 120 202 012 212 112 010 222 011 122 111",
    ),
    (
        "two goals",
        "pareto-local-search[initial=3]",
        "022 021 101 122 020 220 111 010 222 011 120 110",
    ),
    (
        "two goals",
        "pareto-local-search[explore=whole,initial=3]",
        "022 021 101 122 020 222 012 201 111 202 221 212",
    ),
    (
        "two goals",
        "scalarise[initial=3,round=4]",
        "022 021 120 211 220 012 111 021 111 121 021 022",
    ),
    (
        "two goals",
        "scalarise[initial=2,restart=true,round=3,strategy=local-search[initial=2]]",
        "022 021 010 102 202 202 022 122 120 222 202 021",
    ),
    (
        "constrained",
        "nsga2[population=4]",
        "022 021 120 202 212 121 221 101 122 011 111 220",
    ),
    (
        "constrained",
        "penalise[strategy=local-search[initial=3]]",
        "022 021 101 222 020 122 012 110 202 111 121 120",
    ),
]


@pytest.mark.parametrize(("name", "spec", "codes"), TRAJECTORIES)
def test_the_first_codes_are_those_recorded(name, spec, codes) -> None:
    history = nasapi.run(BENCHMARKS[name](), nasapi.load_strategy(spec), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes[:12].tolist()) == codes
