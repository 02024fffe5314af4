"""The conformance kit on AG-Net with the weights that come along, and short searches of spaces without."""

import pytest

import nasapi
from nasapi.testing import parametrize, problems

pytest.importorskip("nasapi_nb201", reason="strategies are played on the tables of nasapi-nb201")
pytest.importorskip("nasapi_graph", reason="strategies are played on the tables of nasapi-graph")

SMALL = "initial=6,round=6,most_steps=2,candidates=64"


@parametrize(
    *map(nasapi.load_strategy, [f"agnet[{SMALL}]", f"agnet[{SMALL},preset=paper]"]),
    benchmarks=[nasapi.load_benchmark("nb201/cifar10-v1"), nasapi.load_benchmark("graph/cora-v1")],
)
def test_agnet_conforms_on_published_tables(rule):
    rule()


@pytest.mark.parametrize("name", ["nb101", "darts", "nlp", "natssize"])
@pytest.mark.parametrize("preset", ["default", "paper"])
def test_any_space_is_searched_without_code_for_it(name, preset):
    pytest.importorskip(f"nasapi_{name}")
    benchmark = problems.made_up(nasapi.load_space(name))
    strategy = nasapi.load_strategy(
        f"agnet[initial=8,round=16,most_steps=2,candidates=64,pretraining=3,preset={preset}]"
    )
    history = nasapi.run(benchmark, strategy, seed=0, batch=8)
    assert len(history) == 40
    assert not history.repeats["network"].any()
