"""What each search does where nothing is said, on a space where a search has room: settings, borders, trajectories."""

from __future__ import annotations

from pkgutil import resolve_name

import attrs
import nasapi_latent
import numpy as np
import pytest
import torch
from nasapi_latent.arch2vec_rl import Arch2vecRL
from nasapi_latent.decoded_gp import DecodedGP, Note
from nasapi_latent.ganas import GANAS
from nasapi_latent.local_search import LatentLocalSearch
from nasapi_latent.nao import NAO
from nasapi_latent.places import Latent
from nasapi_latent.retrained import RetrainedGenerator
from small_generator import generator

import nasapi
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption
from nasapi.testing.toy import Toy, toy_v1

PROBLEM = toy_v1().problem
RETRAINED = {"latent": "normal", "near": 0.4, "mutants": 0.4, "epochs": 10.0, "most_steps": 30, "batch": 64}
RETRAINED |= {"rate": 1e-3, "beta": 0.02, "prior": 0.25}
DEFAULTS = {
    # Yan et al. 2020, section 3.2 and the authors' code
    Arch2vecRL: {"hidden": 128, "rate": 1e-2, "gamma": 0.4, "deviation": 1.0, "targets": "values"},
    # ours, cheaper than Luo et al. 2018, of whom are the sizes
    NAO: {"width": 32, "hidden": 64, "trade": 0.8, "rate": 5e-3, "steps": 50, "count": "steps", "batch": 64}
    | {"unlabelled": 16, "pretraining": 100, "anew": False, "targets": "ranks", "seeds": 100, "step": 0.1}
    | {"lengths": 100},
    GANAS: {"truth": 16, "steps": 25, "batch": 64, "rate": 3e-3, "entropy": 0.01, "hidden": 64, "width": 32}
    | {"pretraining": 100},
    # Lukasik et al. 2022: a box of half a deviation
    LatentLocalSearch: {"encoder": "svge[steps=400]", "reach": 0.5},
    DecodedGP: RETRAINED
    | {"distinct": None, "weighting": True, "checkpoint": "shipped", "pretraining": None, "acquisition": "thompson"}
    | {"surrogate": "grid-gp[kernel=rbf]", "targets": "ranks", "k": 1e-2, "candidates": 2_000},
}


@pytest.mark.parametrize("search", DEFAULTS, ids=lambda search: search.__name__)
def test_what_is_not_said_is_as_documented(search):
    fields = attrs.fields_dict(search)
    assert {name: fields[name].default for name in DEFAULTS[search]} == DEFAULTS[search]


def test_entries_have_the_published_settings_and_say_how_they_depart():
    entries = {entry.id: entry for entry in nasapi_latent.nasapi_entries()}
    assert list(entries) == [
        *("arch2vec-rl", "arch2vec-bo", "latent-gp", "decoded-gp", "nao", "nao-small", "ganas", "latent-local-search")
    ]
    bayesian = {"encoder": "vgae[steps=300]", "model": "grid-gp", "acquisition": "ei", "pool": "auto"}
    bayesian |= {"targets": "values", "initial": 16, "round": 5}
    assert entries["latent-gp"].arguments == bayesian
    assert entries["arch2vec-bo"].arguments == bayesian | {"model": "dngo[layers=1,width=128]"}
    # the code of Luo et al. 2018 for NAS-Bench-101
    assert entries["nao"].arguments == {
        **{"steps": 1000, "count": "epochs", "batch": 100, "rate": 1e-3, "anew": True},
        **{"unlabelled": 0, "targets": "values"},
    }
    published = [entry for entry in entries.values() if entry.paper]
    assert [entry.id for entry in published] == ["arch2vec-rl", "arch2vec-bo", "nao", "ganas", "latent-local-search"]
    assert all(resolve_name(entry.paper).departures for entry in published)


@pytest.mark.parametrize(
    ("search", "options"),
    [
        (NAO, {"unlabelled": 0, "pretraining": 0}),
        (GANAS, {"entropy": 0, "pretraining": 0}),
        (DecodedGP, {"beta": 0, "near": 0.5, "mutants": 0.5}),
    ],
)
def test_nothing_is_a_setting_where_it_makes_sense(search, options):
    made = search(PROBLEM, np.random.default_rng(0), **options)
    assert {name: getattr(made, name) for name in options} == options


@pytest.mark.parametrize(
    ("search", "option"),
    [(NAO, "targets"), (Arch2vecRL, "targets"), (DecodedGP, "targets"), (DecodedGP, "acquisition")],
)
def test_what_is_not_among_the_choices_is_refused(search, option):
    with pytest.raises(InvalidOption, match=f"`{option}` is "):
        search(PROBLEM, np.random.default_rng(0), **{option: "nonsense"})


