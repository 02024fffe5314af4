"""The conformance kit on all that the plugin offers."""

from __future__ import annotations

from nasapi_graph.space import PROTEINS, NBGraph

import nasapi
from nasapi.testing import parametrize
from nasapi.testing.pytest_cases import Case

IDS = ("graph/cora", "graph/arxiv", "graph/proteins")


@parametrize(
    nasapi.load_space("graph"),
    NBGraph(PROTEINS),
    *(nasapi.load_objective(name) for name in IDS),
    *(nasapi.load_benchmark(f"{name}-v1") for name in IDS),
)
def test_conformance(rule: Case) -> None:
    rule()
