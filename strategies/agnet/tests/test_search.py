"""AG-Net as published: its settings, and the searches that they make up."""

from __future__ import annotations

import json

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_agnet import pretraining, settings
from nasapi_agnet.checkpoints import load, save
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import CERTAIN, LATENT, STATE, THRESHOLD, Generator
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.predictor import HIDDEN
from nasapi_agnet.sampling import REACH, Samples
from nasapi_agnet.search import AGNet
from nasapi_agnet.settings import HARDWARE, PLAIN, published
from nasapi_agnet.training import Pair

import nasapi
from nasapi.budget import Budget
from nasapi.cli.main import cli
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.plugins import paper_of
from nasapi.testing import parametrize, problems
from nasapi.testing.toy import Toy, toy_v1
from nasapi.trial import Result, Trial

SMALL = "initial=4,epochs=2,pretraining=20"


ROUNDS = f"{SMALL},round=3"


FORM = form_of(nasapi.load_space("nb201"))


TOY = form_of(Toy())


GOLDEN = {
    "agnet[initial=4,epochs=2,round=4]": (
        "131042 344330 402310 010204 343141 033202 341320 122431 414403 103100 421242 104031"
    ),
    "agnet[initial=4,epochs=2,round=1]": (
        "131042 344330 402310 010204 343141 000324 041330 240043 333441 031110 443040 330233"
    ),
    "agnet[initial=4,epochs=2,round=4,generator=false]": (
        "131042 344330 402310 010204 311341 131140 031220 304331 301241 401241 204241 301244"
    ),
}
"""The codes asked for on NAS-Bench-201 under seed 7."""


def toy(budget: int) -> nasapi.Benchmark:
    return nasapi.load_benchmark("toy/formula-v1", budget=budget)


@parametrize(
    nasapi.load_strategy("agnet[initial=6,round=8,epochs=4,pretraining=20]"),
    benchmarks=[nasapi.load_benchmark("nb201/cifar10-v1")],
)
def test_conformance(rule):
    rule()


def test_every_published_constant():
    """METHODS of the paper and its code: sizes, generation, pretraining, search, search under constraints."""
    assert (LATENT, STATE, HIDDEN, THRESHOLD, CERTAIN, REACH) == (32, 32, 4, 0.5, 20.0, 3.0)
    assert (pretraining.RATE, pretraining.BETAS) == (2e-4, (0.5, 0.999))
    assert (pretraining.BATCH, pretraining.SAMPLES, pretraining.TICK) == (32, 500 * 5_000, 5_000)
    assert attrs.asdict(PLAIN) == {
        "initial": 16,
        "round": 16,
        "k": 1e-2,
        "alpha": 0.9,
        "rate": 1e-3,
        "betas": (0.5, 0.999),
        "decay": 0.0,
        "epochs": 30,
        "batch": 16,
        "nodes": 1.0,
        "draws": (100, 200, 300, 400, 500, 600, 700, 800, 900),
        "candidates": 100,
    }
    assert {name: published(name, False).epochs for name in ("nb101", "darts", "nb201", "nlp")} == {
        "nb101": 15,
        "darts": 15,
        "nb201": 30,
        "nlp": 30,
    }
    changed = {"alpha": 0.95, "rate": 2e-4, "decay": 1e-4, "draws": (500, 1000, 1500, 2000, 2500)}
    assert attrs.asdict(published("nb201", True)) == attrs.asdict(PLAIN) | changed
    darts = published("darts", True)
    assert (darts.epochs, darts.nodes, darts.alpha, darts.draws) == (15, 2.0, 0.95, changed["draws"])
    assert (settings.PENALTY, len(settings.DEVICES)) == (1000, 6)


