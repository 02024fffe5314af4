"""Decoded GP as a whole: options, determinism, exhaustion, constraints, and what it finds."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch
from nasapi_encoders.checkpoint import shipped
from nasapi_latent.decoded_gp import DecodedGP, Note
from nasapi_latent.retrained import RetrainedGenerator

import nasapi
from nasapi.budget import Budget
from nasapi.errors import CorruptData, InvalidOption
from nasapi.testing import problems
from nasapi.testing.toy import Toy, toy_v1

SMALL = {"initial": 4, "round": 3, "pretraining": 20, "candidates": 200}
TREES = "surrogate='xgb[members=1,share=1.0,trees=500]',encoder=genes,acquisition=mean"
ORDER = "surrogate='xgb[members=1,objective=order,share=1.0,trees=200]',encoder=genes,acquisition=mean"
GOLDEN = {
    "decoded-gp": "020 122 202 121 112 222 212 221 102 201 211 111".split(),
    f"decoded-gp[{TREES}]": "020 122 202 121 112 102 212 222 201 211 111 101".split(),
    f"decoded-gp[{ORDER}]": "020 122 202 121 112 102 212 222 221 211 201 111".split(),
}
"""The codes asked for on the toy benchmark under seed 7."""


def made(**options: object) -> DecodedGP:
    return DecodedGP(toy_v1().problem, np.random.default_rng(0), **options)


def toy(budget: int) -> nasapi.Benchmark:
    return nasapi.load_benchmark("toy/formula-v1", budget=budget)


MODELS = ["forest[trees=5]", "dngo[epochs=5]", "ensemble[epochs=5]", "grid-gp", "off", "mlp[width=8]"]


@pytest.mark.parametrize("spec", MODELS)
def test_any_model_can_be_the_surrogate(spec):
    history = nasapi.run(toy(12), nasapi.load_strategy("decoded-gp", **SMALL, surrogate=spec), seed=0)
    assert len(history) == 12
    assert not history.repeats["network"].any()


@pytest.mark.parametrize("spec", ["forest[trees=5]", "off", "gp"])
def test_any_model_can_be_the_surrogate_under_a_constraint_and_with_two_goals(spec):
    for benchmark in (problems.constrained(), problems.two_goals()):
        benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(12)))
        history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp", **SMALL, surrogate=spec), seed=0)
        assert len(history) == 12


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"surrogate": "gpp"},
            "`surrogate` is the name of a model, with options in brackets, not 'gpp'. Did you mean 'gp'",
        ),
        ({"acquisition": "ucb"}, "`acquisition` is 'thompson', 'ei' or 'mean', not 'ucb'"),
        ({"round": 0}, "`round` is a whole number from 1, not 0"),
        ({"pretraining": 0}, "`pretraining` is a whole number from 1, or none, not 0"),
        ({"initial": None}, "`initial` is a whole number from 1, not None"),
        ({"candidates": 0}, "`candidates` is a whole number from 1, not 0"),
        ({"near": 1.5}, "`near` is a share from 0 to 1, not 1.5"),
        ({"near": 0.7, "mutants": 0.6}, "`near` and `mutants` add up to at most 1, not 1.29"),
        ({"k": 0}, "`k` is a number above 0, not 0"),
        ({"beta": -0.1}, "`beta` is a number from 0, not -0.1"),
        ({"distinct": "graph"}, "`distinct` is 'code' or 'network', or none, not 'graph'."),
        ({"targets": "raw"}, "`targets` is 'ranks' or 'values', not 'raw'."),
        ({"latent": "cauchy"}, "`latent` is 'normal' or 'uniform', not 'cauchy'"),
        ({"surrogate": "forest[leaves=3]"}, "Model 'forest[leaves=3]' cannot be made"),
        ({"surrogate": "gnn"}, "The model 'gnn' reads graphs, not features of shape (39,)"),
        ({"surrogate": 5}, "`surrogate` is the name of a model, with options in brackets, not 5"),
        ({"weighting": "maybe"}, "`weighting` is true or false, not 'maybe'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, words):
    with pytest.raises(InvalidOption) as error:
        made(**options)
    assert words in str(error.value)


def test_a_file_without_weights_is_refused_before_the_search(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(CorruptData, match="is not a checkpoint"):
        made(checkpoint=str(path))


def test_a_checkpoint_of_another_space_is_refused_before_the_search():
    with pytest.raises(CorruptData, match="is for space 'nb201'"):
        made(checkpoint=str(shipped("svge", nasapi.load_space("nb201"))))


@pytest.mark.parametrize("spec", GOLDEN)
def test_the_golden_trajectory(spec):
    history = nasapi.run(toy(12), nasapi.load_strategy(spec, **SMALL), seed=7)
    assert ["".join(map(str, code)) for code in history.codes.tolist()] == GOLDEN[spec]


def test_without_a_surrogate_a_round_is_drawn_from_all_candidates(monkeypatch):
    space = nasapi.load_space("nb201")
    drawn = np.unique(space.canonical(space.sample(400, np.random.default_rng(0))), axis=0)
    monkeypatch.setattr(RetrainedGenerator, "candidates", lambda *_: drawn)
    row = {tuple(code): number for number, code in enumerate(drawn.tolist())}
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1", budget=64)
    history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp", surrogate="off", most_steps=1), seed=0)
    rows = [row[code] for code in map(tuple, history.codes[16:].tolist())]
    assert min(rows) < len(drawn) / 4 < 3 * len(drawn) / 4 < max(rows)


def test_a_search_leaves_the_weights_that_runs_share_as_they_were():
    strategy = nasapi.load_strategy("decoded-gp", **SMALL)
    first, again = (nasapi.run(toy(12), strategy, seed=3).codes for _ in range(2))
    assert np.array_equal(first, again)


def test_the_trace_does_not_depend_on_the_callers_threads_or_torch_seed():
    strategy = nasapi.load_strategy("decoded-gp", **SMALL)
    first = nasapi.run(toy(12), strategy, seed=3).codes
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    try:
        torch.set_num_threads(2)
        torch.rand(5)
        assert (nasapi.run(toy(12), strategy, seed=3).codes == first).all()
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)


def test_a_network_is_asked_for_once_and_a_small_space_ends_the_run():
    history = nasapi.run(toy(100), nasapi.load_strategy("decoded-gp", **SMALL), seed=0, batch=5)
    assert len(history) == 14  # networks of the toy space
    assert not history.repeats["network"].any()
    assert history.ended == "strategy"
    assert history.curve()[-1] == pytest.approx(history.optima["valid_accuracy"])


def test_by_default_a_code_is_asked_for_once_where_codes_have_values_of_their_own():
    budget = Budget(100)
    for benchmark in (problems.constrained(), problems.two_goals()):
        benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=budget))
        history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp", **SMALL), seed=0, batch=5)
        assert not history.repeats["code"].any()
        assert history.repeats["network"].any()


def test_every_code_of_a_small_space_is_asked_for_once_if_wanted():
    history = nasapi.run(toy(100), nasapi.load_strategy("decoded-gp", **SMALL, distinct="code"), seed=0, batch=5)
    assert len(history) == toy_v1().problem.space.size
    assert not history.repeats["code"].any()
    assert history.ended == "strategy"


def test_a_network_is_asked_for_once_under_a_constraint_if_wanted():
    benchmark = problems.constrained()
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(100)))
    history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp", **SMALL, distinct="network"), seed=0)
    assert not history.repeats["network"].any()


def test_of_the_five_networks_that_some_codes_run_within_two_milliseconds_the_best_is_found(hardware):
    """HW-NAS-Bench (Li et al., ICLR 2021), Edge GPU: 816 codes are feasible, a network's other codes mostly not."""
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", limit=2, budget=112)
    history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp"), seed=0, batch=16)
    assert history.curve()[-1] > 88
    assert (history.violation == 0).sum() > 20


