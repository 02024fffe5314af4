"""Runs made by hand, value by value, on the small benchmarks of the tests of reports."""

from __future__ import annotations

from typing import Any

import numpy as np
import report_sources as sources

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.testing.toy import Toy

EVERY = np.concatenate(list(Toy().enumerate()))
BEST = [2, 2, 2]


def made(benchmark: Benchmark, name: str, seed: int, accuracy: list[float], params: Any, **more: Any) -> History:
    """A run with these values; codes are the first of the space where none are given."""
    n = len(accuracy)
    columns = {"valid_accuracy": np.array(accuracy, float), "params": np.array(params, float)}
    observed = {metric: columns[metric] for metric in benchmark.problem.observed}
    given: dict[str, Any] = {
        "codes": EVERY[:n],
        "batch": 1,
        "errors": {int(row): "broke" for row in np.flatnonzero(np.isnan(columns["valid_accuracy"]))},
    }
    return History(
        benchmark=benchmark.spec,
        strategy=name,
        seed=seed,
        goals=benchmark.problem.goals,
        constraints=benchmark.problem.constraints,
        fidelity=np.full(n, -1),
        values=observed,
        cost=np.full(n, 60.0),
        repeats={"code": np.zeros(n, bool), "network": np.arange(n) == n - 1},
        report_metrics={},
        seconds=np.full(n, 0.5),
        optima=dict(benchmark.reference.optima),
        **{**given, **more},
    )


def source(benchmark: Benchmark, *runs: History) -> sources.Source:
    names = tuple(dict.fromkeys(run.strategy for run in runs))
    return sources.Source((benchmark,), names, tuple(sorted({run.seed for run in runs})), runs)
