"""The densities that BOHB draws from: their formula, whom they are of, and what is drawn of them."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest
from nasapi_multifidelity.densities import Densities, Density

import nasapi
from nasapi import Benchmark
from nasapi.testing.pair import pair_v1


def test_a_density_is_one_over_all_codes_and_highest_where_its_codes_are() -> None:
    cardinalities = np.array([3, 2, 1, 4])
    every = np.stack(np.meshgrid(*map(np.arange, cardinalities), indexing="ij"), axis=-1).reshape(-1, 4)
    codes = np.array([[2, 1, 0, 3], [2, 1, 0, 2], [2, 0, 0, 3]])
    density = Density(codes, cardinalities, 1e-3)
    assert np.exp(density.log(every)).sum() == pytest.approx(1)
    assert tuple(every[np.argmax(density.log(every))]) == (2, 1, 0, 3)
    assert density.bandwidths[0] == 1e-3
    drawn = density.draw(4000, np.random.default_rng(0))
    assert (drawn < cardinalities).all()
    h = density.bandwidths[3]
    assert (drawn[:, 3] == 3).mean() == pytest.approx((1 - h) * 2 / 3 + h / 4, abs=0.03)


Makes = Callable[..., Benchmark]


@pytest.mark.parametrize("n", [3, 9])
def test_a_density_is_the_mean_of_aitchison_and_aitkens_kernels_with_the_reference_rules_bandwidths(n: int) -> None:
    rng, cardinalities = np.random.default_rng(n), np.array([5, 4])
    codes, others = rng.integers(cardinalities, size=(n, 2)), rng.integers(cardinalities, size=(20, 2))
    density = Density(codes, cardinalities, 0.01)
    h = np.clip(1.06 * codes.std(axis=0) * n ** (-1 / 6), 0.01, 1 - 1 / cardinalities)
    np.testing.assert_allclose(density.bandwidths, h)
    kernels = np.where(others[:, None] == codes[None], 1 - h, h / (cardinalities - 1))
    np.testing.assert_allclose(np.exp(density.log(others)), kernels.prod(axis=2).mean(axis=1))


def densities(**options: object) -> Densities:
    given = {"good": 0.15, "random": 0.0, "samples": 64, "points": 4, "least": 1e-3} | options
    return Densities(pair_v1().problem, np.random.default_rng(0), **given)  # type: ignore[arg-type]


def observe(proposer: Densities, n: int, level: int | None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes and losses of `n` observations at a level, in the order of their coming."""
    codes = proposer.problem.space.sample(n, np.random.default_rng(seed))
    losses = np.random.default_rng(seed + 1).permutation(n).astype(float)
    for trial, loss in zip(proposer.problem.trials(codes), losses.tolist(), strict=True):
        proposer.observe(attrs.evolve(trial, fidelity=level), (0.0, loss))
    return codes, losses


def test_good_are_the_best_share_or_as_many_as_a_density_needs_and_bad_are_the_others() -> None:
    for n, good, bad in ((5, 0, 0), (6, 4, 4), (20, 4, 16), (40, 6, 34)):
        proposer = densities()
        codes, losses = observe(proposer, n, 1)
        fitted = proposer._fit()
        if good:
            assert fitted is not None
            ranked = codes[losses.argsort()]
            np.testing.assert_array_equal(fitted[0].codes, ranked[:good])
            np.testing.assert_array_equal(fitted[1].codes, ranked[n - bad :])
        else:
            assert fitted is None


def test_densities_are_those_of_the_highest_level_that_has_enough_results() -> None:
    proposer = densities()
    sizes = []
    for n, level in ((20, 1), (7, 3), (5, 9), (6, None)):
        observe(proposer, n, level, seed=n)
        fitted = proposer._fit()
        assert fitted is not None
        sizes.append(len(fitted[1].codes))
    assert sizes == [16, 4, 4, 4]
    last, losses = observe(densities(), 6, None, seed=6)
    np.testing.assert_array_equal(fitted[0].codes, last[losses.argsort()][:4])


def test_a_modelled_architecture_is_the_draw_that_good_ones_have_most_and_bad_ones_least() -> None:
    proposer, twin = densities(), densities()
    for each in (proposer, twin):
        observe(each, 30, 1)
    fitted = twin._fit()
    assert fitted is not None
    twin.rng.random()  # for whether a draw is uniform
    drawn = fitted[0].draw(64, twin.rng)
    drawn = drawn[twin.problem.space.valid(drawn)]
    ratio = fitted[0].log(drawn) - fitted[1].log(drawn)
    assert proposer.propose(1)[0].arch.code == tuple(drawn[ratio.argmax()].tolist())


def test_what_comes_later_is_in_the_next_density() -> None:
    proposer = densities()
    observe(proposer, 10, 1)
    proposer.propose(1)
    before = proposer._fitted
    proposer.propose(1)
    assert proposer._fitted is before
    observe(proposer, 1, 1, seed=5)
    proposer.propose(1)
    assert proposer._fitted is not before


def test_a_third_of_bohbs_draws_are_uniform_and_its_settings_are_the_papers(make_graded: Makes) -> None:
    strategy = nasapi.load_strategy("bohb")(make_graded(500).problem, np.random.default_rng(0))
    proposer = strategy._proposer
    genes = len(strategy.problem.space.cardinalities)
    settings = (proposer.good, proposer.random, proposer.samples, proposer.points, proposer.least)
    assert settings == (0.15, pytest.approx(1 / 3), 64, genes + 1, 1e-3)
    modelled: list[int] = []
    proposer._modelled = lambda: modelled.append(1)  # and draws uniformly after all
    proposer.propose(300)
    assert 170 < len(modelled) < 230