SMALL = "initial=6,round=6"
START = "034043 211024 300402 113130 030041 110412"
NB201 = [
    (
        f"nao-small[{SMALL},hidden=8,width=8,steps=6,batch=4,unlabelled=3,pretraining=8]",
        "222401 210440 104122 203442 203133 304040 204442 213401 210442 "
        "104142 204134 204133 210404 204433 204132 204444 204142 230442",
    ),
    (
        f"nao[{SMALL},hidden=8,width=8,steps=4,batch=4]",
        "042301 213321 120443 213323 212303 430440 013001 140401 142301 "
        "103123 100423 013201 313224 241333 101220 102203 413223 232223",
    ),
    (
        f"ganas[{SMALL},hidden=8,width=8,steps=4,batch=16,pretraining=8,truth=3]",
        "401331 024311 143202 412213 020141 243021 101420 024133 304334 "
        "213301 212131 414130 121342 211443 303011 132430 413044 144101",
    ),
    (
        f"decoded-gp[{SMALL},candidates=60,most_steps=3]",
        "113110 401103 322401 143244 113131 313130 432013 212134 242212 "
        "403103 322001 021102 313131 344331 313330 342001 122001 313132",
    ),
    (
        f"arch2vec-rl[{SMALL},hidden=8,encoder=svge,pool=random[size=40]]",
        "043221 410244 404304 023030 124321 203001 132124 420330 403212 "
        "121144 043240 220403 320310 204231 101122 201220 204302 213201",
    ),
]
"""The codes asked for on NAS-Bench-201 under seed 1, after the six of the start."""


@pytest.mark.parametrize(("spec", "codes"), NB201)
def test_the_golden_trajectory_where_there_is_room(spec, codes):
    pytest.importorskip("nasapi_nb201", reason="the table is of nasapi-nb201")
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1", budget=24)
    history = nasapi.run(benchmark, nasapi.load_strategy(spec), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == f"{START} {codes}"


def searched(**options):
    """NAO after its first results."""
    search = NAO(PROBLEM, np.random.default_rng(0), steps=2, pretraining=2, initial=6, **options)
    search.tell(toy_v1().evaluate(search.ask(6)))
    ranked = search._observations.codes[search._observations.order()]
    search._proposed(ranked)
    return search, ranked


def test_nao_tries_ten_lengths_at_once_and_none_beyond_the_last():
    for lengths, wanted in ((100, [10] * 10), (25, [10, 10, 5]), (3, [3])):
        search, ranked = searched(lengths=lengths)
        assert [len(moved) / 2 for moved in search._moved(ranked[:2])] == wanted


def test_slopes_are_cut_to_length_five():
    search, _ = searched()
    with torch.no_grad():
        search._network.score.mul_(1e4)
    codes = torch.from_numpy(search._observations.codes)
    search._update(codes, torch.ones(len(codes)), codes[:0])
    slopes = [weight.grad for weight in search._network.parameters()]
    assert float(torch.cat([slope.flatten() for slope in slopes]).norm()) == pytest.approx(5, rel=1e-3)
    made = generator(most_steps=1, batch=8)
    with torch.no_grad():
        for weight in made.encoder.trained.decoder.parameters():
            weight.mul_(100)
    made.retrain(Toy().sample(64, np.random.default_rng(1)), np.ones(64), np.random.default_rng(2))
    slopes = [weight.grad for weight in made.encoder.trained.parameters() if weight.grad is not None]
    assert float(torch.cat([slope.flatten() for slope in slopes]).norm()) == pytest.approx(5, rel=1e-3)


def test_a_retraining_has_the_published_adam_and_draws_a_quarter_from_the_whole_space(monkeypatch):
    made = generator(most_steps=2)
    assert (made._optimiser.rate, made._optimiser.betas) == (1e-3, (0.5, 0.999))
    seen = []
    loss = RetrainedGenerator._loss
    monkeypatch.setattr(RetrainedGenerator, "_loss", lambda *given: seen.append(given[2]) or loss(*given))
    made.retrain(np.array([[2, 2, 2]] * 40), np.ones(40), np.random.default_rng(0))
    drawn = torch.cat(seen)
    assert len(drawn) == 2 * 64
    own = float((drawn == 2).all(1).double().mean())
    assert own == pytest.approx(0.75 + 0.25 / Toy().size, abs=0.1)


def test_codes_are_seen_beside_their_networks_where_they_are_what_is_asked_for():
    codes = PROBLEM.space.sample(5, np.random.default_rng(0))
    network, code = (DecodedGP(PROBLEM, np.random.default_rng(0), distinct=name) for name in ("network", "code"))
    for search in (network, code):
        search._seen.prepare()
    seen = network._features(codes)
    np.testing.assert_array_equal(seen, network._features(PROBLEM.space.canonical(codes)))
    both = code._features(codes)
    assert both.shape == (5, 2 * seen.shape[1])
    np.testing.assert_array_equal(both[:, : seen.shape[1]], seen)


def test_a_trial_that_no_round_asked_for_says_so():
    search = DecodedGP(PROBLEM, np.random.default_rng(0), initial=3)
    assert {trial.note for trial in search.ask(3)} == {Note(round=0, effective_sample_size=0.0, candidates=0)}
    assert Note(0) == Note(0, 0.0, 0)
    assert (search._pretrained.steps, search._pretrained.batch) == (400, 128)


def test_an_encoder_that_puts_all_in_one_place_is_not_scaled(monkeypatch):
    class Blind(Encoder):
        dim = (2,)

        def __init__(self, space):
            self.space = space

        def encode(self, codes):
            return np.full((len(codes), 2), 3.0)

    monkeypatch.setattr("nasapi_latent.places.load_encoder", lambda spec, space: Blind(space))
    latent = Latent(PROBLEM, "blind")
    latent.prepare()
    assert latent.of(PROBLEM.space.sample(3, np.random.default_rng(0))).tolist() == [[0.0, 0.0]] * 3
