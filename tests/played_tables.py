"""Tables on which strategies of models are played round after round, and the kit's rules that play on them."""

from __future__ import annotations

import pytest

import nasapi
from nasapi.testing import RULES, problems

pytest.importorskip("nasapi_nb201", reason="strategies are played on the tables of nasapi-nb201")
pytest.importorskip("nasapi_graph", reason="strategies are played on the tables of nasapi-graph")

TABLES = ("nb201/cifar10-v1", "graph/cora-v1")
_ELSEWHERE = {"deep-chain", "large-alphabet", "batch-beyond-space", "space-exhausted", "no-fidelity"}
_ELSEWHERE |= {"multi-objective", "constraints", "options", "supports"}
ELSEWHERE = [f"strategy/{name}" for name in sorted(_ELSEWHERE)]
"""The rules that have spaces of their own, or none."""
PLAYED = [rule.id for rule in RULES if rule.kind == "strategy" and rule.id not in ELSEWHERE]
"""The rules that play on the benchmarks they are given."""


def assert_searches(spec: str, space: str) -> None:
    """A strategy uses up its budget on a space with made-up values, and asks for no network twice."""
    pytest.importorskip(f"nasapi_{space}")
    benchmark = problems.made_up(nasapi.load_space(space))
    history = nasapi.run(benchmark, nasapi.load_strategy(spec), seed=0, batch=6)
    assert len(history) == 40
    assert not history.repeats["network"].any()
