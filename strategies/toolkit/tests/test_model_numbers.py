"""Golden predictions: two architectures by each model, so that no constant of a model changes unnoticed; settings."""

import numpy as np
import pytest
from nasapi_toolkit.models.adam import Adam
from nasapi_toolkit.models.dngo import DNGO
from nasapi_toolkit.models.ensemble import Ensemble
from nasapi_toolkit.models.graph_network import GraphNetwork
from nasapi_toolkit.models.kernels import correlation, squared_distances
from nasapi_toolkit.models.model import make_model
from nasapi_toolkit.models.perceptron import Perceptron
from scipy.spatial.distance import cdist
from sklearn.gaussian_process.kernels import RBF, Matern

import nasapi

pytest.importorskip("xgboost", reason="the model xgb needs xgboost-cpu")

PREDICTIONS = [
    ("gp", [-0.12188, 0.09185], [0.11501, 0.10556]),
    ("grid-gp", [-0.10916, 0.10035], [0.11131, 0.09694]),
    ("grid-gp[kernel=rbf]", [-0.11469, 0.09722], [0.09987, 0.0866]),
    ("grid-gp[kernel=exponential]", [0.13588, 0.24437], [0.39817, 0.3754]),
    ("forest", [0.31828, 0.44963], [0.51285, 0.50786]),
    ("xgb", [0.03803, 0.11082], [0.1729, 0.11129]),
    ("xgb[objective=order]", [-2.33997, -1.65169], [0.76054, 0.984]),
    # a few epochs, after which processors still agree
    ("ensemble[epochs=3]", [0.54004, 0.71371], [0.20916, 0.25163]),
    ("dngo[epochs=3]", [-0.09215, 0.04403], [0.11359, 0.11404]),
    ("mlp[width=16,epochs=3]", [0.2317, 0.24077], [0.0, 0.0]),
]
GRAPH_PREDICTIONS = [
    ("gnn[epochs=3,batch=16]", [-0.48341, -0.39529]),
    ("gnn[epochs=3,batch=16,cosine=true,decay=0.01]", [-0.69324, -0.56923]),
]


@pytest.mark.parametrize(("spec", "mean", "spread"), PREDICTIONS)
def test_predictions_are_those_recorded(spec, mean, spread):
    features = np.random.default_rng(0).integers(0, 2, (60, 8)).astype(np.float32)
    targets = features @ np.array([3, -2, 1.5, 1, -1, 0.5, 0, 0]) / 3
    targets += 0.1 * np.random.default_rng(1).standard_normal(60)
    model = make_model(spec)
    model.fit(features[:40], targets[:40], np.random.default_rng(1))
    np.testing.assert_allclose(model.predict(features[40:42]), [mean, spread], atol=1e-3)


@pytest.mark.parametrize(("spec", "mean"), GRAPH_PREDICTIONS)
def test_predictions_of_graphs_are_those_recorded(spec, mean):
    space = nasapi.load_space("nb201")
    codes = space.sample(40, np.random.default_rng(0))
    encoder, model = nasapi.load_encoder("dense-graph", space), make_model(spec)
    graphs = encoder.encode(codes).reshape(40, -1)
    model.expect(encoder.dim)
    model.fit(graphs, -(codes == 3).sum(axis=1) / 2, np.random.default_rng(1))
    np.testing.assert_allclose(model.predict(graphs[:2])[0], mean, atol=1e-3)


@pytest.mark.parametrize(
    ("model", "published"),
    [
        (DNGO, {"layers": 3, "width": 50, "epochs": 100}),  # Snoek et al. 2015 as naszilla runs it
        (Ensemble, {"members": 5, "layers": 10, "width": 20, "epochs": 150, "rate": 0.01}),  # White et al. 2021
        (Perceptron, {"layers": 4, "width": 1000, "epochs": 100, "rate": 0.001}),  # the code of Wu et al. 2021
        (GraphNetwork, {"layers": 3, "width": 32, "rate": 0.005, "cosine": False, "decay": 0.0}),  # Wei et al. 2022
    ],
)
def test_networks_have_their_published_sizes(model, published):
    made = model()
    assert {name: getattr(made, name) for name in published} == published


def test_a_steady_slope_moves_by_the_rate_in_every_step():
    values = np.zeros(3, np.float32)
    adam = Adam(values, rate=0.1)
    for step in range(1, 5):  # corrected for their bias, the moments are the slope and its square at every step
        adam.step(np.array([4.0, -0.5, 0.01], np.float32))
        np.testing.assert_allclose(values, [-0.1 * step, 0.1 * step, -0.1 * step], rtol=1e-4)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 30])
def test_squared_distances_are_those_of_scipy(n):
    rows, points = np.random.default_rng(0).random((n, 5)), np.random.default_rng(1).random((12, 5))
    np.testing.assert_allclose(squared_distances(rows, points), cdist(rows, points) ** 2, atol=1e-12)
    assert (squared_distances(rows, rows) >= 0).all()


@pytest.mark.parametrize(
    ("kind", "kernel"), [("rbf", RBF()), ("matern", Matern(nu=2.5)), ("exponential", Matern(nu=0.5))]
)
def test_correlations_are_those_of_scikit_learn(kind, kernel):
    rows, points = np.random.default_rng(0).random((6, 5)) * 3, np.random.default_rng(1).random((4, 5))
    np.testing.assert_allclose(correlation(kind, squared_distances(rows, points)), kernel(rows, points), rtol=1e-10)
