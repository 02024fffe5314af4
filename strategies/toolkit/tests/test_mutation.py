"""Mutation gene by gene: probabilities, validity, and what happens where none are published."""

import numpy as np
import pytest
from nasapi_toolkit.mutation import mutate_genes

import nasapi


def test_each_operation_of_nb201_changes_with_a_quarter():
    space = nasapi.load_space("nb201")
    codes = space.sample(20_000, np.random.default_rng(0))
    changed = mutate_genes(space, codes, np.random.default_rng(1)) != codes
    np.testing.assert_allclose(changed.mean(axis=0), 1 / 4, atol=0.02)
    assert abs((~changed).all(axis=1).mean() - 0.75**6) < 0.02


def test_a_mutant_of_nb101_is_valid_and_changes_links_less_often_than_operations():
    space = nasapi.load_space("nb101")
    codes = space.sample(3_000, np.random.default_rng(0))
    mutants = mutate_genes(space, codes, np.random.default_rng(1))
    assert space.valid(mutants).all()
    links = np.asarray(space.cardinalities) == 2
    changed = mutants != codes
    assert changed[:, links].mean() < 1 / 21 + 0.01 < changed[:, ~links].mean() < 1 / 5 + 0.03


@pytest.mark.parametrize("name", ["toy", "darts"])
def test_elsewhere_a_mutant_is_one_step_away(name):
    space = nasapi.load_space(name)
    codes = space.sample(20, np.random.default_rng(0))
    mutants = mutate_genes(space, codes, np.random.default_rng(1))
    np.testing.assert_array_equal(mutants, space.mutate(codes, np.random.default_rng(1)))
