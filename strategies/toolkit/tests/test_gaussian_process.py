"""The Gaussian process fitted by gradient: scikit-learn's own numbers, and what is kept between fits."""

import numpy as np
import pytest
from nasapi_toolkit.models.gaussian_process import GaussianProcess
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel


def problem(n):
    """Bits, and a noisy sum of theirs."""
    rng = np.random.default_rng(0)
    features = rng.integers(0, 2, (n, 10)).astype(np.float32)
    targets = features @ np.linspace(-1, 1, 10) + 0.1 * rng.standard_normal(n)
    return features, targets - targets.mean()


def given(features, targets, pool, *, amplitude, length, noise):
    """What scikit-learn predicts with these hyperparameters."""
    kernel = ConstantKernel(amplitude) * Matern(length, nu=2.5) + WhiteKernel(noise)
    regressor = GaussianProcessRegressor(kernel, optimizer=None).fit(features.astype(float), targets)
    return regressor.predict(pool.astype(float), return_std=True)


@pytest.mark.parametrize("sizes", [[40], [40, 43], [34, 35, 36, 42]])
def test_predictions_are_those_of_scikit_learn_with_the_kernel_of_the_last_ascent(sizes):
    features, targets = problem(60)
    model, pool = GaussianProcess(), features[50:]
    for n in sizes:
        model.fit(features[:n], targets[:n], np.random.default_rng(0))
    process = model._process
    wanted = given(
        features[:n],
        targets[:n],
        pool,
        amplitude=model._amplitude,
        length=process.length,
        noise=process.noise * model._amplitude,
    )
    assert model._chosen == sizes[0]
    np.testing.assert_allclose(model.predict(pool), wanted, atol=1e-6)


def test_the_kernel_is_fitted_again_when_observations_have_grown_by_a_quarter(monkeypatch):
    features, targets = problem(60)
    made, search = [], GaussianProcess._likeliest
    monkeypatch.setattr(GaussianProcess, "_likeliest", lambda *each: made.append(len(each[1])) or search(*each))
    for growth, wanted in ((0.25, [16, 32, 48]), (0, [16, 32, 48, 56])):
        made.clear()
        model = GaussianProcess(growth=growth)
        for n in (16, 32, 48, 56):
            model.fit(features[:n], targets[:n], np.random.default_rng(0))
        assert made == wanted
