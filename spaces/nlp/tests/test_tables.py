"""The spaces of listed networks, their features, and the real runs."""

import json

import numpy as np
import pytest
from nasapi_nlp.benchmarks import measured_v1
from nasapi_nlp.cells import split
from nasapi_nlp.features import counted, described, parameters
from nasapi_nlp.importers.official import import_wikitext2
from nasapi_nlp.listed import listed as listed_of
from nasapi_nlp.networks import Networks
from nasapi_nlp.objectives import Measured, at_best, measured
from nasapi_nlp.space import NLP
from scipy.stats import chisquare

import nasapi
from nasapi import data
from nasapi.errors import InvalidArchitecture, NotAvailable
from nasapi.testing import parametrize

SPACE = NLP()
GENERATED = NLP(draw="generator")


def listed_space(n=30):
    return listed_of(
        np.unique(GENERATED.canonical(GENERATED.sample(2 * n, np.random.default_rng(0))), axis=0)[:n], "nlp-some"
    )


@parametrize(listed_space())
def test_a_space_of_listed_networks_keeps_the_rules(rule):
    rule()


def test_listed_networks_are_sampled_uniformly():
    space = listed_space()
    found, counts = np.unique(space.sample(6000, np.random.default_rng(1)), axis=0, return_counts=True)
    assert len(found) == 30 and chisquare(counts).pvalue > 1e-3


def test_listed_neighbours_are_the_most_alike():
    space = listed_space()
    every = np.concatenate(list(space.enumerate()))
    features = counted(split(every, 25))
    apart = ((features - features[3]) ** 2).sum(axis=1)
    around = {tuple(row) for row in space.neighbors(every[3]).tolist()}
    assert {tuple(row) for row in every[np.argsort(apart, kind="stable")[1:9]].tolist()} <= around


def test_listed_children_are_neither_parent():
    space = listed_space()
    a, b = space.sample(100, np.random.default_rng(3)), space.sample(100, np.random.default_rng(4))
    children = space.crossover(a, b, np.random.default_rng(5))
    mixed = (children != a).any(axis=1)
    assert mixed.mean() > 0.5 and (children != b).any(axis=1)[mixed].all()


def test_a_list_of_one_network_has_no_neighbours():
    space = listed_space(1)
    code = next(space.enumerate())
    assert len(space.neighbors(code[0])) == 0
    np.testing.assert_array_equal(space.mutate(code, np.random.default_rng(0)), code)
    np.testing.assert_array_equal(space.crossover(code, code, np.random.default_rng(0)), code)


@pytest.fixture(scope="module")
def table(archive, tmp_path_factory):
    return import_wikitext2(archive, tmp_path_factory.mktemp("tables") / "nlp-wikitext2.zarr")


def test_a_listed_network_is_read_from_any_order_of_its_nodes(objective):
    space = objective.space
    for code in space.listed[::50]:
        nodes = json.loads(SPACE.format(code))
        shuffled = dict(sorted(nodes.items(), key=lambda item: item[0][::-1]))
        np.testing.assert_array_equal(space.read(json.dumps(shuffled)), code)
        np.testing.assert_array_equal(space.read(str(shuffled)), code)
    other = GENERATED.sample(1, np.random.default_rng(0))[0]
    with pytest.raises(
        InvalidArchitecture, match="architecture of nlp, but not among the 265 networks of nlp-wikitext2"
    ):
        space.read(SPACE.format(other))


def test_a_recipe_that_names_a_node_twice_is_refused_as_python_too():
    text = SPACE.format(GENERATED.sample(1, np.random.default_rng(0))[0])
    with pytest.raises(InvalidArchitecture, match="describes 'h_new_0' twice"):
        SPACE.read(str(json.loads(text))[:-1] + ", 'h_new_0': {'op': 'linear', 'input': ['x']}}", "json")
    with pytest.raises(InvalidArchitecture, match="is no recipe: wanted a dictionary of nodes"):
        SPACE.read("[]", "json")


