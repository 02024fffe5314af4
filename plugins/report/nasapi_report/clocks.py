"""Numbers of workers side by side: what the same search finds, and how soon, when several trials run at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve

from nasapi.storage import BenchmarkSummary
from nasapi_report.analysis import Analysis
from nasapi_report.formats import Table
from nasapi_report.measure import Measure
from nasapi_report.runs import Runs
from nasapi_report.words import ABSENT, decimals, format_durations, interval, share


def by_workers(analysis: Analysis, analyses: Sequence[Analysis], slug: str) -> Table | None:
    """One row a strategy and number of workers, for the last of benchmarks that differ in workers alone.

    None for every other benchmark.
    """
    alike = sorted((one for one in analyses if _same(one.record, analysis.record)), key=lambda one: one.record.workers)
    if len(alike) < 2 or alike[-1] is not analysis:
        return None
    rows = [(run, one) for one in alike for run in one.runs if run.final_values]
    if not rows:
        return None
    sign, digits = analysis.measure.sign, decimals(run.mean for run, _ in rows)
    target = sign * max(sign * run.mean.value for run, _ in rows)
    fewest: dict[str, float] = {}
    lines, keys = [], []
    rows.sort(key=lambda row: (row[0].strategy, row[1].record.workers))
    soonest = [_median_time(run, analysis.measure, target) for run, _ in rows]
    took = format_durations([run.simulated for run, _ in rows])
    for (run, one), soon, simulated, reached in zip(rows, soonest, took, format_durations(soonest), strict=True):
        first = fewest.setdefault(run.strategy, run.simulated)
        speed = first / run.simulated if run.simulated else np.nan
        workers = one.record.workers
        busy = float(np.mean([h.cost.sum() / max(workers * h.elapsed[-1], 1e-300) for h in run.histories if len(h)]))
        lines.append(
            (
                run.strategy,
                f"{workers:,}",
                interval(run.mean, digits),
                simulated,
                f"{speed:.3g}",
                share(busy),
                reached,
            )
        )
        keys.append((run.strategy, workers, run.mean.value, run.simulated, speed, busy, soon))
    unit = f" ({analysis.measure.unit})" if analysis.measure.unit else ""
    headings = (
        "strategy",
        "workers",
        f"mean {analysis.measure.title}{unit} [95%]",
        "simulated time",
        "times as fast",
        "workers busy",
        f"time to {target:.{digits}f}",
    )
    caption = (
        f"{analysis.record.id} after {analysis.record.budget}, by how many workers evaluate at a time: means over "
        "runs, the simulated time until a run's last result, how many times as fast that is as with the fewest "
        "workers, the share of the time in which workers are busy, and the median time until the incumbent has the "
        f"worst of these means, {ABSENT} where fewer than half of the runs reach it. Results are told as they are "
        "complete, so a strategy knows less when it is asked for more at a time."
    )
    return Table(f"{slug}-workers", caption, headings, tuple(lines), tuple(keys))


def _same(one: BenchmarkSummary, other: BenchmarkSummary) -> bool:
    """Whether two benchmarks are one with other numbers of workers."""
    return evolve(one, spec=other.spec, workers=other.workers) == other


def _median_time(run: Runs, measure: Measure, target: float) -> float:
    """The median over runs of the simulated seconds until the incumbent is as good as `target`."""
    ends = zip(run.histories, run.curves, strict=True)
    return float(np.median([measure.reached(history.elapsed, curve, target) for history, curve in ends]))
