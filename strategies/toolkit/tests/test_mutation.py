"""Mutation gene by gene: probabilities, validity, and what happens where none are published."""

import numpy as np
import pytest
from nasapi_toolkit.mutation import mutate_genes

import nasapi
from nasapi.testing.toy import Toy


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


@pytest.mark.parametrize("name", ["nb201", "nb101"])
def test_a_gene_that_changes_takes_every_other_value_alike(name):
    space = nasapi.load_space(name)
    code = space.sample(1, np.random.default_rng(0))
    mutants = mutate_genes(space, np.tile(code, (8_000, 1)), np.random.default_rng(1))
    for gene, size in enumerate(space.cardinalities):
        if size > 2:
            counts = np.bincount(mutants[:, gene], minlength=size)
            others = np.delete(counts, code[0, gene])
            assert others.min() > 0.5 * others.max()


def test_where_no_mutant_is_valid_a_step_of_the_space_stands_in():
    class Lonely(Toy):
        """No code that is changed is valid, but for what `mutate` knows."""

        family = "nb201"

        def valid(self, codes):
            return np.zeros(len(codes), bool)

        def mutate(self, codes, rng):
            return np.full_like(codes, 2)

    codes = Toy().sample(5, np.random.default_rng(0))
    assert mutate_genes(Lonely(), codes, np.random.default_rng(1)).tolist() == [[2, 2, 2]] * 5


def test_no_codes_have_no_mutants():
    space = nasapi.load_space("nb201")
    assert mutate_genes(space, space.codes([]), np.random.default_rng(0)).shape == (0, 6)