def test_trials_say_how_many_architectures_their_weights_amount_to():
    strategy = made(**SMALL)
    benchmark = toy_v1()
    strategy.tell(benchmark.evaluate(strategy.ask(4)))
    note = strategy.ask(3)[0].note
    assert isinstance(note, Note)
    assert note.round == 1
    assert 1 < note.effective_sample_size < 4
    assert note.candidates > 0


def test_without_weighting_every_architecture_counts_alike():
    strategy = made(**SMALL, weighting=False)
    strategy.tell(toy_v1().evaluate(strategy.ask(4)))
    assert strategy.ask(1)[0].note.effective_sample_size == pytest.approx(4)


def test_a_run_of_failures_is_a_random_search():
    strategy = made(**SMALL)
    failed = [nasapi.Result(trial, {}, 0.0, "no") for trial in strategy.ask(4)]
    strategy.tell(failed)
    assert len(strategy.ask(3)) == 3


def test_rounds_of_one_are_retrained_after_every_result():
    strategy = made(initial=2, round=1, pretraining=5)
    rounds = []
    for _ in range(5):
        trials = strategy.ask(1)
        rounds.append(trials[0].note.round)
        strategy.tell(toy_v1().evaluate(trials))
    assert rounds == [0, 0, 1, 2, 3]


def test_a_constraint_is_kept_by_what_is_found():
    benchmark = problems.constrained()
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(12)))
    history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp", **SMALL), seed=0)
    assert history.violation[history.incumbent()] == 0


def test_pretraining_by_default_is_shorter_where_a_code_has_many_genes():
    class Long(Toy):
        id = "long"
        cardinalities = (3,) * 160

    problem = attrs.evolve(toy_v1().problem, space=Long())
    assert made()._pretrained.steps == 400
    assert DecodedGP(problem, np.random.default_rng(0))._pretrained.steps == 100
    assert DecodedGP(problem, np.random.default_rng(0), pretraining=300)._pretrained.steps == 300


def test_two_goals_give_a_front():
    benchmark = problems.two_goals()
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(12)))
    history = nasapi.run(benchmark, nasapi.load_strategy("decoded-gp", **SMALL), seed=0)
    assert len(history.front()) >= 2


def test_any_new_space_is_searched_without_code_for_it():
    class Wide(nasapi.SearchSpace):
        id = "wide"
        cardinalities = (4,) * 8
        operations = ("input", "a", "b", "c", "d", "output")

        def graphs(self, codes):
            n, length = len(codes), 10
            ops = np.column_stack([np.zeros(n, np.int64), codes + 1, np.full(n, 5)])
            chain = np.broadcast_to(np.eye(length, k=1, dtype=np.bool_), (n, length, length))
            return nasapi.Graphs(ops.astype(np.int64), chain, self.operations)

        def format(self, code):
            return "".join(map(str, code))

        def parse(self, text):
            return np.array(list(map(int, text)))

    problem = attrs.evolve(toy_v1().problem, space=Wide(), fidelity=None, budget=Budget(60))
    strategy = DecodedGP(problem, np.random.default_rng(0), pretraining=100)
    best = []
    for _ in range(4):
        trials = strategy.ask(16)
        values = [float(sum(gene == 3 for gene in trial.arch.code)) for trial in trials]
        best.append(max(values))
        strategy.tell([nasapi.Result(t, {"valid_accuracy": v}) for t, v in zip(trials, values, strict=True)])
    assert best[-1] > best[0]
