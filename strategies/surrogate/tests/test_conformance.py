"""The conformance kit on every named strategy, on the parts they share, and on the encoders.

The rules that play on published tables are kept in test_published_tables.py.
"""

import pytest
from played_tables import ELSEWHERE

import nasapi
from nasapi.testing import parametrize

pytest.importorskip("xgboost", reason="the strategy xgb needs xgboost-cpu")

QUICK = "model=ensemble[members=2,layers=2,epochs=3]"
SPECS = [
    "ranked-gp",
    f"bananas[initial=4,round=4,{QUICK}]",
    "bo-gp[initial=4,round=8]",
    "bo-dngo[initial=4,round=8,model=dngo[epochs=5]]",
    "random-forest[initial=4,round=8,model=forest[trees=5]]",
    "xgb[initial=4,round=8,model=xgb[members=2,trees=5]]",
    "npenas-small[initial=4,round=6,model=gnn[layers=1,width=4,epochs=2]]",
    "weaknas-small[initial=4,round=6,model=mlp[layers=2,width=8,epochs=3]]",
]
PARTS = [
    "surrogate[encoder=path,model=grid-gp,acquisition=pi,pool=mutate,initial=3,round=2]",
    "surrogate[encoder=genes,model=forest[trees=3],acquisition=ts,pool=random[size=20],initial=3,round=5]",
    "surrogate[encoder=genes+path,model=grid-gp,acquisition=its,pool=relatives,targets=values,initial=3,round=3]",
]


@parametrize(*map(nasapi.load_strategy, SPECS), rules=ELSEWHERE)
def test_conformance(rule):
    rule()


@parametrize(*map(nasapi.load_strategy, PARTS))
def test_conformance_of_parts(rule):
    rule()


@parametrize(
    lambda space: nasapi.load_encoder("functional-path", space),
    lambda space: nasapi.load_encoder("dense-graph", space),
    lambda space: nasapi.load_encoder("operation-histogram", space),
    lambda space: nasapi.load_encoder("link-histogram", space),
    spaces=[nasapi.load_space("toy")],
)
def test_the_encoder_conforms(rule):
    rule()
