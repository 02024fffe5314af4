"""The exact Gaussian process: hyperparameters on a grid, and what it keeps between fits."""

import numpy as np
import pytest
from nasapi_toolkit.models.distances import Distances
from nasapi_toolkit.models.grid_gp import LENGTHS, NOISES, GridGP
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern


def problem(n=60, seed=0):
    """Bits, and a sum of theirs that is to be minimised."""
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 2, (n, 8)).astype(np.float32)
    return features, features @ np.array([3, -2, 1.5, 1, -1, 0.5, 0, 0]) / 3


def test_the_grid_process_predicts_what_scikit_learn_does_with_its_hyperparameters():
    features, targets = problem(30)
    model = GridGP()
    model.fit(features[:20], targets[:20], np.random.default_rng(0))
    found = [
        GaussianProcessRegressor(Matern(model._length, nu=2.5), alpha=noise, optimizer=None).fit(
            features[:20].astype(float), targets[:20]
        )
        for noise in NOISES
    ]
    mean, spread = model.predict(features[20:])
    errors = [np.abs(regressor.predict(features[20:].astype(float)) - mean).max() for regressor in found]
    at = int(np.argmin(errors))
    _, unscaled = found[at].predict(features[20:].astype(float), return_std=True)
    assert errors[at] < 2e-3
    np.testing.assert_allclose(spread, np.sqrt(model._amplitude) * unscaled, atol=5e-3)


def test_the_grid_process_chooses_the_hyperparameters_of_the_highest_likelihood():
    features, targets = problem(40)
    model = GridGP()
    model.fit(features, targets, np.random.default_rng(0))
    distances = np.sqrt(((features[:, None] - features) ** 2).sum(axis=2))
    unit = np.median(distances[np.triu_indices(40, 1)])
    best = max(
        (likelihood(distances / (factor * unit), targets, noise), factor) for factor in LENGTHS for noise in NOISES
    )
    assert model._length == pytest.approx(best[1] * unit, rel=1e-4)


def likelihood(distances, targets, noise):
    """The marginal likelihood of Rasmussen & Williams eq. 5.8 with the best amplitude, up to a constant."""
    root = np.sqrt(5) * distances
    kernel = (1 + root + root**2 / 3) * np.exp(-root) + noise * np.eye(len(targets))
    amplitude = targets @ np.linalg.solve(kernel, targets) / len(targets)
    return -0.5 * len(targets) * np.log(amplitude) - 0.5 * np.linalg.slogdet(kernel)[1]


def test_predictions_for_a_kept_pool_are_those_for_a_fresh_one():
    features, targets = problem(60)
    kept, pool = GridGP(), features[30:]
    for n in (10, 17, 30):
        kept.fit(features[:n], targets[:n], np.random.default_rng(0))
        fresh = GridGP()
        fresh.fit(features[:n], targets[:n], np.random.default_rng(0))
        np.testing.assert_allclose(kept.predict(pool), fresh.predict(pool.copy()), atol=1e-5)


def test_a_kept_pool_is_forgotten_where_other_architectures_are_known():
    features, targets = problem(60)
    model, fresh, pool = GridGP(), GridGP(), features[40:]
    model.fit(features[:20], targets[:20], np.random.default_rng(0))
    model.predict(pool)
    for each in (model, fresh):
        each.fit(features[20:40], targets[20:40], np.random.default_rng(0))
    np.testing.assert_array_equal(model.predict(pool), fresh.predict(pool))


def test_distances_are_euclidean_whether_they_were_kept_or_not():
    features, _ = problem(20)
    distances, rows = Distances(), features[12:]
    exact = ((features[:, None] - features) ** 2).sum(axis=2)
    for n in (3, 7, 12):
        np.testing.assert_allclose(distances.learn(features[:n]), exact[:n, :n], atol=1e-5)
        np.testing.assert_allclose(distances.to(rows), exact[12:, :n], atol=1e-5)
