"""AG-Net as published: its settings, weights, training, candidates, and the searches that they make up."""

from __future__ import annotations

import json

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_agnet import pretraining, settings
from nasapi_agnet.candidates import collect
from nasapi_agnet.checkpoints import load, pretrained, save
from nasapi_agnet.evaluated import Evaluated
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import CERTAIN, LATENT, STATE, THRESHOLD, Generator, Scores
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.losses import exact, reconstruction
from nasapi_agnet.parameters import Parameters
from nasapi_agnet.predictor import HIDDEN, Predictor
from nasapi_agnet.sampling import REACH, Samples
from nasapi_agnet.search import AGNet
from nasapi_agnet.settings import CONSTRAINED, PLAIN, published
from nasapi_agnet.training import Pair
from nasapi_agnet.weighting import ranks, weights
from nasapi_toolkit.unseen import Unseen

import nasapi
from nasapi.cli.main import cli
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.plugins import paper_of
from nasapi.problem import Budget, Constraint
from nasapi.testing import parametrize, problems
from nasapi.testing.toy import Toy, toy_v1
from nasapi.trial import Result, Trial

SMALL = "initial=4,epochs=2,pretraining=20"
ROUNDS = f"{SMALL},round=3"
FORM = form_of(nasapi.load_space("nb201"))
TOY = form_of(Toy())
NOTHING = np.empty(0, np.float32)
GOLDEN = {
    "agnet[initial=4,epochs=2,round=4]": (
        "131042 344330 402310 010204 343141 033202 341320 122431 414403 103100 421242 104031"
    ),
    "agnet[initial=4,epochs=2,round=1]": (
        "131042 344330 402310 010204 343141 000324 041330 240043 333441 031110 443040 330233"
    ),
}
"""The codes asked for on NAS-Bench-201 under seed 7."""


def toy(budget: int) -> nasapi.Benchmark:
    return nasapi.load_benchmark("toy/formula-v1", budget=budget)


