"""What every model promises, and what is special to some of them."""

import numpy as np
import pytest
from nasapi_toolkit.models.model import MODELS, Model, make_model
from scipy.stats import kendalltau

import nasapi
from nasapi.errors import InvalidOption, NotAvailable

pytest.importorskip("xgboost", reason="the model xgb needs xgboost-cpu")

SMALL = [
    "gp",
    "grid-gp",
    "grid-gp[kernel=rbf]",
    "grid-gp[kernel=exponential]",
    "forest[trees=30]",
    "xgb[members=3]",
    "xgb[members=1,trees=200,share=1.0]",
    "ensemble[members=3,layers=3,epochs=60]",
    "dngo[epochs=40]",
    "mlp[layers=2,width=32]",
]


def problem(n=60, seed=0):
    """Bits, and a sum of theirs that is to be minimised."""
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 2, (n, 8)).astype(np.float32)
    return features, features @ np.array([3, -2, 1.5, 1, -1, 0.5, 0, 0]) / 3


@pytest.mark.parametrize("spec", SMALL)
def test_a_model_ranks_what_it_was_not_shown(spec):
    features, targets = problem()
    model = make_model(spec)
    model.fit(features[:40], targets[:40], np.random.default_rng(1))
    mean, _ = model.predict(features[40:])
    assert kendalltau(mean, targets[40:]).statistic > 0.6


@pytest.mark.parametrize("spec", SMALL)
def test_a_model_gives_a_finite_mean_and_a_spread_that_is_not_negative(spec):
    features, targets = problem()
    model = make_model(spec)
    model.fit(features[:20], targets[:20], np.random.default_rng(1))
    mean, spread = model.predict(features)
    assert mean.shape == spread.shape == (60,)
    assert np.isfinite(mean).all()
    assert np.isfinite(spread).all()
    assert (spread >= 0).all()


@pytest.mark.parametrize("spec", SMALL)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_model_survives_equal_targets_of_few_architectures(spec, n):
    features, _ = problem()
    model = make_model(spec)
    model.fit(features[:n], np.zeros(n), np.random.default_rng(1))
    mean, spread = model.predict(features)
    assert np.isfinite(mean).all()
    assert np.isfinite(spread).all()


@pytest.mark.parametrize("spec", SMALL)
def test_the_same_generator_gives_the_same_model(spec):
    features, targets = problem()
    models = [make_model(spec), make_model(spec)]
    for model in models:
        model.fit(features[:30], targets[:30], np.random.default_rng(5))
    first, second = (model.predict(features[30:]) for model in models)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("spec", [spec for spec in SMALL if make_model(spec).joint and "members=1," not in spec])
def test_drawn_functions_scatter_round_the_mean(spec):
    features, targets = problem()
    model = make_model(spec)
    model.fit(features[:40], targets[:40], np.random.default_rng(1))
    rng = np.random.default_rng(2)
    drawn = np.stack([model.draw(features[40:], rng) for _ in range(200)])
    mean, _ = model.predict(features[40:])
    assert np.ptp(drawn, axis=0).max() > 0
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.15)


def test_the_ensemble_is_trained_by_absolute_error():
    features = np.ones((9, 1), np.float32)
    targets = np.array([0.0] * 6 + [9.0] * 3)
    model = make_model("ensemble[members=2,layers=1,width=4,epochs=400]")
    model.fit(features, targets, np.random.default_rng(0))
    mean, _ = model.predict(features[:1])
    assert abs(mean[0]) < 0.5  # the median; the squared error would give the mean, 3


def test_the_slopes_of_the_ensemble_are_those_of_finite_differences():
    model = make_model("ensemble[members=2,layers=2,width=5,epochs=1]")
    features, targets = problem(12)
    model.fit(features, targets, np.random.default_rng(0))
    inputs = np.stack([features, features])
    wanted = np.stack([targets, targets]).astype(np.float32)
    slopes = ([np.zeros_like(w) for w in model._weights], [np.zeros_like(b) for b in model._biases])
    model._backward(inputs, wanted, slopes)

    def loss():
        return np.abs(model._forward(inputs)[-1][:, :, 0] - wanted).mean(axis=1, dtype=np.float64)

    model._weights[1][0, 2, 3] += 1e-2
    above = loss()
    model._weights[1][0, 2, 3] -= 2e-2
    below = loss()
    assert (above - below)[0] / 2e-2 == pytest.approx(slopes[0][1][0, 2, 3], abs=2e-3)
    assert (above - below)[1] == 0  # members do not touch each other


def test_an_unknown_model_is_named_with_the_nearest():
    with pytest.raises(InvalidOption, match=r"There is no model 'florest'. Did you mean 'forest'\?"):
        make_model("florest")


def test_an_unknown_option_of_a_model_is_named():
    with pytest.raises(InvalidOption, match=r"Model 'forest\[leaves=3\]' cannot be made: .*leaves"):
        make_model("forest[leaves=3]")


def test_a_model_without_a_name_is_refused():
    with pytest.raises(InvalidOption, match="A model is a name, with options in brackets, not 5"):
        make_model(5)


@pytest.mark.parametrize("spec", [*MODELS, "xgb[objective=error]"])
def test_what_a_model_predicts_is_in_the_unit_of_its_targets(spec):
    assert make_model(spec).has_unit


