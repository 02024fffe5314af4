"""Where candidates come from, and what a pool refuses."""

import numpy as np
import pytest
from nasapi_toolkit.features import Features, split
from nasapi_toolkit.pools import GeneratorPool, MutationPool, RelativesPool, WholePool, listable, make_pool

import nasapi
from nasapi import Decoder, Encoder
from nasapi.errors import CorruptData, InvalidOption, UnknownId
from nasapi.testing.toy import Toy, toy_v1


@pytest.fixture
def space():
    return nasapi.load_space("nb201")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def edits(a, b):
    return (a != b).sum(axis=1)


def test_mutants_are_as_many_steps_away_as_wanted_at_most(space, rng):
    parent = space.sample(1, rng)
    found = MutationPool(space, size=300, parents=1, steps=3).candidates(parent, rng)
    assert len(found) == 300
    assert set(edits(found[:100], parent)) == {1}
    assert set(edits(found, parent)) >= {1, 2, 3}


def test_every_parent_has_its_share_of_mutants(space, rng):
    parents = space.sample(4, rng)
    found = MutationPool(space, size=40, parents=4).candidates(parents, rng)
    assert (edits(found, np.tile(parents, (10, 1))) == 1).all()


def test_relatives_hold_every_neighbour_of_the_best(space, rng):
    ranked = space.sample(30, rng)
    found = set(map(tuple, RelativesPool(space, size=90).candidates(ranked, rng).tolist()))
    assert {tuple(code) for code in space.neighbors(ranked[0]).tolist()} <= found


def test_relatives_need_no_more_than_one_result(rng):
    toy = Toy()
    assert toy.valid(RelativesPool(toy, size=2).candidates(toy.sample(1, rng), rng)).all()


def test_the_whole_pool_holds_every_code_once(space, rng):
    found = WholePool(space).candidates(space.sample(1, rng), rng)
    assert len(np.unique(found, axis=0)) == len(found) == 15_625


def test_a_space_too_large_to_list_is_refused_in_one_sentence():
    class Large(Toy):
        size = 10**9

    with pytest.raises(InvalidOption, match=r"The pool 'whole' lists .* not toy, with 1,000,000,000 codes; use 'auto'"):
        WholePool(Large())


def test_a_space_that_nobody_counted_is_refused():
    class Uncounted(Toy):
        size = None

    assert not listable(Uncounted())
    with pytest.raises(InvalidOption, match="toy, of unknown size"):
        WholePool(Uncounted())


def test_auto_lists_what_can_be_listed():
    class Large(Toy):
        size = 10**9

    problem = toy_v1().problem
    assert isinstance(make_pool("auto", problem), WholePool)
    large = nasapi.Problem(Large(), problem.goals, problem.budget)
    assert isinstance(make_pool("auto", large), RelativesPool)


def test_an_unknown_pool_is_named_with_the_nearest():
    with pytest.raises(InvalidOption, match=r"There is no pool 'hole'. Did you mean 'whole'\?"):
        make_pool("hole", toy_v1().problem)


def test_an_unknown_option_of_a_pool_is_named():
    with pytest.raises(InvalidOption, match=r"Pool 'random\[many=3\]' cannot be made: .*many"):
        make_pool("random[many=3]", toy_v1().problem)


class Genes(Encoder, Decoder):
    """Genes as numbers, and numbers rounded to genes; what is invalid becomes `conv|conv|conv`."""

    def __init__(self, space):
        self.space, self.dim = space, (3,)

    def encode(self, codes):
        return codes.astype(float)

    def decode(self, features, rng):
        codes = np.clip(np.rint(features), 0, 2).astype(np.int64)
        codes[~self.space.valid(codes)] = 2
        return codes


def test_a_generator_draws_near_the_best(rng):
    pool = make_pool(f"generator[encoder={__file__}:Genes,size=50,noise=0.2]", toy_v1().problem)
    found = pool.candidates(np.array([[2, 2, 2]]), rng)
    assert found.shape == (50, 3)
    assert pool.space.valid(found).all()
    assert (found[10:] == 2).mean() > 0.8  # of the 40 that are not around random architectures


def test_a_generator_that_cannot_decode_is_refused():
    with pytest.raises(InvalidOption, match="Encoder 'genes' cannot decode; the pool 'generator' needs a Decoder"):
        make_pool("generator[encoder=genes]", toy_v1().problem)


def test_a_generator_that_is_not_there_is_refused():
    with pytest.raises(UnknownId, match="nosuch"):
        make_pool("generator[encoder=nosuch]", toy_v1().problem)


def test_a_generator_without_a_name_is_refused():
    with pytest.raises(InvalidOption, match="`encoder` is a name, with options in brackets, not 5"):
        make_pool("generator[encoder=5]", toy_v1().problem)


def test_a_generator_of_a_file_without_weights_is_refused(tmp_path):
    pytest.importorskip("nasapi_encoders", reason="svge comes with nasapi-encoders")
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(CorruptData, match="is not a checkpoint"):
        make_pool(f"generator[encoder=svge[checkpoint={path}]]", toy_v1().problem)


def test_a_generator_without_weights_is_fitted_when_it_is_first_wanted(rng):
    pytest.importorskip("nasapi_encoders", reason="svge comes with nasapi-encoders")
    pool = make_pool("generator[encoder=svge[steps=2],size=5]", toy_v1().problem)
    assert pool._made.model is None
    found = pool.candidates(np.array([[2, 2, 2]]), rng)
    assert pool.space.valid(found).all()
    assert pool._made.model is not None


@pytest.mark.parametrize("noise", [0, True, float("inf"), "much"])
def test_a_generator_without_noise_is_refused(noise):
    with pytest.raises(InvalidOption, match=f"`noise` is a number above 0, not {noise!r}"):
        GeneratorPool(Toy(), noise=noise)


def test_joined_encoders_are_on_one_scale(space, rng):
    features = Features(space, "genes+functional-path")
    features.prepare()
    codes = space.canonical(space.sample(2000, np.random.default_rng(7)))
    found = features.of(codes).astype(float)
    for block in (found[:, :30], found[:, 30:]):
        assert 2 * block.var(axis=0).sum() == pytest.approx(1, rel=0.1)


def test_an_encoder_alone_is_left_as_it_is(space, rng):
    features = Features(space, "genes")
    features.prepare()
    assert set(np.unique(features.of(space.sample(9, rng)))) == {0.0, 1.0}


def test_plus_signs_within_brackets_join_nothing():
    assert split("a[b=c+d]+e") == ["a[b=c+d]", "e"]


def test_a_joined_encoder_without_a_name_is_refused():
    with pytest.raises(InvalidOption, match=r"`encoder` is an encoder, or several .* not 'genes\+'"):
        split("genes+")
