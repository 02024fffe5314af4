"""What all strategies of the latent space do on spaces small and large, and what they refuse."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch
from nasapi_latent.arch2vec_rl import Arch2vecRL
from nasapi_latent.ganas import GANAS
from nasapi_latent.local_search import LatentLocalSearch
from nasapi_latent.nao import NAO

import nasapi
from nasapi.budget import Budget
from nasapi.errors import InvalidOption, UnknownId
from nasapi.testing import problems
from nasapi.testing.toy import toy_v1

SMALL = {
    "arch2vec-rl": {"initial": 4, "round": 3, "encoder": "genes", "hidden": 8},
    "latent-gp": {"initial": 4, "round": 3, "encoder": "genes"},
    "nao-small": {"initial": 4, "round": 3, "hidden": 8, "width": 8, "steps": 3, "pretraining": 3},
    "ganas": {"initial": 4, "round": 3, "hidden": 8, "width": 8, "steps": 3, "pretraining": 3},
    "latent-local-search": {"initial": 4, "round": 3, "encoder": "svge[steps=5]"},
}
GOLDEN = {
    "arch2vec-rl": "022 101 012 211 112 111 201 212 102 122 121 221",
    "latent-gp": "022 101 012 211 221 212 222 202 122 112 121 102",
    "nao-small": "022 101 012 211 212 201 202 102 222 111 121 112",
    "ganas": "022 101 012 211 212 221 102 201 222 202 112 122",
}
PRESETS = {
    "arch2vec-bo[initial=4,round=3,encoder=genes]": "022 101 012 211 221 222 121 122 202 212 112 111",
    "nao[initial=4,round=4,steps=20]": "022 101 012 211 222 201 112 111 212 122 102 202",
    "latent-local-search[initial=4,round=3,encoder=svge[steps=5]]": "022 101 012 211 111 121 221 112 102 122 202 212",
}
SHIPPED = {
    "arch2vec-rl": "034043 211024 300402 113130 220023 312204 402403 212224 402104 413102 434402 204103",
    "latent-gp": "034043 211024 300402 113130 113003 111003 313003 331003 333331 333334 333333 333321",
    "arch2vec-bo": "034043 211024 300402 113130 113313 333331 331311 313113 112221 222121 112211 122221",
    "latent-local-search": "034043 211024 300402 113130 000103 020103 010003 010303 420101 230123 020001 040003",
}
WIDE = {**SMALL, "latent-local-search": {"encoder": "svge[steps=200,batch=64,hidden=32]"}, "nao-small": {}, "ganas": {}}


class Wide(nasapi.SearchSpace):
    """Chains of eight layers of four kinds: 65,536 codes, too many for a pool to list."""

    id = "wide"
    cardinalities = (4,) * 8
    operations = ("input", "a", "b", "c", "d", "output")
    size = 4**8

    def graphs(self, codes):
        n = len(codes)
        ops = np.column_stack([np.zeros(n, np.int64), codes + 1, np.full(n, 5)]).astype(np.int64)
        return nasapi.Graphs(ops, np.broadcast_to(np.eye(10, k=1, dtype=np.bool_), (n, 10, 10)), self.operations)

    def format(self, code):
        return "".join(map(str, code))

    def parse(self, text):
        return np.array(list(map(int, text)))


def made(name, **options):
    return nasapi.load_strategy(name, **options)(toy_v1().problem, np.random.default_rng(0))


def toy(budget):
    return attrs.evolve(toy_v1(), problem=attrs.evolve(toy_v1().problem, budget=Budget(budget)))


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_the_golden_trajectory(name):
    history = nasapi.run(toy(12), nasapi.load_strategy(name, **SMALL[name]), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == GOLDEN[name]


@pytest.mark.parametrize(("spec", "codes"), PRESETS.items())
def test_the_golden_trajectory_of_other_entries(spec, codes):
    history = nasapi.run(toy(12), nasapi.load_strategy(spec), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == codes


@pytest.mark.parametrize(("name", "codes"), SHIPPED.items())
def test_the_golden_trajectory_with_the_weights_that_come_along(name, codes):
    pytest.importorskip("nasapi_nb201", reason="the weights are for nasapi-nb201")
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1", budget=12)
    history = nasapi.run(benchmark, nasapi.load_strategy(name, initial=4, round=4), seed=1)
    assert " ".join("".join(map(str, code)) for code in history.codes.tolist()) == codes


@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_network_is_asked_for_once_and_a_small_space_ends_the_run(name):
    history = nasapi.run(toy(100), nasapi.load_strategy(name, **SMALL[name]), seed=0, batch=5)
    assert len(history) == 14  # networks of the toy space
    assert not history.repeats["network"].any()
    assert history.ended == "strategy"


@pytest.mark.parametrize("name", sorted(SMALL))
def test_the_trace_does_not_depend_on_threads_or_the_torch_seed(name):
    strategy = nasapi.load_strategy(name, **SMALL[name])
    first = nasapi.run(toy(10), strategy, seed=3).codes
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    try:
        torch.set_num_threads(2)
        torch.rand(5)
        assert (nasapi.run(toy(10), strategy, seed=3).codes == first).all()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_failures_alone_leave_uniform_draws(name):
    strategy = made(name, **SMALL[name])
    for n in (4, 3, 3):
        trials = strategy.ask(n)
        assert len(trials) == n
        strategy.tell([nasapi.Result(trial, {}, 0.0, "no") for trial in trials])


@pytest.mark.parametrize("name", sorted(SMALL))
def test_results_that_come_late_or_never_do_not_stop_the_search(name):
    strategy = made(name, **SMALL[name])
    benchmark = toy_v1()
    first = benchmark.evaluate(strategy.ask(4))
    strategy.tell(first[:1])
    waiting = benchmark.evaluate(strategy.ask(3))
    assert len(strategy.ask(3)) == 3
    strategy.tell([*waiting, *first[1:]])
    assert len(strategy.ask(3)) == 3


@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_constraint_is_kept_by_what_is_found(name):
    benchmark = problems.constrained()
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(14)))
    history = nasapi.run(benchmark, nasapi.load_strategy(name, **SMALL[name]), seed=0)
    assert history.violation[history.incumbent()] == 0


@pytest.mark.parametrize("name", ["latent-gp", "ganas", "latent-local-search", "nao-small"])
def test_a_space_too_large_to_list_is_searched_without_code_for_it(name):
    problem = attrs.evolve(toy_v1().problem, space=Wide(), fidelity=None, budget=Budget(96))
    strategy = nasapi.load_strategy(name, **WIDE[name])(problem, np.random.default_rng(0))
    found = []
    while len(found) < 96:
        trials = strategy.ask(16)
        found += [float(sum(gene == 3 for gene in trial.arch.code)) for trial in trials]
        strategy.tell(
            [nasapi.Result(t, {"valid_accuracy": v}) for t, v in zip(trials, found[-len(trials) :], strict=True)]
        )
    assert np.mean(found[-32:]) > 2.6  # 32 uniform draws have 2.0, with a standard error of 0.2


@pytest.mark.parametrize(
    ("strategy", "options", "words"),
    [
        (Arch2vecRL, {"round": 0}, "`round` is a whole number from 1, not 0"),
        (Arch2vecRL, {"rate": 0}, "`rate` is a number above 0, not 0"),
        (Arch2vecRL, {"gamma": 1.5}, "`gamma` is a share from 0 to 1, not 1.5"),
        (Arch2vecRL, {"targets": "raw"}, "`targets` is 'ranks' or 'values', not 'raw'"),
        (Arch2vecRL, {"encoder": "adjacency-categorical", "pool": "sea"}, "There is no pool 'sea'"),
        (NAO, {"count": "days"}, "`count` is 'steps' or 'epochs', not 'days'"),
        (NAO, {"unlabelled": -1}, "`unlabelled` is a whole number from 0, not -1"),
        (NAO, {"anew": "maybe"}, "`anew` is true or false, not 'maybe'"),
        (GANAS, {"entropy": -0.5}, "`entropy` is a number from 0, not -0.5"),
        (GANAS, {"entropy": False}, "`entropy` is a number from 0, not False"),
        (Arch2vecRL, {"encoder": 5}, "`encoder` is a name, with options in brackets, not 5"),
        (Arch2vecRL, {"pool": None}, "`pool` is a name, with options in brackets, not None"),
        (LatentLocalSearch, {"encoder": None}, "`encoder` is a name, with options in brackets, not None"),
        (LatentLocalSearch, {"encoder": "genes"}, "Encoder 'genes' cannot decode; latent-local-search needs a Decoder"),
        (LatentLocalSearch, {"reach": True}, "`reach` is a number above 0, not True"),
    ],
)
def test_options_that_make_no_sense_are_refused(strategy, options, words):
    with pytest.raises(InvalidOption) as error:
        strategy(toy_v1().problem, np.random.default_rng(0), **options)
    assert words in str(error.value)


def test_an_unknown_encoder_is_refused_before_the_search():
    with pytest.raises(UnknownId, match="vgea"):
        made("arch2vec-rl", encoder="vgea")
