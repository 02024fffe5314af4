"""Rank-weighted marginals: their weights, their shares of every value, their rounds and defaults."""

import attrs
import numpy as np
import pytest
from nasapi_baselines.marginals import Marginals
from toy_steps import codes_of, made, tell

from nasapi import Constraint, Result
from nasapi.errors import InvalidOption
from nasapi.testing.toy import Toy, toy_v1


def test_marginals_weigh_what_keeps_a_constraint_before_what_breaks_it_and_that_by_how_much():
    problem = attrs.evolve(toy_v1().problem, constraints=(Constraint("params", upper=100.0),))
    search = Marginals(problem, np.random.default_rng(0), initial=3, k=0.5, squared=False, prior=0.0)
    trials = search.ask(3)
    rows = [(99.0, 300.0), (50.0, 100.0), (90.0, 200.0)]  # ranks 2, 0 and 1
    search.tell([Result(t, {"valid_accuracy": a, "params": p}) for t, (a, p) in zip(trials, rows, strict=True)])
    weight = 1 / (0.5 * 3 + np.array([2, 0, 1]))
    codes = np.array(codes_of(trials))
    for gene, shares in enumerate(search._shares()):
        assert shares == pytest.approx([weight[codes[:, gene] == value].sum() / weight.sum() for value in range(3)])


def test_a_prior_of_one_draws_uniformly_and_of_none_what_is_known_alone():
    for prior, distinct in ((0.0, 1), (1.0, 22)):
        search = made(Marginals, initial=1, round=21, prior=prior)
        tell(search, search.ask(1), [50.0])
        shares = search._shares()
        assert (shares > 0).sum() == (3 if distinct == 1 else 9)


def test_marginals_weigh_by_one_over_k_n_plus_rank():
    search = made(Marginals, initial=3, k=0.5, squared=False, prior=0.0)
    tell(search, search.ask(3), [70.0, 90.0, 80.0])
    weight = 1 / (0.5 * 3 + np.array([2, 0, 1]))
    codes = np.array(list(search._observations))
    for gene, shares in enumerate(search._shares()):
        assert shares == pytest.approx([weight[codes[:, gene] == value].sum() / weight.sum() for value in range(3)])


def test_marginals_squared_weigh_by_the_square():
    search = made(Marginals, initial=2, k=0.5, prior=0.0)
    tell(search, search.ask(2), [70.0, 90.0])
    weight = (1 / (0.5 * 2 + np.array([1, 0]))) ** 2
    codes = np.array(list(search._observations))
    shares = search._shares()[0]
    assert shares == pytest.approx([weight[codes[:, 0] == value].sum() / weight.sum() for value in range(3)])


def test_marginals_keep_a_share_for_every_value():
    search = made(Marginals, initial=1, prior=0.3)
    tell(search, search.ask(1), [70.0])
    shares = search._shares()
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert shares.min() == pytest.approx(0.1)


def test_marginals_of_genes_with_fewer_values_stay_in_range():
    problem = attrs.evolve(toy_v1().problem, space=_Narrow())
    search = Marginals(problem, np.random.default_rng(0), initial=2, round=50, prior=1.0)
    tell(search, search.ask(2), [70.0, 60.0])
    np.testing.assert_allclose(search._shares(), [[1 / 2, 1 / 2, 0], [1 / 3] * 3, [1 / 3] * 3])
    drawn = problem.space.codes([trial.arch for trial in search.ask(50)])
    assert problem.space.valid(drawn).all()


class _Narrow(Toy):
    """Toy cells whose first edge is none or skip."""

    cardinalities = (2, 3, 3)
    size = None


def test_marginals_begin_with_as_many_uniform_draws_as_they_say_and_go_on_in_rounds():
    search = made(Marginals, initial=3, round=5)
    sizes = []
    for _ in range(3):
        trials = search.ask(100)
        sizes.append(len(trials))
        tell(search, trials, [50.0] * len(trials))
    assert sizes == [3, 5, 5]


def test_marginals_do_not_learn_from_failures():
    search = made(Marginals, initial=4)
    tell(search, search.ask(4), [None, None, 5.0, None])
    assert len(search._observations) == 1


def test_squaring_is_true_or_false():
    with pytest.raises(InvalidOption, match="`squared` is true or false, not 'no'"):
        made(Marginals, squared="no")


@pytest.mark.parametrize("k", [0, -1.0, "much", float("nan")])
def test_weights_that_are_not_positive_are_refused(k):
    with pytest.raises(InvalidOption, match="`k` is a number above 0, not"):
        made(Marginals, k=k)


@pytest.mark.parametrize("prior", [-0.1, 1.1, "some"])
def test_a_prior_that_is_no_share_is_refused(prior):
    with pytest.raises(InvalidOption, match="`prior` is a share from 0 to 1, not"):
        made(Marginals, prior=prior)


def test_by_default_weights_are_squared_with_k_of_a_hundredth_and_a_fiftieth_is_uniform():
    search = made(Marginals, initial=5)
    tell(search, search.ask(5), [70.0, 90.0, 80.0, 50.0, 60.0])
    weight = (1 / (0.01 * 5 + np.array([2, 0, 1, 4, 3]))) ** 2
    codes = np.array(list(search._observations))
    for gene, shares in enumerate(search._shares()):
        counted = [weight[codes[:, gene] == value].sum() / weight.sum() for value in range(3)]
        assert shares == pytest.approx(0.98 * np.array(counted) + 0.02 / 3)