@parametrize(
    nasapi.load_strategy("agnet[initial=6,round=6,epochs=12,pretraining=20]"),
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
    assert attrs.asdict(CONSTRAINED) == attrs.asdict(PLAIN) | changed
    assert published("nb101", True) == CONSTRAINED
    assert (settings.PENALTY, len(settings.DEVICES)) == (1000, 6)


def test_weights_are_one_over_kn_plus_rank():
    losses = np.array([[3.0], [1.0], [2.0], [4.0]])
    rank = ranks(losses, np.zeros(4, np.bool_))
    assert rank.tolist() == [2, 0, 1, 3]
    np.testing.assert_allclose(weights(rank, 0.01), [1 / 2.04, 1 / 0.04, 1 / 1.04, 1 / 3.04])
    sixteen = weights(np.arange(16), 0.01) ** 2
    assert sixteen[0] / sixteen.sum() == pytest.approx(0.96, abs=0.01)


def test_ranks_under_a_bound_by_hand():
    """Accuracies 90, 80, 70, 60 with latencies 9, 2, 1, 3 under a bound of 5."""
    accuracy, latency = -np.array([90.0, 80, 70, 60]), np.array([9.0, 2, 1, 3])
    broken = latency > 5
    # joint = 0: 1 * 1000, 2, 3, 4
    assert ranks(accuracy[:, None], broken).tolist() == [3, 0, 1, 2]
    # joint = 1: (1 + 4) * 1000, 2 + 2, 3 + 1, 4 + 3; the first of equals comes first
    assert ranks(np.column_stack([accuracy, latency]), broken).tolist() == [3, 0, 1, 2]


def test_joint_counts_latency_and_not_only_its_bound():
    accuracy, latency = -np.array([90.0, 89.0, 88.0]), np.array([4.0, 3.0, 1.0])
    kept = np.zeros(3, np.bool_)
    assert ranks(accuracy[:, None], kept).tolist() == [0, 1, 2]
    # 1 + 3, 2 + 2, 3 + 1 are equal; with a fourth in between they are not
    accuracy, latency = np.append(accuracy, -88.5), np.append(latency, 5.0)
    # 1 + 3, 2 + 2, 4 + 1, 3 + 4
    assert ranks(np.column_stack([accuracy, latency]), np.zeros(4, np.bool_)).tolist() == [0, 1, 2, 3]
    assert ranks(accuracy[:, None], np.zeros(4, np.bool_)).tolist() == [0, 1, 3, 2]


def test_data_and_predictions_are_ranked_by_one_rule_in_one_unit():
    benchmark = problems.constrained()
    data = Evaluated(benchmark.problem)
    codes = benchmark.problem.space.sample(3, np.random.default_rng(0))
    values = [{"valid_accuracy": a, "params": p} for a, p in ((90.0, 200.0), (80.0, 100.0), (70.0, 0.0))]
    trials = benchmark.problem.trials(codes)
    data.add([Result(trial, value) for trial, value in zip(trials, values, strict=True)])
    data.add([Result(trials[0], {}, error="failed"), Result(trials[0], {"valid_accuracy": np.nan, "params": 1.0})])
    np.testing.assert_allclose(data.targets(), [[0.9, 200], [0.8, 100], [0.7, 0]])
    assert data.ranks(data.targets()).tolist() == [2, 0, 1]
    assert data.ranks(np.array([[0.5, 150.0], [0.9, 150.1]])).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("bound", "ranked"),
    [
        ({"lower": 150.0}, [0, 1, 2]),  # 1, 2 * 1000, 3 * 1000
        ({"lower": 50.0, "upper": 150.0}, [1, 0, 2]),  # 1 * 1000, 2, 3 * 1000
        ({"lower": 100.0, "upper": 150.0}, [1, 0, 2]),  # a bound itself is kept
        ({"upper": 50.0}, [1, 2, 0]),  # 1 * 1000, 2 * 1000, 3
    ],
)
def test_a_bound_is_kept_on_either_side(bound, ranked):
    """Accuracies 90, 80, 70 with 200, 100, 0 parameters."""
    limited = attrs.evolve(problems.constrained().problem, constraints=(Constraint("params", **bound),))
    data = Evaluated(limited)
    trials = limited.trials(limited.space.sample(3, np.random.default_rng(0)))
    values = [{"valid_accuracy": a, "params": p} for a, p in ((90.0, 200.0), (80.0, 100.0), (70.0, 0.0))]
    data.add([Result(trial, value) for trial, value in zip(trials, values, strict=True)])
    assert data.ranks(data.targets()).tolist() == ranked


def test_a_goal_without_bounds_is_a_share_of_what_was_seen():
    benchmark = problems.made_up(Toy())
    data = Evaluated(benchmark.problem)
    trials = benchmark.problem.trials(benchmark.problem.space.sample(3, np.random.default_rng(0)))
    data.add([Result(trial, {"loss": loss}) for trial, loss in zip(trials, (5.0, 1.0, 3.0), strict=True)])
    np.testing.assert_allclose(data.targets()[:, 0], [0, 1, 0.5])  # from the worst to the best
    assert data.ranks(data.targets()).tolist() == [2, 0, 1]


def batch(n: int = 5) -> tuple[LabelledGraphs, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return FORM.write(FORM.space.sample(n, rng)), rng.random((n, 1)).astype(np.float32), rng.random(n)


def pair(given: settings.Settings = PLAIN, condition: np.ndarray = NOTHING, coupled: bool = True) -> Pair:
    outputs = 2 if len(condition) else 1
    return Pair(pretrained(FORM, "shipped", 1), given, outputs, condition, coupled, np.random.default_rng(1))


def test_the_joint_loss_is_the_published_one():
    made = pair()
    graphs, values, weighted = batch()
    scores = made.generator(np.random.default_rng(2).standard_normal((5, 32), np.float32)).scores
    losses, _, _ = made.losses(scores, graphs, values, weighted)
    error = (made.predictor(scores.flat()) - values)[:, 0] ** 2
    np.testing.assert_allclose(losses, 0.1 * reconstruction(scores, graphs)[0] + 0.9 * error, rtol=1e-5)


def test_under_constraints_each_loss_is_scaled_by_itself_where_it_is_large():
    made = pair(CONSTRAINED, np.eye(6, dtype=np.float32)[0])
    graphs, values, weighted = batch()
    values = np.column_stack([values, np.full(5, 100.0)]).astype(np.float32)
    scores = made.generator(np.random.default_rng(2).standard_normal((5, 32), np.float32)).scores
    losses, _, _ = made.losses(scores, graphs, values, weighted)
    recon, error = reconstruction(scores, graphs)[0], (made.predictor(scores.flat()) - values) ** 2
    assert (error[:, 1] > 1).all()
    wanted = 0.05 * recon / np.maximum(recon, 1) + 0.95 * (0.5 * error[:, 0] / np.maximum(error[:, 0], 1) + 0.5)
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)


