"""The kit on what is honest: the toy spaces and all that is made for them keep every rule."""

from nasapi.testing import parametrize
from nasapi.testing.pair import Pair, PairObjective, pair_v1
from nasapi.testing.search import ToyEncoder, ToyLatent, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1


@parametrize(Toy(), ToyObjective(), toy_v1, ToySearch, ToyEncoder, ToyLatent(Toy()), Pair(), PairObjective(), pair_v1)
def test_the_toy_keeps_every_rule(rule):
    rule()
