"""Where candidates come from, and what a pool refuses."""

import re

import numpy as np
import pytest
from nasapi_toolkit.features import Features, split
from nasapi_toolkit.models.forest import Forest
from nasapi_toolkit.pools import GeneratorPool, MutationPool, RandomPool, RelativesPool, WholePool, listable, make_pool

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


def test_relatives_are_neighbours_then_mutants_then_children_then_random_ones(space, rng):
    ranked = np.repeat([[0] * 6, [4] * 6], [2, 28], axis=0)
    found = RelativesPool(space, size=600, parents=3).candidates(ranked, rng)
    around, found = np.split(found, [2 * 24])  # of the three centres two are one architecture
    assert sorted(around.tolist()) == sorted(
        [*space.neighbors(ranked[0]).tolist(), *space.neighbors(ranked[2]).tolist()]
    )
    mutants, children, others = np.split(found, [300, 500])
    nearest = np.minimum(edits(mutants, ranked[0]), edits(mutants, ranked[2]))
    assert np.bincount(nearest).argmax() > 0
    assert nearest.max() == 3
    foreign = (~np.isin(children, [0, 4])).sum(axis=1)  # genes of neither parent
    assert foreign.max() == 1
    assert 0.25 < foreign.mean() < 0.5  # half of them are mutated, in three of four cases to what no parent has
    mixed = np.isin(children, [0, 4]).all(axis=1) & (np.ptp(children, axis=1) > 0)
    assert 0.1 < mixed.mean() < 0.5  # 4 of 9 pairs are of two different parents
    assert len(others) == 100
    assert np.isin(others, [1, 2, 3]).mean() > 0.5


def test_neighbours_are_those_of_the_best_of_each_call(space, rng):
    pool, ranked = RelativesPool(space, size=6), space.sample(5, rng)
    for best in (ranked, ranked[[2, 0, 3]], ranked[[4, 1, 2]]):
        found = pool.candidates(best, rng)[: 3 * 24]
        np.testing.assert_array_equal(found, np.concatenate([space.neighbors(code) for code in best[:3]]))


def test_pools_are_as_large_as_they_say(space, rng):
    ranked = np.array([[gene] * 6 for gene in range(5)] + [[0, 1, 2, 3, 4, 0]])
    assert len(RandomPool(space).candidates(ranked, rng)) == 1000
    mutants = MutationPool(space).candidates(ranked, rng)
    assert len(mutants) == 100
    nearest = np.stack([edits(mutants, parent) for parent in ranked])
    assert (nearest.min(axis=0) == 1).all()
    assert np.bincount(nearest.argmin(axis=0)).tolist() == [20] * 5
    assert len(RelativesPool(space).candidates(ranked, rng)) == 3 * 24 + 1500
    assert (
        len(make_pool(f"generator[encoder={__file__}:Genes]", toy_v1().problem).candidates(ranked[:1, :3], rng)) == 1000
    )


def test_as_many_mutants_come_of_each_number_of_steps(space, rng):
    parent = np.array([[2, 2, 2, 2, 2, 2]])
    found = edits(MutationPool(space, size=300, parents=1, steps=3).candidates(parent, rng), parent)
    assert found[:100].tolist() == [1] * 100
    assert found[100:200].max() == 2
    assert found[200:].max() == 3


def test_mutants_gene_by_gene_may_be_their_parent(space, rng):
    parent = space.sample(1, rng)
    found = edits(MutationPool(space, size=2000, parents=1, genewise=True).candidates(parent, rng), parent)
    assert found.mean() == pytest.approx(6 / 4, abs=0.1)
    assert found.min() == 0


@pytest.mark.parametrize(
    ("codes", "networks", "listed"),
    [(500_000, 50_000, True), (500_001, 50_000, False), (500_000, 50_001, False), (50_000, None, True)],
)
def test_a_space_is_listed_up_to_fifty_thousand_networks_and_ten_times_as_many_codes(codes, networks, listed):
    class Sized(Toy):
        size = codes
        identities = {} if networks is None else {"network": networks}

    assert listable(Sized()) is listed