@pytest.fixture(scope="module")
def objective(table):
    return Measured(table, "nlp-wikitext2")


def test_the_real_runs_are_265_networks_of_345_runs(table):
    assert table.rows == 345 and len(Networks.of(table)) == 265 and Networks.of(table).counts.max() == 14
    assert table.attributes["statuses"] == ["OK", "loss is nan!"] and (table["status"] == 1).sum() == 4


def test_the_best_validation_perplexity_is_the_published_one(table):
    benchmark = measured_v1("wikitext2", str(table.path))
    assert benchmark.reference.optima["valid_perplexity"] == pytest.approx(96.31, abs=0.005)


def test_the_best_of_the_real_networks_is_the_lstm(table, objective):
    values = objective.evaluate(table["cell"].astype(np.int64))
    best = json.loads(SPACE.format(table["cell"][np.nanargmin(values["valid_perplexity"])]))
    ops = sorted(node["op"].partition("_")[0] for node in best.values())
    assert ops == ["activation"] * 5 + ["elementwise"] * 4 + ["linear"] * 4
    assert values["test_perplexity"][np.nanargmin(values["valid_perplexity"])] == pytest.approx(91.484, abs=0.001)


def test_values_are_those_of_the_archive(archive, recipes, objective):
    with np.load(archive) as opened:
        loss, test, seconds = opened["val_loss"][1], opened["test_loss"][1], opened["wall_time"][1]
        params = opened["num_params"][1]
    code = SPACE.canonical(SPACE.parse(recipes[1])[None])
    for level in (1, 10, 50):
        values = objective.evaluate(code, level)
        best = loss[:level].argmin()
        assert values["valid_perplexity"][0] == pytest.approx(np.exp(np.float64(loss[best])))
        assert values["test_perplexity"][0] == pytest.approx(np.exp(np.float64(test[best])))
        assert values["cost"][0] == pytest.approx(seconds[:level].sum(dtype=np.float64))
        assert values["params"][0] == params


def test_a_network_trained_several_times_has_the_mean(archive, recipes, objective):
    codes = SPACE.canonical(np.array([SPACE.parse(text) for text in recipes]))
    with np.load(archive) as opened:
        loss = opened["val_loss"].astype(np.float64)
    forms, owner = np.unique(codes, axis=0, return_inverse=True)
    many = np.bincount(owner.ravel()).argmax()
    runs = loss[owner.ravel() == many]
    wanted = np.exp(runs.min(axis=1)).mean()
    assert len(runs) == 14 and objective.evaluate(forms[many][None])["valid_perplexity"][0] == pytest.approx(wanted)


def test_a_network_whose_runs_failed_has_no_value_and_its_cost(table, objective):
    networks = Networks.of(table)
    failed = np.add.reduceat(table["status"] == 0, networks.starts) == 0
    values = objective.evaluate(networks.cells[failed])
    assert np.isnan(values["valid_perplexity"]).all() and (values["cost"] > 0).all() and failed.sum() == 2
    begun = np.maximum.reduceat(np.isfinite(table["valid_loss"]).sum(axis=1), networks.starts)[failed]
    early = objective.evaluate(networks.cells[failed], 5)
    np.testing.assert_array_equal(np.isfinite(early["valid_perplexity"]), begun >= 5)


def test_noise_chooses_one_of_the_runs(table, objective):
    networks = Networks.of(table)
    many = networks.counts.argmax()
    runs = slice(networks.starts[many], networks.starts[many] + 14)
    codes = np.repeat(networks.cells[many][None], 14, axis=0)
    values = objective.evaluate(codes, None, np.arange(14, dtype=np.uint64) + 28)
    np.testing.assert_allclose(values["valid_perplexity"], np.exp(table["valid_loss"][runs].min(axis=1)))
    np.testing.assert_allclose(values["cost"], table["epoch_seconds"][runs].sum(axis=1))
    assert objective.stochastic


