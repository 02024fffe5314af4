"""The conformance kit on AG-Net, with rounds small enough for the toy space to see retraining."""

import importlib.util

import nasapi
from nasapi.testing import parametrize

SMALL = "initial=4,round=3,pretraining=5,most_steps=2,candidates=64"
SPECS = [
    f"agnet[{SMALL}]",
    f"agnet[{SMALL},preset=paper]",
]
if importlib.util.find_spec("xgboost"):
    SPECS += [f"agnet-xgb[{SMALL}]", f"agnet-xgb-rank[{SMALL}]"]


@parametrize(*map(nasapi.load_strategy, SPECS))
def test_conformance(rule):
    rule()
