"""The conformance kit on every entry, on spaces large enough for a search to go on round after round."""

import pytest
from played_tables import PLAYED, TABLES, assert_searches

import nasapi
from nasapi.testing import parametrize

SMALL = "initial=4,round=6"
NEAR = "pool=relatives[size=60]"
ENTRIES = [
    f"decoded-gp[{SMALL},most_steps=2,candidates=64,pretraining=3]",
    "arch2vec-rl[initial=4,round=8,hidden=8,encoder=vgae[steps=3,hidden=16,layers=2,landmarks=100],pool=random[size=60]]",
    f"latent-gp[{SMALL},encoder=vgae[steps=3,hidden=16,layers=2,landmarks=100],{NEAR}]",
    f"arch2vec-bo[{SMALL},encoder=vgae[steps=3,hidden=16,layers=2,landmarks=100],{NEAR},model=dngo[layers=1,width=16,epochs=3]]",
    f"nao-small[{SMALL},hidden=8,width=8,steps=2,pretraining=2]",
    f"nao[{SMALL},hidden=8,width=8,steps=2]",
    f"ganas[{SMALL},hidden=8,width=8,steps=2,pretraining=2]",
    f"latent-local-search[{SMALL},encoder=svge[steps=3]]",
]


@parametrize(*map(nasapi.load_strategy, ENTRIES), rules=PLAYED, benchmarks=list(map(nasapi.load_benchmark, TABLES)))
def test_every_entry_conforms_on_published_tables(rule):
    rule()


@pytest.mark.parametrize("name", ["darts", "natssize"])
@pytest.mark.parametrize("spec", ENTRIES)
def test_every_entry_searches_every_space(spec, name):
    assert_searches(spec, name)
