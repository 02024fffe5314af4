"""AG-Net's published variants with boosted trees."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.losses import exact, reconstruction
from nasapi_agnet.settings import BOOSTING, BOOSTING_ROUNDS
from nasapi_agnet.trees import AGNetXGB, AGNetXGBRanking

import nasapi
from nasapi.testing import parametrize
from nasapi.trial import Result

xgboost = pytest.importorskip("xgboost")

BENCHMARK = nasapi.load_benchmark("nb201/cifar10-v1", budget=20)
SMALL = "initial=6,round=8"


@parametrize(nasapi.load_strategy(f"agnet-xgb[{SMALL},epochs=4,pretraining=20]"), benchmarks=[BENCHMARK])
def test_conformance(rule):
    rule()


OWN = ("ask-at-most-n", "ask-valid", "replay", "tell-parts", "all-fail", "some-fail", "constant", "process", "options")
"""The rules of what ranking changes: what is learned from, and what goes on from round to round."""


@parametrize(
    nasapi.load_strategy(f"agnet-xgb-rank[{SMALL},epochs=5,pretraining=20]"),
    benchmarks=[BENCHMARK],
    rules=[f"strategy/{name}" for name in OWN],
)
def test_conformance_with_ranking(rule):
    rule()


def test_what_trees_cannot_have_is_refused():
    with pytest.raises(nasapi.errors.InvalidOption, match="not trained through the generator; drop `backprop`"):
        AGNetXGB(BENCHMARK.problem, np.random.default_rng(0), backprop=False)


def test_the_cells_of_darts_weigh_their_nodes_twice(monkeypatch):
    weights = []

    def noted(scores, graphs, nodes=1.0):
        weights.append(nodes)
        return reconstruction(scores, graphs, nodes)

    monkeypatch.setattr("nasapi_agnet.trees.reconstruction", noted)
    for space, weight in (("nb201", 1.0), ("darts", 2.0)):
        problem = attrs.evolve(BENCHMARK.problem, space=nasapi.load_space(space))
        strategy = AGNetXGB(problem, np.random.default_rng(0), initial=4, pretraining=5)
        codes = problem.space.sample(4, np.random.default_rng(0))
        strategy.tell(
            [Result(trial, {"valid_accuracy": 50.0 + row}) for row, trial in enumerate(problem.trials(codes))]
        )
        strategy._retrain()
        assert set(weights) == {weight}
        weights.clear()


def test_every_published_constant():
    published = {"max_depth": 6, "min_child_weight": 1, "colsample_bytree": 1, "colsample_bylevel": 1, "eta": 0.3}
    assert published.items() <= BOOSTING.items()
    assert (BOOSTING["objective"], BOOSTING["booster"], BOOSTING_ROUNDS) == ("reg:squarederror", "gbtree", 500)
    strategy = AGNetXGB(BENCHMARK.problem, np.random.default_rng(0))
    assert strategy.settings.epochs == 1
    assert strategy.settings.k == 0.01


@pytest.mark.parametrize(("kind", "trees"), [(AGNetXGB, 500), (AGNetXGBRanking, 1000)])
def test_a_booster_starts_anew_each_round_and_with_ranking_goes_on_from_batch_to_batch(kind, trees):
    strategy = kind(BENCHMARK.problem, np.random.default_rng(0))
    form = form_of(BENCHMARK.problem.space)
    codes = form.space.sample(24, np.random.default_rng(0))
    seen, good = exact(form.write(codes), form.labels), np.linspace(50, 90, 24)
    drawn = [np.arange(16), np.arange(16, 24)]
    for _ in range(2):
        strategy._fit(seen, good, drawn)
        assert strategy._booster.num_boosted_rounds() == trees
    predicted = strategy._booster.predict(xgboost.DMatrix(seen))
    if kind is AGNetXGB:
        np.testing.assert_allclose(predicted, (good - good.mean()) / good.std(), atol=0.01)


def test_candidates_are_scored_as_graphs_and_the_best_are_asked():
    strategy = AGNetXGB(BENCHMARK.problem, np.random.default_rng(0), initial=40, round=5, epochs=8)
    strategy.tell(BENCHMARK.evaluate(strategy.ask(40)))
    asked = strategy._planned()
    assert len(asked) == 5
    note = asked[0].note
    assert note.candidates > 5
    scores = strategy._booster.predict(
        xgboost.DMatrix(exact(strategy._form.write(BENCHMARK.problem.space.codes(t.arch for t in asked)), 7))
    )
    assert (np.diff(scores) <= 0).all()


GOLDEN = {
    "agnet-xgb[initial=4,round=4]": "131042 344330 402310 010204 341340 302310 313132 323013",
    "agnet-xgb-rank[initial=4,round=4]": "131042 344330 402310 010204 341340 441010 114040 241014",
}
"""The codes asked for on NAS-Bench-201 under seed 7."""


@pytest.mark.parametrize("spec", GOLDEN)
def test_the_first_codes_are_those_recorded(spec):
    history = nasapi.run(nasapi.load_benchmark("nb201/cifar10-v1", budget=8), nasapi.load_strategy(spec), seed=7)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == GOLDEN[spec]


def test_the_generator_alone_learns_the_graphs_in_proportion_to_their_weights():
    strategy = AGNetXGB(BENCHMARK.problem, np.random.default_rng(0))
    form = strategy._form
    graphs = form.write(form.space.sample(2, np.random.default_rng(5)))
    shipped = strategy._generator.weights.flat.copy()
    strategy._step(graphs, np.zeros(2))
    np.testing.assert_array_equal(strategy._generator.weights.flat, shipped)  # what weighs nothing teaches nothing

    def loss() -> np.ndarray:
        scores = strategy._generator(np.random.default_rng(1).standard_normal((2, 32), np.float32)).scores
        return reconstruction(scores, graphs)[0]

    before = loss()
    for _ in range(100):
        strategy._step(graphs, np.array([5.0, 0.05]))
    after = loss()
    assert after[0] < 0.5 * before[0]
    assert after[1] > after[0]
    assert (strategy._pretrained().weights.flat == shipped).all()  # a copy was trained


def test_trees_survive_values_that_are_all_alike():
    strategy = AGNetXGB(BENCHMARK.problem, np.random.default_rng(0))
    seen = np.eye(6, dtype=np.float32)
    strategy._fit(seen, np.full(6, 70.0), [])
    np.testing.assert_allclose(strategy._booster.predict(xgboost.DMatrix(seen)), 0, atol=1e-6)
