"""The conformance kit on every strategy of the latent space, with rounds small enough for the toy to see several.

The rules that play on published tables are kept in test_published_tables.py.
"""

from played_tables import ELSEWHERE

import nasapi
from nasapi.testing import parametrize

SMALL = "initial=4,round=3"
SPECS = [
    f"decoded-gp[{SMALL},pretraining=5,most_steps=2,candidates=64]",
    f"arch2vec-rl[{SMALL},encoder='vgae[steps=3,hidden=16,layers=2,landmarks=100]',hidden=8,pool='relatives[size=60]']",
    f"latent-gp[{SMALL},encoder='vgae[steps=3,hidden=16,layers=2,landmarks=100]']",
    "arch2vec-bo[initial=4,round=8,encoder='vgae[steps=3,hidden=16,layers=2,landmarks=100]',model='dngo[epochs=3]']",
    f"nao-small[{SMALL},hidden=8,width=8,steps=2,pretraining=2]",
    f"nao[{SMALL},hidden=8,width=8,steps=2]",
    f"ganas[{SMALL},hidden=8,width=8,steps=2,pretraining=2]",
    f"latent-local-search[{SMALL},encoder='svge[steps=3]']",
]


@parametrize(*map(nasapi.load_strategy, SPECS), rules=ELSEWHERE)
def test_conformance(rule):
    rule()


@parametrize(nasapi.load_strategy(f"arch2vec-rl[{SMALL},encoder=genes,pool='random[size=10]',hidden=8,targets=ranks]"))
def test_conformance_of_a_walk_among_the_genes(rule):
    rule()
