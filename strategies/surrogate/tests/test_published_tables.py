"""The conformance kit on every entry, on spaces large enough for models to choose round after round."""

import pytest
from played_tables import PLAYED, TABLES, assert_searches

import nasapi
from nasapi.testing import parametrize

pytest.importorskip("xgboost", reason="the strategy xgb needs xgboost-cpu")

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


@parametrize(*map(nasapi.load_strategy, ENTRIES), rules=PLAYED, benchmarks=list(map(nasapi.load_benchmark, TABLES)))
def test_every_entry_conforms_on_published_tables(rule):
    rule()


@pytest.mark.parametrize("name", ["darts", "natssize"])
@pytest.mark.parametrize("spec", ENTRIES)
def test_every_entry_searches_every_space(spec, name):
    assert_searches(spec, name)
