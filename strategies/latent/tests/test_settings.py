"""The settings of each search, and what its numbers do: rewards, boxes, steps of retraining, where z is drawn."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch
from nasapi_latent.adversary import Adversaries
from nasapi_latent.arch2vec_rl import Arch2vecRL
from nasapi_latent.local_search import LatentLocalSearch
from nasapi_latent.places import Latent
from nasapi_latent.policy import Episode, Policy
from small_generator import generator

import nasapi
from nasapi import Result
from nasapi.errors import InvalidOption
from nasapi.testing.toy import Toy, toy_v1

PROBLEM = toy_v1().problem
SETTINGS = {
    # Yan et al. 2020, section 3.2 and the authors' code
    "arch2vec-rl": {"initial": 16, "round": 16, "hidden": 128, "rate": 1e-2, "gamma": 0.4, "deviation": 1.0},
    "arch2vec-bo": {"initial": 16, "round": 5, "model": "dngo[layers=1,width=128]"},
    # the code of Luo et al. 2018 for NAS-Bench-101
    "nao": {"width": 32, "hidden": 64, "trade": 0.8, "rate": 1e-3, "steps": 1000, "batch": 100, "seeds": 100}
    | {"step": 0.1, "lengths": 100, "unlabelled": 0, "anew": True, "count": "epochs", "targets": "values"},
    "nao-small": {"rate": 5e-3, "steps": 50, "batch": 64, "unlabelled": 16, "pretraining": 100, "anew": False},
    "ganas": {"truth": 16, "steps": 25, "batch": 64, "rate": 3e-3, "entropy": 0.01, "hidden": 64, "width": 32},
    # Lukasik et al. 2022: 16 of a box of half a deviation
    "latent-local-search": {"initial": 16, "round": 16, "reach": 0.5},
    "decoded-gp": {"k": 1e-2, "near": 0.4, "mutants": 0.4, "candidates": 2000, "beta": 0.02, "prior": 0.25},
}
TRAINED = {"epochs": 10.0, "most_steps": 30, "batch": 64, "rate": 1e-3}


def made(name, **options):
    return nasapi.load_strategy(name, **options)(PROBLEM, np.random.default_rng(0))


@pytest.mark.parametrize("name", SETTINGS)
def test_searches_have_their_settings(name):
    search, wanted = made(name), SETTINGS[name] | (TRAINED if name == "decoded-gp" else {})
    assert {option: getattr(search, option) for option in wanted} == wanted


def test_the_generator_takes_all_of_its_settings_from_decoded_gp():
    other = {"latent": "uniform", "near": 0.1, "mutants": 0.2, "epochs": 3.0, "most_steps": 4}
    other |= {"batch": 8, "rate": 1e-2, "beta": 0.5, "prior": 0.6}
    given = made("decoded-gp", pretraining=1, candidates=50, **other)._made()
    assert (given.retraining, given.size) == (other, 50)
    with pytest.raises(InvalidOption, match="`latent` is 'normal' or 'uniform', not 'cauchy'"):
        generator(latent="cauchy")


def test_rewards_are_standardised_and_what_has_not_come_counts_as_the_mean():
    search = Arch2vecRL(PROBLEM, np.random.default_rng(0), encoder="genes", initial=3)
    trials = search.ask(3)
    search.tell([Result(t, {"valid_accuracy": v}) for t, v in zip(trials, (60.0, 70.0, 80.0), strict=True)])
    codes = [trial.arch.code for trial in trials]
    rewards = search._rewards(Episode(np.zeros((3, 1)), np.zeros((3, 1)), [codes[2], (9, 9, 9), codes[0]]))
    np.testing.assert_allclose(rewards, [np.sqrt(1.5), 0, -np.sqrt(1.5)])


def test_a_policy_steps_along_returns_times_the_slope_of_the_log_density():
    learner = Policy(2, 8, 1e-3, 2.0, torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    places, actions, returns = rng.random((3, 2)), rng.random((3, 2)), np.array([1.0, -2.0, 0.5])
    mean = learner.network(torch.from_numpy(places).float()[None])[0][0]
    density = torch.distributions.Normal(mean, 2.0).log_prob(torch.from_numpy(actions).float()).sum(1)
    wanted = torch.autograd.grad(-(torch.from_numpy(returns).float() * density).mean(), learner.network.out.weight)
    learner.learn(Episode(places, actions, []), returns)
    torch.testing.assert_close(learner.network.out.weight.grad, wanted[0])


def test_a_policy_remembers_the_places_of_an_episode_and_no_others():
    learner = Policy(2, 8, 1e-3, 1e-9, torch.Generator().manual_seed(0))
    places = [np.zeros(2), np.ones(2), np.full(2, -1.0)]
    walked = [learner.act(place) for place in places]
    with torch.no_grad():
        at_once = learner.network(torch.from_numpy(np.array(places)).float()[None])[0][0].numpy()
    np.testing.assert_allclose(walked, at_once, atol=1e-6)
    learner.begin()
    np.testing.assert_allclose(learner.act(places[0]), walked[0], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "steps"),
    [({"epochs": 2.0}, 8), ({"epochs": 2.1}, 9), ({"epochs": 2.0, "most_steps": 5}, 5), ({"epochs": 0.01}, 1)],
)
def test_a_retraining_passes_over_the_data_as_often_as_it_says(options, steps):
    made = generator(batch=16, **options)
    made.retrain(Toy().sample(64, np.random.default_rng(1)), np.ones(64), np.random.default_rng(2))
    assert int(made._optimiser._steps[0]) == steps


def test_z_is_drawn_where_it_is_documented_to_be():
    uniform, normal = generator(latent="uniform")._anywhere(3000), generator()._anywhere(3000)
    assert uniform.shape == normal.shape == (3000, generator().encoder.latent)
    assert -3 <= float(uniform.min()) < -2.9
    assert 2.9 < float(uniform.max()) <= 3
    assert float(uniform.std()) == pytest.approx(3**0.5, abs=0.03)
    assert float(normal.std()) == pytest.approx(1, abs=0.02)
    assert float(normal.abs().max()) > 3


def test_candidates_come_from_where_their_shares_say():
    ranked = np.array([[2, 2, 2]])
    counts = {}
    for name, shares in {"mutants": (0.0, 1.0), "half": (0.0, 0.5), "default": (0.4, 0.4)}.items():
        made = generator(near=shares[0], mutants=shares[1], size=2000)
        made.retrain(ranked, np.ones(1), np.random.default_rng(0))
        made.encoder.trained.decoder.sample = lambda z, random: torch.zeros(len(z), 3, dtype=torch.int64)
        found = made.candidates(ranked, np.random.default_rng(1))  # 0, 0, 0 is no architecture: mutants are left
        assert Toy().valid(found).all()
        counts[name] = len(found)
    assert counts["mutants"] == 2000
    assert counts["half"] == pytest.approx(1000, abs=90)
    assert counts["default"] == pytest.approx(800, abs=90)


def test_boxes_are_as_wide_as_they_say_and_grow_by_half(monkeypatch):
    search = LatentLocalSearch(PROBLEM, np.random.default_rng(0), encoder="svge[steps=2]", round=300)
    search._latent.prepare()
    seen = []
    monkeypatch.setattr(Latent, "decode", lambda self, points, rng: seen.append(points))
    list(search._boxed((2, 2, 2)))
    middle = search._latent.of(np.array([[2, 2, 2]]))
    widths = [np.abs(points - middle).max() for points in seen]
    np.testing.assert_allclose(widths, 0.5 * 1.5 ** np.arange(6), rtol=1e-2)
    assert {len(points) for points in seen} == {8 * 300}


def test_an_architecture_is_decoded_where_it_was_encoded():
    pytest.importorskip("nasapi_nb201", reason="the weights are for nasapi-nb201")
    latent = Latent(attrs.evolve(PROBLEM, space=nasapi.load_space("nb201")), "svge")
    latent.prepare()
    codes = latent.problem.space.canonical(latent.problem.space.sample(200, np.random.default_rng(0)))
    rng = np.random.default_rng(1)
    same = (latent.decode(latent.of(codes), rng) == codes).mean()
    shifted = (latent.decode(latent.of(codes) + 2.0, rng) == codes).mean()
    assert same > 0.6
    assert same > shifted + 0.2


def test_the_reward_of_ganas_is_measured_from_a_slowly_forgotten_mean(monkeypatch):
    adversaries = Adversaries.made(Toy(), 8, 8, 1e-9, torch.Generator().manual_seed(0))
    rewards = iter([0.2, 0.8])
    monkeypatch.setattr(Adversaries, "draw", lambda self, n: np.full((n, 3), 2))
    monkeypatch.setattr(Adversaries, "_rewards", lambda self, truth, drawn: torch.full((len(drawn),), next(rewards)))
    adversaries.play(np.array([[2, 2, 2]]), 4, 0.0)
    assert adversaries._baseline == pytest.approx(0.2)
    adversaries.play(np.array([[2, 2, 2]]), 4, 0.0)
    assert adversaries._baseline == pytest.approx(0.9 * 0.2 + 0.1 * 0.8)


def test_the_likelihood_of_a_code_is_its_share_of_the_draws():
    adversaries = Adversaries.made(Toy(), 8, 8, 1e-2, torch.Generator().manual_seed(0))
    with torch.no_grad():
        grid = torch.cartesian_prod(*[torch.arange(3)] * 3)
        log_chance, nats = adversaries._likelihood(grid)
    chance = log_chance.exp()
    assert float(chance.sum()) == pytest.approx(1, abs=1e-5)
    drawn = adversaries.draw(6000)
    found = [(drawn == code).all(axis=1).mean() for code in grid.numpy()]
    np.testing.assert_allclose(found, chance.numpy(), atol=0.03)
    assert 0 < float(nats) <= np.log(3) + 1e-6