@pytest.mark.parametrize("coupled", [True, False])
@pytest.mark.parametrize("condition", [NOTHING, np.eye(6, dtype=np.float32)[0]])
def test_the_gradient_of_the_joint_loss_is_what_differences_say(coupled, condition):
    made = pair(PLAIN, condition, coupled)
    graphs, values, weighted = batch()
    values = np.repeat(values, made.outputs, axis=1) / 10  # no error is above 1
    shapes, wide = made.predictor.weights.shapes, made.predictor.weights.flat.astype(np.float64)
    made.predictor.weights = Parameters(shapes, wide)
    nodes = 1.0 if coupled else 2.0
    scores = Scores(*(part.astype(np.float64) for part in made.generator(np.ones((5, 32), np.float32)).scores))
    scale = np.maximum(reconstruction(scores, graphs, nodes)[0], 1) if len(condition) else 1

    def loss(at: Scores) -> float:
        """Of scores, with what the losses are scaled by held as it is."""
        seen = at.flat() if coupled else exact(graphs, FORM.labels)
        error = ((made.predictor(seen) - values) ** 2).mean(axis=1)
        return float((weighted * (0.1 * reconstruction(at, graphs, nodes)[0] / scale + 0.9 * error)).mean())

    def moved(by: float) -> Scores:
        return Scores(scores.nodes + by * way.nodes, scores.edges + by * way.edges)

    _, by_scores, by_predictor = made.losses(scores, graphs, values, weighted)
    rng, step = np.random.default_rng(3), 1e-6
    way = Scores(rng.standard_normal(scores.nodes.shape), rng.standard_normal(scores.edges.shape))
    found = (loss(moved(step)) - loss(moved(-step))) / (2 * step)
    wanted = (by_scores.nodes * way.nodes).sum() + (by_scores.edges * way.edges).sum()
    assert found == pytest.approx(float(wanted), rel=1e-3)
    along = rng.standard_normal(wide.shape)
    wide += step * along
    above = loss(scores)
    wide -= 2 * step * along
    assert (above - loss(scores)) / (2 * step) == pytest.approx(float(by_predictor.flat @ along), rel=1e-3)


def test_an_epoch_draws_as_many_as_there_are_in_proportion_to_the_weights(monkeypatch):
    made, seen = pair(), []
    monkeypatch.setattr(Pair, "step", lambda self, graphs, values, weighted: seen.append((values[:, 0], weighted)))
    graphs = FORM.write(FORM.space.sample(40, np.random.default_rng(0)))
    values, weighted = np.arange(40, dtype=np.float32)[:, None], np.r_[np.ones(39), 39.0]
    for _ in range(100):
        made.epoch(graphs, values, weighted)
    assert [len(part) for part, _ in seen[:3]] == [16, 16, 8]
    drawn = np.concatenate([part for part, _ in seen])
    assert len(drawn) == 4_000
    assert (drawn == 39).mean() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_array_equal(np.concatenate([part for _, part in seen]), weighted[drawn.astype(int)])


def test_generator_and_surrogate_learn_the_good_together():
    made = pair()
    graphs = FORM.write(FORM.space.parse(BEST)[None])
    values, start = np.array([[0.9]], np.float32), made.generator.weights.flat.copy()
    losses = [made.step(graphs, values, np.ones(1)) for _ in range(150)]
    assert np.mean(losses[-10:]) < 0.2 * losses[0]
    assert (made.generator.weights.flat != start).mean() > 0.9
    assert (pretrained(FORM, "shipped", 1).weights.flat == start).all()


BEST = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"