def test_one_training_run_is_followed_and_paid_once_through_its_epochs(table, objective):
    networks = Networks.of(table)
    many = networks.cells[np.flatnonzero(networks.counts > 1)]

    class Promotes(nasapi.Strategy):
        supports = frozenset({"fidelity"})
        levels = (5, 20, 50)

        def ask(self, n):
            level, self.levels = self.levels[:1], self.levels[1:]
            return [trial for one in level for trial in self.problem.trials(many, one)]

        def tell(self, results):
            pass

    goal = objective.metric("valid_perplexity")
    problem = nasapi.Problem(objective.space, (goal,), nasapi.Budget(1e9, "seconds"), objective.fidelity)
    benchmark = nasapi.Benchmark("nlp-wikitext2/curves-v1", problem, objective, noise=True)
    history = nasapi.run(benchmark, Promotes, seed=3, batch=len(many))
    perplexities, charged, cost = (
        column.reshape(3, len(many)) for column in (history.values[goal.name], history.charged, history.cost)
    )
    np.testing.assert_allclose(charged.sum(axis=0)[np.isfinite(perplexities[1])], cost[2][np.isfinite(perplexities[1])])
    curves = np.exp(np.minimum.accumulate(table["valid_loss"], axis=1))[:, [4, 19, 49]]
    for network, drawn in zip(np.flatnonzero(networks.counts > 1), perplexities.T, strict=True):
        first = networks.starts[network]
        runs = curves[first : first + networks.counts[network]]
        assert np.isclose(runs, drawn, equal_nan=True).all(axis=1).any()


def test_means_are_over_the_runs_that_are_numbers():
    networks = Networks(np.zeros((2, 1), np.int64), np.array([0, 3]), np.array([3, 1]))
    np.testing.assert_array_equal(networks.means(np.array([1.0, np.nan, 3.0, np.nan])), [2.0, np.nan])


def test_parameters_follow_from_the_recipe(table):
    rest = table["params"] - parameters(split(table["cell"].astype(np.int64), 25))
    np.testing.assert_array_equal(rest, 13_344_478)


def test_the_best_epoch_so_far_is_the_first_of_the_lowest():
    losses = np.array([[3.0, 2.0, 2.0, 4.0, 1.0], [1.0, 2.0, np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(at_best(losses), [[0, 1, 1, 1, 4], [0, 0, 0, 0, 0]])


def test_features_do_not_depend_on_the_order_of_nodes():
    codes = SPACE.sample(50, np.random.default_rng(6))
    for describe in (counted, described):
        one, other = (describe(split(each, 25)) for each in (codes, SPACE.canonical(codes)))
        np.testing.assert_array_equal(one, other)


def test_features_tell_nearly_all_generated_networks_apart():
    forms = np.unique(GENERATED.canonical(GENERATED.sample(2000, np.random.default_rng(7))), axis=0)
    distinct = len(np.unique(described(split(forms, 25)), axis=0))
    assert distinct > 0.97 * len(forms)


def test_the_objective_and_the_benchmark_keep_the_rules(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    data.import_file("nlp-wikitext2", archive, notify=lambda _: None)
    for kind, name in (("objective", "nlp/wikitext2"), ("benchmark", "nlp/wikitext2-v1")):
        report = nasapi.testing.check_entry(kind, name)
        assert report.ok, str(report)


def test_a_table_that_is_not_here_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    for task in ("wikitext2", "ptb"):
        with pytest.raises(NotAvailable, match=f"`nasapi data get nlp-{task}`"):
            measured(task)


def test_perplexities_say_which_text_they_are_of(table):
    descriptions = [metric.description for metric in Measured(table, "nlp-wikitext2").metrics if metric.split != "none"]
    assert len(descriptions) == 3 and all(words.startswith("perplexity on WikiText-2, ") for words in descriptions)