def test_an_order_has_no_unit():
    assert not make_model("xgb[objective=order]").has_unit


def test_trees_that_learn_the_order_rank_what_they_were_not_shown_and_choose_otherwise():
    features, targets = problem()
    found = []
    for objective in ("error", "order"):
        model = make_model(f"xgb[objective={objective},members=1,trees=200,share=1.0]")
        model.fit(features[:40], targets[:40], np.random.default_rng(1))
        found.append(model.predict(features[40:])[0])
        assert kendalltau(found[-1], targets[40:]).statistic > 0.6
    assert np.argsort(found[0])[:8].tolist() != np.argsort(found[1])[:8].tolist()


@pytest.mark.parametrize("n", [1, 2, 7])
def test_trees_that_learn_the_order_survive_equal_targets(n):
    features, _ = problem()
    model = make_model("xgb[objective=order,trees=20]")
    model.fit(features[:n], np.zeros(n), np.random.default_rng(1))
    assert np.isfinite(model.predict(features)).all()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("xgb[objective=rank]", "`objective` is 'error' or 'order', not 'rank'"),
        ("xgb[share=0]", "`share` is a number above 0 and at most 1, not 0"),
        ("xgb[share=2]", "`share` is a number above 0 and at most 1, not 2"),
        ("gnn[rate=abc]", "`rate` is a number above 0, not 'abc'"),
        ("mlp[rate=-1]", "`rate` is a number above 0, not -1"),
        ("ensemble[rate=true]", "`rate` is a number above 0, not True"),
        ("dngo[layers=1.5]", "`layers` is a whole number from 1, not 1.5"),
    ],
)
def test_an_option_of_a_model_that_makes_no_sense_is_named(spec, message):
    with pytest.raises(InvalidOption, match=message):
        make_model(spec)


def test_an_unknown_kernel_is_named():
    with pytest.raises(InvalidOption, match="`kernel` is 'matern', 'rbf' or 'exponential', not 'linear'"):
        make_model("grid-gp[kernel=linear]")


def test_without_xgboost_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xgboost", None)
    with pytest.raises(NotAvailable, match=r"install nasapi-surrogate\[xgb\]"):
        make_model("xgb")


def test_a_model_without_functions_to_draw_says_so():
    class Constant(Model):
        def fit(self, features, targets, rng):
            pass

        def predict(self, features):
            return np.zeros(len(features)), np.zeros(len(features))

    assert not Constant.joint
    with pytest.raises(NotImplementedError):
        Constant().draw(np.zeros((1, 1)), np.random.default_rng(0))


@pytest.fixture
def graphs():
    """Features of NAS-Bench-201 cells as graphs, and how many 3x3 convolutions they lack."""
    space = nasapi.load_space("nb201")
    codes = space.sample(60, np.random.default_rng(0))
    encoder = nasapi.load_encoder("dense-graph", space)
    return encoder.dim, encoder.encode(codes).reshape(60, -1), -(codes == 3).sum(axis=1) / 2.0


def test_the_graph_network_ranks_what_it_was_not_shown(graphs):
    shape, features, targets = graphs
    models = [make_model("gnn[epochs=60]"), make_model("gnn[epochs=60]")]
    for model in models:
        model.expect(shape)
        model.fit(features[:40], targets[:40], np.random.default_rng(1))
    mean, spread = models[0].predict(features[40:])
    assert kendalltau(mean, targets[40:]).statistic > 0.6
    assert not spread.any()
    np.testing.assert_array_equal(mean, models[1].predict(features[40:])[0])


def test_the_graph_network_survives_one_architecture(graphs):
    shape, features, targets = graphs
    model = make_model("gnn[epochs=2]")
    model.expect(shape)
    model.fit(features[:1], targets[:1], np.random.default_rng(1))
    assert np.isfinite(model.predict(features)[0]).all()


def test_the_graph_network_refuses_what_is_no_graph():
    with pytest.raises(InvalidOption, match=r"reads graphs, not .* \(30,\); it needs \(nodes, operations \+ nodes\)"):
        make_model("gnn").expect((30,))


def test_the_slopes_of_the_graph_network_are_those_of_its_error(graphs):
    shape, features, targets = graphs
    model = make_model("gnn[layers=2,width=3,epochs=1]")
    model.expect(shape)
    model.fit(features[:8], targets[:8], np.random.default_rng(1))
    parts = [part.astype(np.float64) for part in model._parts(features[:8])]
    model._maps = [(weights.astype(np.float64), biases + 0.1) for weights, biases in model._maps]
    slopes = [(np.zeros_like(weights), np.zeros(len(biases))) for weights, biases in model._maps]
    model._backward(*parts, targets[:8], slopes)
    for (weights, _), (slope, _) in zip(model._maps, slopes, strict=True):
        errors = []
        for step in (1e-6, -2e-6):
            weights[0, 0] += step
            errors.append(((model._forward(*parts)[-1][:, 0] - targets[:8]) ** 2).mean())
        weights[0, 0] += 1e-6
        assert (errors[0] - errors[1]) / 2e-6 == pytest.approx(slope[0, 0], abs=1e-6)


def test_every_listed_model_is_there():
    for name in MODELS:
        assert isinstance(make_model(name), Model)