class Stream:
    """Samples one after another from a list of codes, with their number as score."""

    def __init__(self, codes: list[tuple[int, int, int]]):
        self.codes, self.at, self.sizes = np.array(codes), 0, []

    def __call__(self, n: int) -> Samples:
        self.sizes.append(n)
        part = self.codes[self.at : self.at + n]
        scores = np.arange(self.at, self.at + len(part), dtype=np.float32)[:, None]
        self.at += n
        return Samples(part, scores, LabelledGraphs(np.empty((0, 2), np.int64), np.empty((0, 1), np.bool_)))


def cube(n: int) -> list[tuple[int, int, int]]:
    return [(i // 100, i // 10 % 10, i % 10) for i in range(n)]


def test_candidates_are_drawn_until_there_are_more_than_wanted():
    unseen, rng = Unseen(Toy(), "code"), np.random.default_rng(0)
    stream = Stream([(0, 0, 0)] * 100 + cube(200) + cube(1_000))
    found = collect(stream, unseen, PLAIN.draws, 100, rng)
    assert stream.sizes == [100, 200]
    assert (len(found.codes), found.drawn, found.valid) == (100, 300, 300)
    assert len(np.unique(found.codes, axis=0)) == 100
    np.testing.assert_array_equal(stream.codes[found.scores[:, 0].astype(int)], found.codes)
    assert found.scores.max() > 250  # any of them, not the first


def test_exactly_as_many_as_wanted_are_not_enough():
    stream = Stream(cube(100) + [(0, 0, 0)] * 200 + cube(1_000))
    collect(stream, Unseen(Toy(), "code"), PLAIN.draws, 100, np.random.default_rng(0))
    assert stream.sizes == [100, 200, 300]


def test_what_is_invalid_or_was_evaluated_is_no_candidate_and_too_few_are_all_taken():
    unseen = Unseen(Toy(), "code")
    unseen.take(np.array(cube(40)), 40)
    stream = Stream([(-1, -1, -1)] * 50 + cube(50) + [(0, 0, 7)] * 5_000)
    found = collect(stream, unseen, PLAIN.draws, 100, np.random.default_rng(0))
    assert sum(stream.sizes) == found.drawn == 4_500
    assert found.valid == 4_450
    assert sorted(map(tuple, found.codes.tolist())) == cube(50)[40:]


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
    strategy = AGNet(benchmark.problem, np.random.default_rng(0))
    assert strategy.settings == CONSTRAINED
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(7)))
    history = nasapi.run(benchmark, nasapi.load_strategy(f"agnet[{ROUNDS}]"), seed=0)
    assert len(history) == 7


def test_the_condition_is_put_beside_every_layer():
    predictor = Predictor.fresh(84, 2, np.eye(6, dtype=np.float32)[2], np.random.default_rng(0))
    shapes = {name: shape for name, shape in predictor.weights.shapes.items() if name.endswith("weight")}
    assert shapes == {
        "0.weight": (90, 90),
        "1.weight": (90, 96),
        "2.weight": (90, 96),
        "3.weight": (90, 96),
        "out.weight": (2, 96),
    }
    plain = Predictor.fresh(84, 1, NOTHING, np.random.default_rng(0))
    assert plain.weights.shapes["3.weight"] == (84, 84)
    assert plain.weights.shapes["out.weight"] == (1, 84)


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
def test_the_paper_and_every_departure_are_told(name):
    result = CliRunner().invoke(cli, ["info", name, "--json"])
    told, paper = json.loads(result.stdout), paper_of(name)
    assert told["paper"] == f"{paper.title}, {paper.where}"
    assert "ECCV 2022" in paper.where
    assert list(told["departures"].values()) == list(paper.departures)
    assert all(departure.endswith(".") for departure in paper.departures)
    assert len(set(paper.departures)) == len(paper.departures) > 2


def test_a_failed_evaluation_is_no_datum():
    strategy = AGNet(toy_v1().problem, np.random.default_rng(0), initial=4, round=3, epochs=1, pretraining=1)
    strategy.tell([Result(Trial(trial.arch), {}, error="failed") for trial in strategy.ask(4)])
    assert len(strategy.ask(5)) == 3
    assert strategy._rounds == 2
    assert strategy._pair is None
