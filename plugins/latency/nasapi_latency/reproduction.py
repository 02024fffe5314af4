"""The published search within a latency, run again: accuracy found and share of feasible queries, limit by limit.

Lukasik, Jung & Keuper (AG-Net, ECCV 2022) search NAS-Bench-201 with 192 queries for accuracy on ImageNet16-120 within L
milliseconds on the Edge GPU of HW-NAS-Bench: accuracy alone (joint = 0) or accuracy and latency (joint = 1). Here a
run's accuracy is the highest among its feasible queries in both modes; theirs of joint = 1 is that of the smallest sum
of ranks in accuracy and latency, whether or not it keeps the limit, so that rows of joint = 1 have no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np
from attrs import frozen
from nasapi_report.stats.agreement import Agreement, Words, agreement, verdicts, worded
from nasapi_report.stats.intervals import Estimate, mean_interval

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption
from nasapi.history import History
from nasapi.plugins import Spec
from nasapi.running import Progress, Study
from nasapi_latency.published import PUBLISHED, PUBLISHED_DATASET, PUBLISHED_DEVICE

LIMITS = (2.0, 4.0, 6.0, 8.0)
STRATEGIES: Mapping[int, tuple[str, ...]] = {
    0: ("random", "evolution", "local-search", "nsga2", "penalise[strategy=evolution]"),
    1: ("random", "nsga2", "pareto-local-search", "scalarise"),
}
"""What is run by default for accuracy alone (0) and for both goals (1)."""

OPTIMUM = "optimum"
"""What stands in place of a strategy for the best of the whole table."""
_RUNS = 10
_ROUNDED = 0.05  # the published accuracies have three decimals of 1


@frozen
class Line:
    """One method within one limit: what it found, how often it was feasible, and what was published of it."""

    limit: float
    joint: int
    strategy: str
    """The spec, or `OPTIMUM`."""
    accuracy: Estimate
    """The highest validation accuracy in percent among a run's feasible queries: mean over the runs that had one."""
    feasible: Estimate
    """The share of queries that the device runs within the limit: mean over runs; of the space for the optimum."""
    found: float
    """The share of runs with at least one feasible query."""
    published: tuple[float, float] | None
    """Accuracy and feasible share, where this setting is the published one and has this method."""

    agreement: Agreement | None = None
    """How our accuracies compare with the published mean; None where there is none of the same, or too little of ours.
    """
    verdict: str = ""
    """What our accuracy is to the published one, or why it is not compared; empty where nothing was published."""


def best_dataset() -> str:
    """The published data set where its latencies are here, else CIFAR-10; raises NotAvailable where neither is."""
    from nasapi.errors import NotAvailable
    from nasapi_latency.sources import imported

    try:
        imported(PUBLISHED_DATASET)
    except NotAvailable:
        imported("cifar10")
        return "cifar10"
    return PUBLISHED_DATASET


def hardware_table(
    dataset: str,
    *,
    device: str = PUBLISHED_DEVICE,
    limits: Sequence[float] = LIMITS,
    strategies: Mapping[int, Sequence[str]] = STRATEGIES,
    seeds: int = 30,
    jobs: int = 1,
    store: Path | None = None,
    progress: Progress | None = None,
) -> list[Line]:
    """For each limit the optimum, then each strategy with `joint=0` and `joint=1`, with 95 % intervals over the runs.

    With a `store`, a folder, runs are kept and an interrupted table goes on where it stopped. Raises InvalidOption for
    fewer than two seeds, and what the benchmarks raise.
    """
    if seeds < 2:
        raise InvalidOption(f"An interval needs at least 2 runs, not {seeds!r}.")
    lines = []
    for limit in limits:
        benchmarks = {joint: hardware_benchmark(dataset, device, limit, joint) for joint in strategies}
        alone = benchmarks.get(0) or hardware_benchmark(dataset, device, limit, 0)
        lines.append(_optimum(alone, limit, _published(dataset, device, limit, OPTIMUM)))
        for joint, benchmark in benchmarks.items():
            place = None if store is None else store / f"{dataset}-{device}-{limit:g}-joint{joint}"
            study = Study([benchmark], strategies[joint], seeds, place).run(jobs=jobs, progress=progress)
            for strategy in strategies[joint]:
                method = f"{Spec.parse(strategy)} joint={joint}"
                published = _published(dataset, device, limit, method)
                lines.append(summarised(study.histories(strategy=strategy), limit, joint, published))
    return with_verdicts(lines)


def with_verdicts(lines: Sequence[Line]) -> list[Line]:
    """The lines with verdicts where something was published; that one differs is corrected over all of them."""
    compared = [line.agreement for line in lines if line.agreement is not None]
    words = iter(verdicts(compared, ["max"] * len(compared)))
    return [
        attrs.evolve(line, verdict=_verdict(line, None if line.agreement is None else next(words))) for line in lines
    ]


def _verdict(line: Line, word: Words | None) -> str:
    if line.published is None:
        return ""
    if line.joint:
        return "another quantity"
    gap = line.accuracy.value - line.published[0]
    if np.isnan(gap):
        return "nothing feasible"
    if line.strategy == OPTIMUM:  # an exact number
        return "holds" if abs(gap) <= _ROUNDED + 1e-9 else f"{'better' if gap > 0 else 'short'} by {abs(gap):.2f}"
    if word is None or line.agreement is None:
        return "too few runs to say"
    return worded(line.agreement, word)


def hardware_benchmark(dataset: str, device: str, limit: float, joint: int) -> Benchmark:
    """The benchmark of one cell of the table."""
    return nasapi.load_benchmark(f"nb201/{dataset}-{device}-v1", limit=limit, joint=joint)


def summarised(
    histories: Sequence[History], limit: float, joint: int, published: tuple[float, float] | None = None
) -> Line:
    """The line of one strategy's runs."""
    kept = [history.feasible for history in histories]
    best = [
        history.values["valid_accuracy"][rows].max()
        for history, rows in zip(histories, kept, strict=True)
        if rows.any()
    ]
    nothing = Estimate(np.nan, np.nan, np.nan)
    compared = None
    if published is not None and not joint and len(best) > 1:
        compared = agreement(np.array(best), published[0], runs=_RUNS, rounding=_ROUNDED)
    return Line(
        limit=limit,
        joint=joint,
        strategy=histories[0].strategy,
        accuracy=mean_interval(np.array(best)) if best else nothing,
        feasible=mean_interval(np.array([rows.mean() for rows in kept])),
        found=len(best) / len(histories),
        published=published,
        agreement=compared,
    )


def _optimum(benchmark: Benchmark, limit: float, published: tuple[float, float] | None) -> Line:
    """The best of the table, and the share of its cells that keep the limit."""
    best = benchmark.reference.optima.get("valid_accuracy", np.nan)
    space = benchmark.problem.space
    latency = benchmark.look_up(np.concatenate(list(space.enumerate())), ["latency"])["latency"]
    share = float((latency <= limit).mean())
    return Line(
        limit=limit,
        joint=0,
        strategy=OPTIMUM,
        accuracy=Estimate(float(best), np.nan, np.nan),
        feasible=Estimate(share, np.nan, np.nan),
        found=float(share > 0),
        published=published,
    )


def _published(dataset: str, device: str, limit: float, method: str) -> tuple[float, float] | None:
    if (dataset, device) != (PUBLISHED_DATASET, PUBLISHED_DEVICE):
        return None
    return PUBLISHED.get((limit, method))
