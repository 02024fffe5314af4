"""The parts: places in latent space, the policy, the network of NAO, the adversaries of GA-NAS."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nasapi_encoders.torch_state import build
from nasapi_latent.adversary import Adversaries
from nasapi_latent.local_search import LatentLocalSearch
from nasapi_latent.nao import NAO
from nasapi_latent.nao_network import EncoderPredictorDecoder
from nasapi_latent.places import Latent, Places
from nasapi_latent.policy import Episode, Policy, discounted

import nasapi
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption
from nasapi.problem import Problem
from nasapi.testing.toy import toy_v1

PROBLEM = toy_v1().problem
EVERY = np.concatenate(list(PROBLEM.space.enumerate()))


def placed() -> Places:
    places = Places(Latent(PROBLEM, "genes"), "auto")
    places.renew(EVERY[:1], set(), np.random.default_rng(0))
    return places


def policy(width: int = 3) -> Policy:
    return Policy(width, 16, 1e-2, 1.0, torch.Generator().manual_seed(0))


def test_a_latent_space_is_centred_and_scaled_over_the_space():
    latent = Latent(PROBLEM, "genes")
    latent.prepare()
    points = latent.of(PROBLEM.space.sample(4000, np.random.default_rng(1)))
    assert np.abs(points.mean(axis=0)).max() < 0.1
    assert points.var(axis=0).mean() == pytest.approx(1.0, abs=0.05)


def test_two_codes_of_one_network_are_in_one_place():
    latent = Latent(PROBLEM, "genes")
    latent.prepare()
    assert (latent.of(EVERY) == latent.of(PROBLEM.space.canonical(EVERY))).all()


def test_a_latent_space_of_matrices_is_refused():
    class Square(Encoder):
        dim = (2, 2)

        def __init__(self, space):
            self.space = space

        def encode(self, codes):
            return np.zeros((len(codes), 2, 2))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("nasapi_latent.places.load_encoder", lambda spec, space: Square(space))
        with pytest.raises(InvalidOption, match=r"`encoder` gives vectors; 'square' gives arrays of shape \(2, 2\)"):
            Latent(PROBLEM, "square")


def test_the_nearest_is_the_nearest_of_those_left_until_none_is():
    places, point = placed(), np.full(placed().latent.width, 0.3)
    networks = np.unique(PROBLEM.space.canonical(EVERY), axis=0)
    distances = np.sort(((places.latent.of(networks) - point) ** 2).sum(axis=1))
    found = [places.nearest(point) for _ in networks]
    assert [((place - point) ** 2).sum() for _, place in found] == pytest.approx(distances.tolist())
    assert places.nearest(point) is None


def test_what_was_asked_for_is_no_candidate():
    places = placed()
    code, place = places.nearest(np.zeros(places.latent.width))
    taken = {tuple(PROBLEM.space.canonical(code[None])[0].tolist())}
    places.renew(EVERY[:1], taken, np.random.default_rng(0))
    assert (places.nearest(place)[0] != code).any()


def test_a_pool_that_does_not_list_the_space_is_joined_by_what_the_encoder_decodes():
    places = Places(Latent(PROBLEM, "svge[steps=5]"), "random[size=1]")
    places.renew(EVERY[:1], set(), np.random.default_rng(0))
    found = [places.nearest(np.zeros(places.latent.width)) for _ in range(3)]
    assert all(found)


def test_returns_are_discounted_sums():
    assert discounted(np.array([1.0, 0.0, 2.0]), 0.5).tolist() == [1.5, 1.0, 2.0]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_policy_does_more_of_what_was_rewarded_and_less_of_what_was_not(sign):
    learner, place, aim = policy(), np.zeros((1, 3)), np.full((1, 3), 2.0)

    def distance():
        with torch.no_grad():
            mean = learner.network(torch.from_numpy(place).float()[None])[0][0, 0].numpy()
        return np.linalg.norm(mean - aim[0])

    before = distance()
    for _ in range(5):
        learner.learn(Episode(place, aim, [(0, 0, 0)]), np.array([sign]))
    assert sign * (before - distance()) > 0


def test_actions_have_the_deviation_they_are_to_have():
    learner = policy(2)
    learner.deviation = 3.0
    actions = []
    for _ in range(2000):
        learner.begin()
        actions.append(learner.act(np.zeros(2)))
    assert np.std(actions, axis=0) == pytest.approx([3.0, 3.0], rel=0.1)


def test_nao_decodes_only_values_that_a_gene_takes():
    network = build(lambda: EncoderPredictorDecoder((2, 5, 3), 8, 8), torch.Generator().manual_seed(0))
    codes = torch.tensor([[1, 4, 2], [0, 0, 0]])
    embedding = network.encode(codes)
    logits = network(embedding, codes)
    assert torch.isinf(logits[:, 0, 2:]).all() and torch.isfinite(logits[:, 1]).all()
    assert (
        network.decode(torch.randn(50, 3, 8, generator=torch.Generator().manual_seed(1))).amax(0)
        < torch.tensor([2, 5, 3])
    ).all()


def test_the_teacher_and_the_step_by_step_decoder_of_nao_agree():
    network = build(lambda: EncoderPredictorDecoder((3, 4, 3), 8, 8), torch.Generator().manual_seed(0))
    with torch.no_grad():
        embedding = network.encode(torch.tensor([[1, 3, 2], [0, 1, 0], [2, 2, 1]]))
        greedy = network.decode(embedding)
        assert (network(embedding, greedy).argmax(2) == greedy).all()


def test_nao_learns_to_name_and_to_order_architectures_and_its_gradient_leads_up():
    search = NAO(PROBLEM, np.random.default_rng(0), steps=80, pretraining=100, initial=10, round=4)
    search.tell(toy_v1().evaluate(search.ask(10)))
    ranked = search._observations.codes[search._observations.order()]
    search._proposed(ranked)
    moved = torch.from_numpy(np.concatenate(list(search._moved(ranked[-3:]))))
    with torch.no_grad():
        embedding = search._network.encode(torch.from_numpy(EVERY))
        assert (search._network.decode(embedding).numpy() == EVERY).all(axis=1).mean() > 0.9
        best, worst = search._network.predict(search._network.encode(torch.from_numpy(ranked[[0, -1]]))).tolist()
        assert best > worst
        seeds = search._network.predict(search._network.encode(torch.from_numpy(ranked[-3:]))).mean()
        assert search._network.predict(search._network.encode(moved)).mean() > seeds


def test_the_generator_of_ganas_turns_to_the_truth():
    adversaries = Adversaries.made(PROBLEM.space, 32, 16, 1e-2, torch.Generator().manual_seed(0))
    truth = np.array([[2, 2, 2]])
    for _ in range(20):
        adversaries.imitate(PROBLEM.space.sample(64, np.random.default_rng(0)))
    before = (adversaries.draw(500) == truth).all(axis=1).mean()
    for _ in range(60):
        adversaries.play(truth, 64, 0.01)
    assert (adversaries.draw(500) == truth).all(axis=1).mean() > before + 0.2


def test_the_generator_of_ganas_learns_what_is_valid_from_samples():
    adversaries = Adversaries.made(PROBLEM.space, 32, 16, 1e-2, torch.Generator().manual_seed(0))
    before = PROBLEM.space.valid(adversaries.draw(500)).mean()
    for _ in range(60):
        adversaries.imitate(PROBLEM.space.sample(64, np.random.default_rng(0)))
    assert PROBLEM.space.valid(adversaries.draw(500)).mean() > max(before, 0.9)


@pytest.fixture(scope="module")
def nb201():
    try:
        return nasapi.load_space("nb201")
    except LookupError as error:
        pytest.skip(f"nb201 is not installed: {error}")


def tell(search: LatentLocalSearch, values) -> None:
    trials = search.ask(16)
    search.tell([nasapi.Result(t, {"valid_accuracy": v}) for t, v in zip(trials, values(trials), strict=True)])


def test_a_box_is_nearer_to_the_best_than_uniform_draws_are(nb201):
    problem = Problem(nb201, PROBLEM.goals, PROBLEM.budget)
    search = LatentLocalSearch(problem, np.random.default_rng(0))
    tell(search, lambda trials: list(map(float, range(16))))
    best = search._observations.codes[-1]
    boxed = np.array([trial.arch.code for trial in search.ask(16)])
    uniform = nb201.sample(500, np.random.default_rng(1))
    assert (boxed != best).sum(axis=1).mean() < 0.7 * (uniform != best).sum(axis=1).mean()


def test_a_climb_that_does_not_improve_starts_anew(nb201):
    problem = Problem(nb201, PROBLEM.goals, PROBLEM.budget)
    search = LatentLocalSearch(problem, np.random.default_rng(0))
    tell(search, lambda trials: list(map(float, range(16))))
    tell(search, lambda trials: [-1.0] * 16)
    tell(search, lambda trials: list(map(float, range(16))))
    assert search._centre is None
    assert search._start == 32
