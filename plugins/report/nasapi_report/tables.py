"""The tables of a report as rows of text, and as CSV and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import astuple

from nasapi.storage import BenchmarkSummary
from nasapi_report.analysis import Analysis
from nasapi_report.formats import Table
from nasapi_report.measure import title
from nasapi_report.runs import Runs
from nasapi_report.stats.intervals import FEW, Estimate
from nasapi_report.stats.paired import Comparison
from nasapi_report.stats.runtimes import expected_runtime
from nasapi_report.words import ABSENT, decimals, format_durations, interval, listing, number, probability_cell, share

_MANY_PAIRS = 45  # those of ten strategies
_Cell = tuple[str, float | str]
"""A cell's text and what it is sorted by."""


def leaderboard(analysis: Analysis, slug: str) -> Table:
    """One row a strategy, best first; the strategies whose means are not told from the best carry a mark."""
    measure, record = analysis.measure, analysis.record
    digits = decimals(row.mean for row in analysis.runs)
    unit = f" ({measure.unit})" if measure.unit else ""
    headings = ["", "strategy", "runs", f"mean {measure.title}{unit} [95%]", "middle half", "sd", "best"]
    tests = [name for name in record.report_metrics if _on_test(record, name) and _any_has(analysis, name)]
    headings += [] if measure.optimum is None else ["at optimum"]
    headings += [_heading(analysis, name) for name in tests]
    lines = []
    for row in analysis.runs:
        cells: list[_Cell] = [
            ("•" if row.strategy in analysis.leading else "", float(row.strategy not in analysis.leading)),
            (row.strategy, row.strategy),
            (str(len(row.histories)), len(row.histories)),
            (interval(row.mean, digits), row.mean.value),
            (number(row.interquartile_mean, digits), row.interquartile_mean),
            (number(row.sd, digits), row.sd),
            (number(row.best, digits), row.best),
        ]
        cells += [] if measure.optimum is None else [_share(row.share_at_optimum)]
        lines.append([*cells, *(_reported(analysis, row, name) for name in tests)])
    caption = (
        f"{record.spec} after {record.budget}: means over runs with 95% intervals ({_intervals(analysis)}), and means "
        f"of the middle half of the runs. {_further(analysis, [measure.name, *tests])}"
        "• marks the strategies whose means are not told from the best: told apart are means whose sign-flip test of "
        "pairs, corrected by Holm over the whole page, is below 5% and whose difference has an interval without 0."
    )
    return _table(f"{slug}-leaderboard", caption, headings, lines)


def _intervals(analysis: Analysis) -> str:
    """Whose intervals means have."""
    numbers = [len(row.final_values) for row in analysis.runs]
    many = f"Hall's, by skewness; Clopper and Pearson's where nearly all runs end alike; of fewer than {FEW} Student's"
    return "Student's" if max(numbers) < FEW else many


def _further(analysis: Analysis, names: Sequence[str]) -> str:
    """Which intervals of metrics allow for ends of runs that were not seen, and how; empty for none."""
    moved: dict[tuple[str, ...], list[str]] = {}
    for row in analysis.runs:
        moved.setdefault(tuple(name for name in names if name in row.moved_out), []).append(row.strategy)
    which = [f"{listing(rows)} ({', '.join(map(title, some))})" for some, rows in moved.items() if some]
    if not which:
        return ""
    of_measure = analysis.measure.optimum is not None and any(analysis.measure.name in some for some in moved)
    return (
        f"At least half of the runs of {'; '.join(which)} end alike, which hides how rare other ends are: these "
        "intervals are moved out, by the share of ends that so many runs may have missed, towards the lowest and the "
        f"highest that a run ended on or held before its last change{', and the optimum' if of_measure else ''} "
        "(docs/statistics.md of nasapi, Intervals). "
    )


def costs(analysis: Analysis, slug: str) -> Table:
    """One row a strategy: what the networks it found are like, what it repeated, and what it took."""
    record = analysis.record
    names = [name for name in record.report_metrics if not _on_test(record, name) and _any_has(analysis, name)]
    constrained = any(row.feasible for row in analysis.runs)
    headings = ["strategy", *(_heading(analysis, name) for name in names)]
    headings += ["repeated codes", "repeated networks", "failed", *(["feasible trials"] if constrained else [])]
    headings += ["simulated time", "strategy time"]
    lines = []
    took = zip(
        format_durations([row.simulated for row in analysis.runs]),
        format_durations([row.wall for row in analysis.runs]),
        strict=True,
    )
    for row, (simulated, wall) in zip(analysis.runs, took, strict=True):
        cells: list[_Cell] = [(row.strategy, row.strategy), *(_reported(analysis, row, name) for name in names)]
        cells += [(share(row.repeats[kind]), row.repeats[kind]) for kind in ("code", "network")]
        cells.append((f"{row.failures:,}", row.failures))
        cells += [_share(row.feasible)] if constrained else []
        lines.append([*cells, (simulated, row.simulated), (wall, row.wall)])
    of_what = "Metrics are of each run's final incumbent, with 95% intervals. " if names else ""
    of_what += _further(analysis, names)
    of_what += "Shares of feasible trials are means over runs; failed trials are not. " if constrained else ""
    caption = (
        f"{record.spec}: what was found and what it took. {of_what}Repeats are mean shares of a run's trials; times "
        "are means for one run, simulated for evaluations and measured for the strategy itself."
    )
    return _table(f"{slug}-costs", caption, headings, lines)


