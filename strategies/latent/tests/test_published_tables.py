"""The conformance kit on every entry, on spaces large enough for a search to go on round after round."""

import pytest

import nasapi
from nasapi.testing import RULES, parametrize, problems

pytest.importorskip("nasapi_nb201", reason="strategies are played on the tables of nasapi-nb201")
pytest.importorskip("nasapi_graph", reason="strategies are played on the tables of nasapi-graph")

SMALL = "initial=4,round=6"
NEAR = "pool=relatives[size=60]"
ENTRIES = [
    f"decoded-gp[{SMALL},most_steps=2,candidates=64,pretraining=3]",
    "arch2vec-rl[initial=4,round=8,hidden=8,encoder=vgae[steps=3],pool=random[size=60]]",
    f"latent-gp[{SMALL},encoder=vgae[steps=3],{NEAR}]",
    f"arch2vec-bo[{SMALL},encoder=vgae[steps=3],{NEAR},model=dngo[layers=1,width=16,epochs=3]]",
    f"nao-small[{SMALL},hidden=8,width=8,steps=2,pretraining=2]",
    f"nao[{SMALL},hidden=8,width=8,steps=2]",
    f"ganas[{SMALL},hidden=8,width=8,steps=2,pretraining=2]",
    f"latent-local-search[{SMALL},encoder=svge[steps=3]]",
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
