"""What `run` itself costs a trial, without its strategy, and what a whole run of each baseline takes."""

import time

import numpy as np
import pytest
from attrs import define, field

import nasapi

TRIALS = 2000
pytestmark = pytest.mark.benchmark(timer=time.process_time)  # CPU time: other work on the machine counts less


@define(eq=False)
class Recited(nasapi.Strategy):
    """Trials that were made beforehand: a strategy that costs next to nothing."""

    trials: list[nasapi.Trial] = field(factory=list, kw_only=True)
    at: int = field(init=False, default=0)

    def ask(self, n):
        start, self.at = self.at, self.at + n
        return self.trials[start : self.at]

    def tell(self, results):
        pass


@pytest.fixture(scope="module")
def nb201():
    return nasapi.load_benchmark("nb201/cifar10-v1", budget=TRIALS)


@pytest.mark.parametrize("batch", [1, 100])
def test_overhead_of_run(benchmark, nb201, batch):
    """The time of one round, divided by `extra_info.trials`, is the overhead of a trial."""
    codes = nb201.problem.space.sample(TRIALS, np.random.default_rng(0))
    trials = nb201.problem.trials(codes)
    benchmark.extra_info["trials"] = TRIALS
    history = benchmark(
        lambda: nasapi.run(nb201, lambda problem, rng: Recited(problem, rng, trials=trials), seed=0, batch=batch)
    )
    assert len(history) == TRIALS


@pytest.mark.parametrize("spec", ["random", "local-search", "evolution", "marginals"])
def test_whole_run_of_192_trials(benchmark, spec):
    searched, strategy = nasapi.load_benchmark("nb201/cifar10-v1", budget=192), nasapi.load_strategy(spec)
    seeds = iter(range(10**9))
    history = benchmark(lambda: nasapi.run(searched, strategy, seed=next(seeds)))
    assert len(history) == 192


@pytest.mark.parametrize("encoder", ["adjacency", "adjacency-categorical", "genes", "path", "truncated-path"])
def test_encoding_of_all_codes(benchmark, encoder):
    space = nasapi.load_space("nb201")
    codes = np.concatenate(list(space.enumerate()))
    features = benchmark(nasapi.load_encoder(encoder, space).encode, codes)
    assert len(features) == 15625
