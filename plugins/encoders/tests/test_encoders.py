"""Learned encoders and their decoder: the interface, what they learn, and that the latent vector matters."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from nasapi_encoders import corpus, quality
from nasapi_encoders.svge import SVGe
from nasapi_encoders.vgae import VGAE

import nasapi
from nasapi.errors import InvalidArchitecture, NotAvailable
from nasapi.testing import parametrize
from nasapi.testing.toy import Toy

TOY = Toy()


def fitted(steps: int = 400, **options: object) -> SVGe:
    rng = np.random.default_rng(0)
    encoder = SVGe(TOY, checkpoint=None, steps=steps, batch=64, width=16, hidden=32, latent=8, **options)
    return encoder.fit(TOY.sample(400, rng), rng)


@pytest.fixture(scope="module")
def svge() -> SVGe:
    return fitted()


@pytest.fixture(scope="module")
def vgae() -> VGAE:
    rng = np.random.default_rng(0)
    return VGAE(TOY, checkpoint=None, steps=400, hidden=64, layers=3).fit(TOY.sample(400, rng), rng)


@parametrize(
    SVGe(TOY, checkpoint=None, steps=3, batch=8, width=8, hidden=8, latent=4),
    VGAE(TOY, checkpoint=None, steps=3, batch=8, hidden=8, layers=2, latent=4),
)
def test_conformance(rule):
    rule()


def test_svge_reconstructs_every_cell_of_the_toy_space(svge):
    codes = np.concatenate(list(TOY.enumerate()))
    assert quality.reconstruction(svge, codes) == {"code": 1.0, "network": 1.0}


def test_vgae_reconstructs_the_graphs_of_the_toy_space(vgae):
    codes = np.concatenate(list(TOY.enumerate()))
    assert quality.reconstruction(vgae, codes)["graph"] > 0.9


def test_vgae_decodes_the_features_of_a_known_architecture_to_it(vgae):
    codes = np.concatenate(list(TOY.enumerate()))
    decoded = vgae.decode(vgae.encode(codes), np.random.default_rng(0))
    assert (vgae.encode(decoded) == vgae.encode(codes)).all()


def test_samples_from_one_z_are_more_alike_than_samples_from_two(svge):
    found = quality.agreement(svge, 500, np.random.default_rng(1))
    assert found["one z"] > found["two z"] + 0.15


def test_draws_from_the_prior_reach_the_whole_toy_space_and_are_nearly_all_valid(svge):
    codes = TOY.sample(400, np.random.default_rng(0))
    found = quality.samples(svge, codes, 2_000, np.random.default_rng(1))
    assert found["coverage"] == 1.0
    assert found["valid"] > 0.85


def test_distance_in_the_latent_space_grows_with_the_number_of_different_genes(svge):
    codes = np.concatenate(list(TOY.enumerate()))
    found = quality.distances(svge, codes, np.arange(22.0), 1_000, np.random.default_rng(0))
    assert found["edit spearman"] > 0.3


def test_an_untrained_decoder_still_gives_valid_codes():
    encoder = fitted(steps=1)
    features = np.full((200, encoder.latent), 50.0)
    assert TOY.valid(encoder.decode(features, np.random.default_rng(0))).all()


def test_teacher_forcing_computes_the_distribution_that_sampling_draws_from(svge):
    decoder = svge.trained.decoder
    z = torch.zeros(20_000, svge.latent)
    drawn = decoder.sample(z, torch.Generator().manual_seed(0))
    codes, counts = np.unique(drawn.numpy(), axis=0, return_counts=True)
    with torch.no_grad():
        nats = svge.trained.reconstruction(decoder(z[: len(codes)], torch.from_numpy(codes)), torch.from_numpy(codes))
    assert np.abs(np.exp(-nats.numpy()) - counts / 20_000).max() < 0.02


def test_a_canonical_encoder_gives_all_codes_of_a_network_the_same_features():
    encoder = fitted(steps=5, canonical=True)
    codes = np.concatenate(list(TOY.enumerate()))
    assert (encoder.encode(codes) == encoder.encode(TOY.canonical(codes))).all()


def test_a_corpus_of_networks_names_each_once():
    codes = corpus.networks(TOY, 30, np.random.default_rng(0))
    assert len(codes) == 14
    assert len(np.unique(TOY.canonical(codes), axis=0)) == 14
    assert len(corpus.networks(TOY, 5, np.random.default_rng(0))) <= 5


def test_fitting_leaves_global_random_state_and_threads_alone():
    threads = torch.get_num_threads()
    before = (random.getstate(), torch.get_rng_state().clone())
    fitted(steps=2)
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("name", ["svge", "vgae"])
def test_an_encoder_without_weights_says_so(name):
    encoder = nasapi.load_encoder(name, TOY)
    with pytest.raises(NotAvailable, match=f"{name} has no weights for 'toy'; call fit, or give it a checkpoint"):
        encoder.encode(TOY.sample(1, np.random.default_rng(0)))


@pytest.mark.parametrize("name", ["svge", "vgae"])
def test_features_of_another_size_are_refused(name, request):
    encoder = request.getfixturevalue(name)
    with pytest.raises(
        InvalidArchitecture, match=r"Features are finite numbers of shape \(n, \d+\), not float64 of shape \(2, 3\)"
    ):
        encoder.decode(np.zeros((2, 3)), np.random.default_rng(0))


@pytest.mark.parametrize("features", [np.zeros((2, 3)), np.zeros(8)])
def test_features_of_another_size_have_no_likeliest_code_and_no_draw(svge, features):
    for call in (svge.likeliest, svge.places, lambda rows: svge.draw(rows, np.random.default_rng(0))):
        with pytest.raises(InvalidArchitecture, match=r"Features are finite numbers of shape \(n, 8\), not float64 of"):
            call(features)
