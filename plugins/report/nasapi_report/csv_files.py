"""The numbers of a report as CSV for other programs: one file each for runs, strategies, comparisons and curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import astuple

from nasapi_report.analysis import Analysis
from nasapi_report.cells import final_codes
from nasapi_report.formats import to_csv
from nasapi_report.measure import held_curve
from nasapi_report.runs import simulated_seconds
from nasapi_report.stats.intervals import NOTHING


def runs_csv(analyses: Sequence[Analysis]) -> str:
    """Every run as a row of CSV: what it found, what it cost, and the seed to repeat it.

    Trials are those charged, in trials at the highest level; evaluations are at whatever level. Simulated seconds are
    empty where costs are not known, here and in the other files.
    """
    names = list(dict.fromkeys(name for analysis in analyses for name in analysis.record.report_metrics))
    headings = ["benchmark", "strategy", "seed", "trials", "measure", "final", *names, "simulated_seconds"]
    headings += ["strategy_seconds", "repeats_code", "repeats_network", "failures", "ended", "incumbent", "evaluations"]
    rows: list[Sequence[object]] = []
    for analysis in analyses:
        one = len(analysis.record.goals) == 1
        for row in analysis.runs:
            for history, at in zip(row.histories, row.places, strict=True):
                ends = [
                    float(held_curve(history, history.report_metrics[name])[-1])
                    if one and name in history.report_metrics and len(history)
                    else np.nan
                    for name in names
                ]
                rows.append(
                    [
                        analysis.record.spec,
                        row.strategy,
                        history.seed,
                        at[-1].item() if len(at) else 0,
                        analysis.measure.name,
                        row.final_values.get(history.seed, np.nan),
                        *ends,
                        simulated_seconds(history) if analysis.timed else np.nan,
                        float(history.seconds.sum()),
                        int(history.repeats["code"].sum()),
                        int(history.repeats["network"].sum()),
                        len(history.errors),
                        history.ended,
                        " ".join(map(str, final_codes(history))) if one else "",
                        len(history),
                    ]
                )
    return to_csv(headings, rows)


def strategies_csv(analyses: Sequence[Analysis]) -> str:
    """Every strategy on every benchmark as a row of CSV: estimates with the ends of their 95% intervals."""
    names = list(dict.fromkeys(name for analysis in analyses for name in analysis.record.report_metrics))
    estimates = ["mean", "share_at_optimum", *names, "share_feasible"]
    headings = ["benchmark", "strategy", "runs", "leading", "measure", "unit", "sd", "best", "interquartile_mean"]
    headings += [f"{name}{end}" for name in estimates for end in ("", "_low", "_high")]
    headings += ["repeats_code", "repeats_network", "failures", "simulated_seconds", "strategy_seconds"]
    rows: list[Sequence[object]] = []
    for analysis in analyses:
        for row in analysis.runs:
            found = [row.mean, row.share_at_optimum, *(row.report_metrics.get(name) for name in names), row.feasible]
            rows.append(
                [
                    analysis.record.spec,
                    row.strategy,
                    len(row.histories),
                    int(row.strategy in analysis.leading),
                    analysis.measure.name,
                    analysis.measure.unit,
                    row.sd,
                    row.best,
                    row.interquartile_mean,
                    *(number for estimate in found for number in astuple(estimate or NOTHING)),
                    row.repeats["code"],
                    row.repeats["network"],
                    row.failures,
                    row.simulated,
                    row.wall,
                ]
            )
    return to_csv(headings, rows)


def comparisons_csv(analyses: Sequence[Analysis]) -> str:
    """Every pair of strategies on every benchmark as a row of CSV; positive differences favour a."""
    headings = ["benchmark", "a", "b", "pairs", "difference", "difference_low", "difference_high"]
    headings += ["probability_a_better", "probability_low", "probability_high"]
    tests = ("means", "runs", "equivalence")
    headings += [f"p_{name}{end}" for name in tests for end in ("", "_holm")] + ["region"]
    rows: list[Sequence[object]] = []
    for analysis in analyses:
        for row in analysis.comparisons:
            p = [test and astuple(test) for test in (row.means, row.runs, row.equivalence)]
            rows.append(
                [
                    analysis.record.spec,
                    *(row.a, row.b, row.pairs),
                    *astuple(row.difference),
                    *astuple(row.improvement),
                    *(value for pair in p for value in pair or (np.nan, np.nan)),
                    np.nan if row.region is None else row.region,
                ]
            )
    return to_csv(headings, rows)


def curves_csv(analyses: Sequence[Analysis]) -> str:
    """What each run held to be best, as CSV: a row where it changes and one at the end, a step function between.

    Trials are those charged so far, in trials at the highest level.
    """
    rows: list[Sequence[object]] = []
    for analysis in analyses:
        for row in analysis.runs:
            for history, at, curve in zip(row.histories, row.places, row.curves, strict=True):
                found = np.isfinite(curve)
                kept = np.flatnonzero(found & np.append(True, (curve[1:] != curve[:-1]) | ~found[:-1]))
                kept = np.union1d(kept, len(curve) - 1) if found.any() else kept
                times = history.elapsed[kept] if analysis.timed else np.full(len(kept), np.nan)
                columns = (at[kept].tolist(), times.tolist(), curve[kept].tolist())
                start = (analysis.record.spec, row.strategy, history.seed)
                rows += [(*start, *numbers) for numbers in zip(*columns, strict=True)]
    return to_csv(["benchmark", "strategy", "seed", "trials", "simulated_seconds", "value"], rows)
