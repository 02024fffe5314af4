"""The conformance kit on every baseline, with its defaults and with the options that change its course."""

import nasapi
from nasapi.testing import parametrize

SPECS = [
    "random",
    "random[distinct=network]",
    "random[distinct=none]",
    "local-search",
    "local-search[initial=2,move=best]",
    "evolution",
    "evolution[population=4,sample=2,initial=3,distinct=code]",
    "marginals",
    "marginals[initial=4,round=3,squared=false]",
]


@parametrize(*map(nasapi.load_strategy, SPECS))
def test_conformance(rule):
    rule()