def comparisons(analysis: Analysis, slug: str) -> Table:
    """One row a pair of strategies, the better mean first; of very many pairs only those with the best."""
    every = analysis.comparisons
    shown = every if len(every) <= _MANY_PAIRS else [row for row in every if row.a == analysis.runs[0].strategy]
    digits = decimals(row.difference for row in shown)
    unit = "points" if analysis.measure.unit == "%" else analysis.measure.unit
    region = shown[0].region
    headings = ["A", "B", "pairs", f"A ahead of B by{f' ({unit})' if unit else ''} [95%]", "p (means)"]
    headings += ["P(A better) [95%]", "p (runs)", *([] if region is None else ["p (practically equal)"]), "shown"]
    lines = []
    for row in shown:
        cells: list[_Cell] = [
            (row.a, row.a),
            (row.b, row.b),
            (str(row.pairs), row.pairs),
            (interval(row.difference, digits), row.difference.value),
            (probability_cell(row.means.adjusted), row.means.adjusted),
            (interval(row.improvement, 2), row.improvement.value),
            (probability_cell(row.runs.adjusted), row.runs.adjusted),
            *(
                []
                if row.equivalence is None
                else [(probability_cell(row.equivalence.adjusted), row.equivalence.adjusted)]
            ),
            (_shown(row), _shown(row)),
        ]
        lines.append(cells)
    equal, pairs = "", f"{len(every)} pair{'s' if len(every) > 1 else ''}"
    if region is not None:
        within = f"Means are practically equal within {region:.2g} {unit}, what training a network again changes"
        equal = f"{within}: the larger p of two one-sided sign-flip tests. "
    caption = (
        f"{analysis.record.spec}: strategies compared in pairs, runs paired by seed. Means by a sign-flip test, runs "
        "by rank tests (Brunner and Munzel's, Mann and Whitney's: the larger p), ties counting one half; all are "
        f"two-sided. {equal}p-values are corrected by Holm over the {analysis.tests} tests of this page; intervals are "
        "for one comparison each. "
        "Means differ where the test says so and the interval, which allows for what runs missed (docs/statistics.md "
        f"of nasapi, Intervals), excludes 0. {pairs}"
        f"{'' if len(shown) == len(every) else ', of which those with the best are shown'}."
    )
    return _table(f"{slug}-comparisons", caption, headings, lines)


def _shown(row: Comparison) -> str:
    """What the tests of a pair show, in a few words."""
    found = [word for word, test in (("means differ", row.ahead), ("runs differ", row.runs.significant)) if test]
    return ", ".join([*found, *(["practically equal"] if row.practically_equal else [])]) or ABSENT


def targets(analysis: Analysis, slug: str, wanted: dict[str, float]) -> Table:
    """How many runs reached each target, and the expected trials to it, in trials at the highest level."""
    rows, keys = [], []
    for name, target in wanted.items():
        for row in analysis.runs:
            times = reached(analysis, row, target)
            solved = float(np.isfinite(times).mean())
            expected = expected_runtime(times, np.array([at[-1] if len(at) else 0 for at in row.places], np.float64))
            median = float(np.quantile(times, 0.5, method="inverted_cdf"))
            cells = (number(expected, 0), number(median, 0))
            rows.append((f"{name} ({target:.5g})", row.strategy, share(solved), *cells))
            keys.append((target, row.strategy, solved, expected, median))
    caption = (
        f"{analysis.record.spec}: runs that reached a target, the expected trials to it (all trials spent over "
        f"successes), and the trial by which half of the runs were there; {ABSENT} where fewer were."
    )
    headings = ("target", "strategy", "runs there", "expected trials", "median trials")
    return Table(f"{slug}-targets", caption, headings, tuple(rows), tuple(keys))


def reached(analysis: Analysis, row: Runs, target: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(runs,): the trial at which each run reached a target; infinite where it did not."""
    ends = zip(row.places, row.curves, strict=True)
    return np.array([analysis.measure.reached(at, curve, target) for at, curve in ends])


def _table(name: str, caption: str, headings: Sequence[str], lines: Sequence[Sequence[_Cell]]) -> Table:
    texts = tuple(tuple(text for text, _ in line) for line in lines)
    return Table(name, caption, tuple(headings), texts, tuple(tuple(key for _, key in line) for line in lines))


def _on_test(record: BenchmarkSummary, name: str) -> bool:
    return name in record.metrics and record.metrics[name].split == "test"


def _any_has(analysis: Analysis, name: str) -> bool:
    return any(name in row.report_metrics for row in analysis.runs)


def _scale(analysis: Analysis, name: str) -> tuple[float, str]:
    """What counts are divided by, so that parameters and FLOPs can be read, and the prefix that says so."""
    metric = analysis.record.metrics.get(name)
    if metric is None or metric.shown_unit not in ("", "count"):
        return 1.0, ""
    largest = max(abs(row.report_metrics[name].value) for row in analysis.runs if name in row.report_metrics)
    return next(((size, prefix) for size, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if largest >= size), (1.0, ""))


def _heading(analysis: Analysis, name: str) -> str:
    metric = analysis.record.metrics.get(name)
    unit = _scale(analysis, name)[1] or (metric.shown_unit if metric and metric.unit != "count" else "")
    return f"{title(name)}{f' ({unit})' if unit else ''} [95%]"


def _reported(analysis: Analysis, row: Runs, name: str) -> _Cell:
    scale, _ = _scale(analysis, name)
    scaled = {
        other.strategy: Estimate(*(value / scale for value in astuple(other.report_metrics[name])))
        for other in analysis.runs
        if name in other.report_metrics
    }
    estimate = scaled.get(row.strategy)
    return interval(estimate, decimals(scaled.values())), estimate.value if estimate else np.nan


def _share(row: Estimate | None) -> _Cell:
    """A share with its interval, and the number to sort it by."""
    if row is None:
        return ABSENT, np.nan
    ends = f" [{share(row.low)}, {share(row.high)}]" if np.isfinite(row.low) else ""
    return f"{share(row.value)}{ends}", row.value