def test_the_whole_pool_has_every_code_once(space, rng):
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


@pytest.mark.parametrize(
    ("part", "defaults"),
    [
        (RandomPool, {"size": "1000"}),
        (MutationPool, {"size": "100", "parents": "5", "steps": "1", "genewise": "False"}),
        (RelativesPool, {"size": "1500", "parents": "20", "centres": "3"}),
        (GeneratorPool, {"encoder": "'svge'", "size": "1000", "parents": "20", "noise": "0.5"}),
        (Forest, {"trees": "100"}),
    ],
)
def test_help_lists_the_options_of_a_pool_and_of_a_model_with_their_defaults(part, defaults):
    assert dict(re.findall(r"^ *(\w+): .*?, default (.*?)\. [A-Z]", part.__doc__, re.M)) == defaults


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


class Constant(Encoder):
    """The same for every architecture."""

    def __init__(self, space):
        self.space, self.dim = space, (2,)

    def encode(self, codes):
        return np.full((len(codes), 2), 3.0)


def test_a_generator_draws_near_the_best(rng):
    pool = make_pool(f"generator[encoder={__file__}:Genes,size=50,noise=0.2]", toy_v1().problem)
    found = pool.candidates(np.array([[2, 2, 2]]), rng)
    assert found.shape == (50, 3)
    assert pool.space.valid(found).all()
    assert (found[10:] == 2).mean() > 0.8  # of the 40 that are not around random architectures


def test_one_in_five_of_a_generator_is_near_a_random_architecture(rng):
    pool = make_pool(f"generator[encoder={__file__}:Genes,size=1000,noise=1e-9]", toy_v1().problem)
    ranked = np.array([[2, 2, 2], [1, 2, 1], [2, 1, 0]])
    found = pool.candidates(ranked, rng)
    assert found[200:].tolist() == [ranked[row % 3].tolist() for row in range(800)]
    assert len(np.unique(found[:200], axis=0)) > 10


def test_the_noise_of_a_generator_is_in_deviations_of_its_latent_space():
    seen = []

    class Wide(Genes):
        def encode(self, codes):
            return codes * np.array([1.0, 10.0, 100.0])

        def decode(self, features, rng):
            seen.append(features)
            return np.full((len(features), 3), 2)

    pool = GeneratorPool(Toy(), encoder=f"{__file__}:Genes", size=5000, parents=1, noise=0.1)
    pool._made = Wide(Toy())
    pool.candidates(np.array([[2, 2, 2]]), np.random.default_rng(0))
    scale = Toy().sample(5000, np.random.default_rng(1)).std(axis=0) * [1, 10, 100]
    np.testing.assert_allclose(seen[0][1000:].std(axis=0), 0.1 * scale, rtol=0.1)


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


def test_an_encoder_that_never_varies_is_joined_as_it_is(rng):
    codes = Toy().sample(6, rng)
    features = Features(Toy(), f"{__file__}:Constant+genes")
    features.prepare()
    assert features.of(codes)[:, :2].tolist() == [[3.0, 3.0]] * 6


def test_the_shape_of_features_is_the_encoders_own_or_a_number_of_several(space):
    assert Features(space, "dense-graph").shape == (8, 15)
    assert Features(space, "dense-graph+genes").shape == (8 * 15 + 30,)


def test_plus_signs_within_brackets_join_nothing():
    assert split("a[b=c+d]+e") == ["a[b=c+d]", "e"]


def test_a_joined_encoder_without_a_name_is_refused():
    with pytest.raises(InvalidOption, match=r"`encoder` is an encoder, or several .* not 'genes\+'"):
        split("genes+")


def test_a_mutant_is_made_in_one_of_two_ways():
    with pytest.raises(InvalidOption, match="gene by gene or by `steps` steps; give one of the two"):
        make_pool("mutate[genewise=true,steps=3]", toy_v1().problem)
