"""The conformance kit on every entry, on spaces large enough for models to choose round after round."""

import pytest

import nasapi
from nasapi.testing import RULES, parametrize, problems

pytest.importorskip("xgboost", reason="the strategy xgb needs xgboost-cpu")
pytest.importorskip("nasapi_nb201", reason="strategies are played on the tables of nasapi-nb201")
pytest.importorskip("nasapi_graph", reason="strategies are played on the tables of nasapi-graph")

SMALL = "initial=6,round=6"
ENTRIES = [
    f"surrogate[{SMALL},pool=relatives[size=60]]",
    f"ranked-gp[{SMALL}]",
    f"bananas[{SMALL},model=ensemble[members=2,layers=2,epochs=3]]",
    f"bo-gp[{SMALL}]",
    f"bo-dngo[{SMALL},model=dngo[epochs=5]]",
    f"random-forest[{SMALL},model=forest[trees=5]]",
    f"xgb[{SMALL},model=xgb[members=2,trees=5]]",
    f"npenas-small[{SMALL},model=gnn[layers=1,width=8,epochs=5]]",
    f"weaknas-small[{SMALL},model=mlp[layers=2,width=8,epochs=5]]",
    f"weaknas[{SMALL},model=mlp[layers=2,width=16,epochs=5]]",
]
ELSEWHERE = {"deep-chain", "large-alphabet", "batch-beyond-space", "space-exhausted", "no-fidelity"}
ELSEWHERE |= {"multi-objective", "constraints", "options", "supports"}
"""What rules do on spaces of their own, or on none."""


@parametrize(
    *map(nasapi.load_strategy, ENTRIES),
    rules=[rule.id for rule in RULES if rule.id.removeprefix("strategy/") not in ELSEWHERE],
    benchmarks=[nasapi.load_benchmark("nb201/cifar10-v1"), nasapi.load_benchmark("graph/cora-v1")],
)
def test_every_entry_conforms_on_published_tables(rule):
    rule()


@pytest.mark.parametrize("name", ["darts", "natssize"])
@pytest.mark.parametrize("spec", ENTRIES)
def test_every_entry_searches_every_space(spec, name):
    pytest.importorskip(f"nasapi_{name}")
    benchmark = problems.made_up(nasapi.load_space(name))
    history = nasapi.run(benchmark, nasapi.load_strategy(spec), seed=0, batch=6)
    assert len(history) == 40
    assert not history.repeats["network"].any()
