"""The exact Gaussian process: hyperparameters on a grid, and what it keeps between fits."""

import numpy as np
import pytest
from nasapi_toolkit.models import grid_gp as module
from nasapi_toolkit.models.grid_gp import LENGTHS, NOISES, GridGP, _amplitude
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
    kernel = Matern(model._process.length, nu=2.5)
    other = GaussianProcessRegressor(kernel, alpha=model._process.noise, optimizer=None)
    mean, unscaled = other.fit(features[:20].astype(float), targets[:20]).predict(
        features[20:].astype(float), return_std=True
    )
    found, spread = model.predict(features[20:])
    np.testing.assert_allclose(found, mean, atol=1e-4)
    np.testing.assert_allclose(spread, np.sqrt(_amplitude(model._white)) * unscaled, atol=1e-4)


def test_the_grid_process_chooses_the_hyperparameters_of_the_highest_likelihood():
    features, targets = problem(40)
    model = GridGP()
    model.fit(features, targets, np.random.default_rng(0))
    distances = np.sqrt(((features[:, None] - features) ** 2).sum(axis=2))
    unit = np.median(distances[np.triu_indices(40, 1)])
    best = max(
        (likelihood(distances / (factor * unit), targets, noise), factor) for factor in LENGTHS for noise in NOISES
    )
    assert model._process.length == pytest.approx(best[1] * unit, rel=1e-4)


def unit(features):
    """The median distance."""
    distances = np.sqrt(((features[:, None] - features.astype(float)) ** 2).sum(axis=2))
    return np.median(distances[np.triu_indices(len(features), 1)])


def likelihood(distances, targets, noise):
    """The marginal likelihood of Rasmussen & Williams eq. 5.8 with the best amplitude, up to a constant."""
    root = np.sqrt(5) * distances
    kernel = (1 + root + root**2 / 3) * np.exp(-root) + noise * np.eye(len(targets))
    amplitude = targets @ np.linalg.solve(kernel, targets) / len(targets)
    return -0.5 * len(targets) * np.log(amplitude) - 0.5 * np.linalg.slogdet(kernel)[1]


def searched(monkeypatch):
    """With how many observations each search was made, as they are made."""
    made, search = [], GridGP._likeliest
    monkeypatch.setattr(GridGP, "_likeliest", lambda *given: made.append(len(given[1])) or search(*given))
    return made


def test_hyperparameters_are_chosen_again_when_observations_have_grown_by_a_quarter(monkeypatch):
    features, targets = problem(80)
    made, model = searched(monkeypatch), GridGP()
    for n in range(6, 81, 2):
        model.fit(features[:n], targets[:n], np.random.default_rng(0))
    assert made == [6, 8, 10, 14, 18, 24, 30, 38, 48, 60, 76]


def test_without_growth_they_are_chosen_at_every_fit(monkeypatch):
    features, targets = problem(20)
    made, model = searched(monkeypatch), GridGP(growth=0)
    for n in (10, 10, 12):
        model.fit(features[:n], targets[:n], np.random.default_rng(0))
    assert made == [10, 10, 12]


@pytest.mark.parametrize("batch", [1, 2, 16])
def test_a_process_that_observes_in_batches_is_the_one_that_observes_at_once_with_its_hyperparameters(
    batch, monkeypatch
):
    features, targets = problem(60)
    model, pool = GridGP(), features[50:]
    for n in (*range(40, 50, batch), 50):
        model.fit(features[:n], targets[:n] - targets[:n].mean(), np.random.default_rng(0))
        model.predict(pool)
    monkeypatch.setattr(module, "LENGTHS", [model._process.length / unit(features[:50])])
    monkeypatch.setattr(module, "NOISES", [model._process.noise])
    fresh = GridGP()
    fresh.fit(features[:50], targets[:50] - targets[:50].mean(), np.random.default_rng(0))
    np.testing.assert_allclose(model._process.factor.lower, fresh._process.factor.lower, atol=1e-8)
    np.testing.assert_allclose(model._white, fresh._white, atol=1e-8)
    np.testing.assert_allclose(model.predict(pool), fresh.predict(pool.copy()), atol=1e-4)


def test_targets_that_changed_are_learned_without_a_search(monkeypatch):
    features, targets = problem(40)
    made, model = searched(monkeypatch), GridGP()
    model.fit(features[:30], targets[:30], np.random.default_rng(0))
    first, _ = model.predict(features[30:])
    model.fit(features[:30], -2 * targets[:30], np.random.default_rng(0))
    second, _ = model.predict(features[30:])
    assert made == [30]
    np.testing.assert_allclose(second, -2 * first, atol=1e-4)


def test_other_architectures_are_learned_from_nothing():
    features, targets = problem(60)
    model, fresh, pool = GridGP(), GridGP(), features[40:]
    model.fit(features[:20], targets[:20], np.random.default_rng(0))
    model.predict(pool)
    for each in (model, fresh):
        each.fit(features[20:40], targets[20:40], np.random.default_rng(0))
    np.testing.assert_array_equal(model.predict(pool), fresh.predict(pool))


@pytest.mark.parametrize("growth", [0, 0.25])
def test_repeated_architectures_with_different_results_are_learned(growth):
    features, targets = problem(12)
    features, targets = np.repeat(features, 4, axis=0), np.repeat(targets, 4) + np.tile([0.3, -0.3, 0.1, -0.1], 12)
    model = GridGP(growth=growth)
    for n in range(2, 49):
        model.fit(features[:n], targets[:n], np.random.default_rng(0))
        mean, spread = model.predict(features)
        assert np.isfinite(mean).all()
        assert (spread > 0).all()
    assert np.abs(mean - targets).max() < 0.5


def test_of_too_many_observations_the_best_and_the_latest_are_kept(monkeypatch):
    features, _ = problem(60)
    targets = np.random.default_rng(1).permutation(60).astype(float)
    made, model = searched(monkeypatch), GridGP(most=20)
    for n in (18, 20, 24, 34, 35):
        model.fit(features[:n], targets[:n], np.random.default_rng(0))
        if n == 24:
            best = set(np.argsort(targets[:24])[:5].tolist())
            latest = set([row for row in range(24) if row not in best][-5:])
            assert set(model._kept.tolist()) == best | latest
            assert model._process.factor.n == 10
    assert made == [18, 10, 10]  # 20 were still all; 34 are 24 and ten new ones, but a quarter more than 24
    assert model._process.factor.n == 11


def test_a_process_on_a_subset_is_that_of_the_subset():
    features, targets = problem(60)
    model, fresh = GridGP(most=20), GridGP()
    model.fit(features[:50], targets[:50], np.random.default_rng(0))
    fresh.fit(features[model._kept], targets[model._kept], np.random.default_rng(0))
    np.testing.assert_array_equal(model.predict(features[50:]), fresh.predict(features[50:]))
