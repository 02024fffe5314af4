"""Processes told in parts: the factor, what is kept of a pool, and matrices on the edge of having a factor."""

import numpy as np
import pytest
from nasapi_toolkit.models.factor import Factor
from nasapi_toolkit.models.incremental_gp import IncrementalGP
from nasapi_toolkit.models.kernels import KERNELS, correlation, squared_distances

BATCHES = [[40], [1] * 40, [2] * 20, [7, 1, 16, 3, 13], [39, 1]]


def bits(n, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (n, 12)).astype(float)


def tell(rows, batches, **options):
    process = IncrementalGP(**{"kernel": "matern", "length": 2.0, "noise": 1e-2} | options)
    for part in np.split(rows, np.cumsum(batches)[:-1]):
        process.observe(part)
    return process


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_an_extended_factor_is_that_of_the_whole_matrix(kernel, batches):
    rows = bits(40)
    extended = tell(rows, batches, kernel=kernel).factor
    covariances = correlation(kernel, squared_distances(rows, rows) / 4.0)
    np.fill_diagonal(covariances, 1.01)
    np.testing.assert_allclose(extended.lower, np.linalg.cholesky(covariances), atol=1e-8)
    np.testing.assert_allclose(extended.block(30), np.linalg.cholesky(covariances)[30:], atol=1e-8)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("batches", BATCHES)
def test_a_process_that_observes_in_parts_predicts_what_one_does_that_observes_at_once(batches, precision):
    rows, pool, targets = bits(40), bits(25, seed=1), np.random.default_rng(2).standard_normal(40)
    kept, fresh = tell(rows[:1], [1], precision=precision), tell(rows, [40], precision=precision)
    for part in np.split(rows, np.cumsum(batches)[:-1])[0][1:], *np.split(rows, np.cumsum(batches)[:-1])[1:]:
        kept.predict(pool, np.zeros(len(kept.rows)))  # so that each part finds a pool that is behind
        if len(part):
            kept.observe(part)
    found, wanted = (process.predict(pool, process.whitened(targets)) for process in (kept, fresh))
    np.testing.assert_allclose(found, wanted, atol=1e-8 if precision is np.float64 else 1e-4)


def test_predictions_follow_the_equations():
    rows, pool, targets = bits(30), bits(9, seed=1), np.random.default_rng(2).standard_normal(30)
    process = tell(rows, [11, 19])
    mean, left = process.predict(pool, process.whitened(targets))
    across = correlation("matern", squared_distances(pool, rows) / 4.0)
    among = correlation("matern", squared_distances(rows, rows) / 4.0) + 1e-2 * np.eye(30)
    np.testing.assert_allclose(mean, across @ np.linalg.solve(among, targets), atol=1e-7)
    wanted = 1 - np.einsum("mn,nm->m", across, np.linalg.solve(among, across.T))
    np.testing.assert_allclose(left, np.maximum(wanted, 1e-9), atol=1e-7)


def test_repeated_architectures_without_noise_still_have_a_factor():
    rows = np.repeat(bits(4), 5, axis=0)
    process = tell(rows, [3, 4, 13], noise=0.0)
    mean, left = process.predict(rows, process.whitened(rows[:, 0]))
    np.testing.assert_allclose(mean, rows[:, 0], atol=1e-3)
    assert np.isfinite(left).all()
    assert (left > 0).all()


def test_architectures_that_hardly_differ_still_have_a_factor():
    rows = bits(3)[[0, 0, 0, 1, 1, 2]] + 1e-9 * np.arange(6)[:, None]
    process = tell(rows, [1, 2, 3], noise=0.0, kernel="rbf")
    mean, _ = process.predict(rows, process.whitened(np.arange(6.0)))
    assert np.isfinite(mean).all()


def test_the_first_row_of_a_factor_is_the_root_of_its_diagonal():
    factor = Factor()
    assert factor.solve(np.empty(0)).shape == (0,)
    factor.extend(np.array([[4.0]]))
    assert factor.lower.tolist() == [[2.0]]
    assert factor.solve(np.array([4.0])).tolist() == [2.0]