def batch(n: int = 5) -> tuple[LabelledGraphs, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return FORM.write(FORM.space.sample(n, rng)), rng.random((n, 1)).astype(np.float32), rng.random(n)


@pytest.mark.parametrize("spec", GOLDEN)
def test_the_first_codes_are_those_recorded(spec):
    history = nasapi.run(nasapi.load_benchmark("nb201/cifar10-v1", budget=12), nasapi.load_strategy(spec), seed=7)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == GOLDEN[spec]


class Notes:
    """An observer that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[object] = []

    def nasapi_result(self, result: Result) -> None:
        self.notes.append(result.trial.note)


def test_a_trial_says_what_its_round_drew():
    notes = Notes()
    nasapi.run(toy(6), nasapi.load_strategy(f"agnet[{ROUNDS}]"), seed=0, observers=[notes])
    assert [note.round for note in notes.notes] == sorted(note.round for note in notes.notes)
    assert [note.round for note in notes.notes][:5] == [0, 0, 0, 0, 1]
    first, later = notes.notes[0], notes.notes[4]
    assert (first.drawn, first.candidates) == (0, 0)
    assert later.drawn == 4_500  # of a space with 22 codes, all that may be
    assert 0 < later.candidates <= 22 - 4
    assert later.candidates <= later.valid <= later.drawn


def test_top_1_retrains_after_every_evaluation():
    notes = Notes()
    nasapi.run(toy(6), nasapi.load_strategy(f"agnet[{SMALL},round=1]"), seed=0, observers=[notes])
    assert [note.round for note in notes.notes] == [0, 0, 0, 0, 1, 2]


def test_the_best_predicted_are_asked_the_best_first(monkeypatch):
    monkeypatch.setattr(Pair, "predict", lambda self, scores: scores[:, :1].astype(float))
    monkeypatch.setattr("nasapi_agnet.search.sample", lambda *_: Samples(LISTED, RANKED, None))
    strategy = AGNet(toy_v1().problem, np.random.default_rng(0), initial=1, round=3, epochs=1, pretraining=1)
    (trial,) = strategy.ask(1)
    strategy.tell([Result(trial, {"valid_accuracy": 50.0})])
    asked = [trial.arch.code for trial in strategy.ask(3)]
    order = [tuple(code) for code in LISTED[np.argsort(-RANKED[:, 0])].tolist()]
    assert asked == [code for code in order if code != trial.arch.code][:3]


LISTED = np.array([(2, 2, 2), (1, 2, 1), (0, 1, 0), (2, 1, 2), (1, 1, 1)])


RANKED = np.array([[0.3], [0.9], [0.1], [0.7], [0.8]], np.float32)


def test_nothing_is_asked_twice_and_a_space_is_searched_to_its_end():
    history = nasapi.run(toy(100), nasapi.load_strategy(f"agnet[{SMALL},round=9]"), seed=0)
    assert len(history) == 22
    assert not history.repeats["code"].any()


@pytest.mark.parametrize("benchmark", [problems.constrained(), problems.two_goals()], ids=["constrained", "two goals"])
def test_constraints_and_a_second_goal_make_it_the_hardware_aware_search(benchmark):
    assert AGNet(benchmark.problem, np.random.default_rng(0)).settings == attrs.evolve(PLAIN, **HARDWARE)
    strategy = AGNet(benchmark.problem, np.random.default_rng(0), pretraining=5)
    strategy.tell(benchmark.evaluate(strategy.ask(1)))
    condition = strategy._networks.condition
    assert (condition.dtype, condition.tolist()) == (np.float32, [1.0] + [0.0] * 5)
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(7)))
    history = nasapi.run(benchmark, nasapi.load_strategy(f"agnet[{ROUNDS}]"), seed=0)
    assert len(history) == 7


def test_without_weights_all_weigh_the_same(monkeypatch):
    seen: list[np.ndarray] = []
    monkeypatch.setattr(Pair, "epoch", lambda self, graphs, values, weighted: seen.append(weighted))
    for weighting in ("true", "false"):
        nasapi.run(toy(5), nasapi.load_strategy(f"agnet[{ROUNDS},weighting={weighting}]"), seed=0)
    assert len(np.unique(seen[0])) == 4
    np.testing.assert_allclose(np.sort(seen[0])[::-1], 1 / (0.04 + np.arange(4)))
    np.testing.assert_array_equal(seen[-1], np.ones(4))


def test_another_space_is_refused_in_a_sentence():
    class Mute(Toy):
        reads_graphs = False

    problem = attrs.evolve(toy_v1().problem, space=Mute())
    with pytest.raises(NotAvailable, match="generates graphs, and toy does not read graphs back into codes; nb101"):
        AGNet(problem, np.random.default_rng(0))


@pytest.mark.parametrize(
    "options", [{"round": 0}, {"epochs": 0}, {"initial": None}, {"weighting": 1}, {"pretraining": 0}]
)
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(InvalidOption, match=f"`{next(iter(options))}` is"):
        AGNet(toy_v1().problem, np.random.default_rng(0), **options)


def test_a_checkpoint_comes_back_as_it_was_and_no_other_space_takes_it(tmp_path):
    generator = Generator.fresh(TOY.nodes, TOY.labels, 2, 1, np.random.default_rng(0))
    save(tmp_path / "toy.safetensors", TOY, generator, seen="0")
    np.testing.assert_array_equal(load(tmp_path / "toy.safetensors", TOY).weights.flat, generator.weights.flat)
    with pytest.raises(CorruptData, match="is for space 'toy', not 'nb201'"):
        load(tmp_path / "toy.safetensors", FORM)
    with pytest.raises(NotAvailable, match="There is no checkpoint"):
        load(tmp_path / "none.safetensors", TOY)
    (tmp_path / "text").write_text("no weights")
    with pytest.raises(CorruptData, match="is no checkpoint that can be read"):
        load(tmp_path / "text", TOY)
    generator.weights.flat[0] = np.nan
    save(tmp_path / "nan", TOY, generator)
    with pytest.raises(CorruptData, match="not all finite numbers"):
        load(tmp_path / "nan", TOY)
    other = Generator.fresh(TOY.nodes, TOY.labels, 3, 1, np.random.default_rng(0))
    save(tmp_path / "three", TOY, other)
    with pytest.raises(CorruptData, match="has other weights than the generator of toy"):
        load(tmp_path / "three", TOY)


@pytest.mark.parametrize("name", ["agnet", "agnet-xgb", "agnet-xgb-rank"])
def test_the_paper_and_every_departure_are_reported(name):
    result = CliRunner().invoke(cli, ["info", name, "--json"])
    parsed, paper = json.loads(result.stdout), paper_of(name)
    assert parsed["paper"] == f"{paper.title}, {paper.where}"
    assert "ECCV 2022" in paper.where
    assert list(parsed["departures"].values()) == list(paper.departures)
    assert all(departure.endswith(".") for departure in paper.departures)
    assert len(set(paper.departures)) == len(paper.departures) > 2
    scales = any("is scaled by what has been seen" in departure for departure in paper.departures)
    assert scales == (name == "agnet"), "trees learn from values as they are"


def test_a_failed_evaluation_is_no_datum():
    strategy = AGNet(toy_v1().problem, np.random.default_rng(0), initial=4, round=3, epochs=1, pretraining=1)
    strategy.tell([Result(Trial(trial.arch), {}, error="failed") for trial in strategy.ask(4)])
    assert len(strategy.ask(5)) == 3
    assert strategy._rounds == 2
    assert strategy._pair is None
