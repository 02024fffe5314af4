"""The tables of a report as rows of text, and as CSV and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from nasapi.report.analysis import Analysis, Runs
from nasapi.report.cells import final_codes
from nasapi.report.measure import title
from nasapi.report.words import ABSENT, decimals, interval, number, quantity, share
from nasapi.stats.intervals import Estimate
from nasapi.stats.runtimes import expected_runtime, first_reached

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "±": r"$\pm$",
    "<": r"$<$",
    ">": r"$>$",
    "•": r"$\bullet$",
    "≥": r"$\ge$",
    "≤": r"$\le$",
}


@frozen
class Table:
    """A table for people: a heading a column, text in the cells, and the number a cell is sorted by."""

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[float | str, ...], ...] = field(factory=tuple)
    """What each cell is sorted by; the text itself where empty."""

    def key(self, row: int, column: int) -> float | str:
        """What the cell is sorted by."""
        return self.keys[row][column] if self.keys else self.rows[row][column]


def leaderboard(analysis: Analysis, slug: str) -> Table:
    """One row a strategy, best first; the strategies that no test tells from the best carry a mark."""
    measure, record = analysis.measure, analysis.record
    digits = decimals(row.mean for row in analysis.runs)
    names = [name for name in record.report if any(name in row.report for row in analysis.runs)]
    report_digits = {name: decimals(row.report[name] for row in analysis.runs if name in row.report) for name in names}
    unit = f" ({measure.unit})" if measure.unit else ""
    headings = ["", "strategy", "runs", f"mean {measure.title}{unit} [95%]", "middle half [95%]", "sd", "best"]
    if measure.optimum is not None:
        headings.append("at optimum")
    for name in names:
        metric = record.metrics.get(name)
        headings.append(f"{title(name)}{f' ({metric.unit})' if metric and metric.unit else ''} [95%]")
    headings += ["repeats: code", "network", "failed"]
    if any(row.feasible for row in analysis.runs):
        headings.append("feasible trials")
    headings += ["simulated", "strategy time"]
    rows, keys = [], []
    for row in analysis.runs:
        cells: list[tuple[str, float | str]] = [
            ("•" if row.strategy in analysis.leading else "", float(row.strategy not in analysis.leading)),
            (row.strategy, row.strategy),
            (str(len(row.histories)), len(row.histories)),
            (interval(row.mean, digits), row.mean.value),
            (interval(row.trimmed, digits), row.trimmed.value),
            (number(row.spread, digits), row.spread),
            (number(row.best, digits), row.best),
        ]
        if measure.optimum is not None:
            cells.append(_share(row.optimal))
        for name in names:
            estimate = row.report.get(name)
            cells.append((interval(estimate, report_digits[name]), estimate.value if estimate else np.nan))
        cells += [(share(row.repeats[kind]), row.repeats[kind]) for kind in ("code", "network")]
        cells.append((f"{row.failures:,}", row.failures))
        if any(other.feasible for other in analysis.runs):
            cells.append(_share(row.feasible))
        cells += [(quantity(seconds), seconds) for seconds in (row.simulated, row.wall)]
        rows.append(tuple(text for text, _ in cells))
        keys.append(tuple(key for _, key in cells))
    caption = (
        f"{record.spec} after {record.budget}: means over runs with 95% BCa bootstrap intervals, interquartile means "
        "with percentile intervals. • marks the strategies that no paired Wilcoxon test, after Holm's correction, "
        "tells from the best at the 5% level. Simulated and strategy time are means for one run."
    )
    return Table(f"{slug}-leaderboard", caption, tuple(headings), tuple(rows), tuple(keys))


def comparisons(analysis: Analysis, slug: str) -> Table:
    """One row a pair of strategies, the better mean first."""
    digits = decimals(row.difference for row in analysis.comparisons)
    unit = "points" if analysis.measure.unit == "%" else analysis.measure.unit
    headings = (
        "A",
        "B",
        "pairs",
        f"A ahead of B by{f' ({unit})' if unit else ''} [95%]",
        "P(A better) [95%]",
        "p (Wilcoxon)",
        "p (Holm)",
        "told apart",
    )
    rows, keys = [], []
    for row in analysis.comparisons:
        rows.append(
            (
                row.a,
                row.b,
                str(row.pairs),
                interval(row.difference, digits),
                interval(row.improvement, 2),
                _p(row.p),
                _p(row.adjusted),
                "yes" if row.adjusted < 0.05 else "no",
            )
        )
        keys.append(
            (row.a, row.b, row.pairs, row.difference.value, row.improvement.value, row.p, row.adjusted, row.adjusted)
        )
    caption = (
        f"{analysis.record.spec}: strategies compared in pairs, runs paired by seed. The difference of means has a BCa "
        "interval; P(A better) counts ties as one half; p-values are two-sided, corrected by Holm over all pairs."
    )
    return Table(f"{slug}-comparisons", caption, headings, tuple(rows), tuple(keys))


def targets(analysis: Analysis, slug: str, wanted: dict[str, float]) -> Table:
    """How many runs reached each target, and the expected trials to it."""
    rows, keys = [], []
    for name, target in wanted.items():
        for row in analysis.runs:
            times = reached(analysis, row, target)
            solved = float(np.isfinite(times).mean())
            expected = expected_runtime(times, np.array([len(curve) for curve in row.curves], np.float64))
            median = float(np.median(times))
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
    sign, slack = analysis.measure.sign, 1e-9 * max(1.0, abs(target))
    return np.array([first_reached(sign * curve, sign * target + slack) for curve in row.curves])


def runs_csv(analyses: Sequence[Analysis]) -> str:
    """Every run as a row of CSV: what it found, what it cost, and the seed to repeat it."""
    names = list(dict.fromkeys(name for analysis in analyses for name in analysis.record.report))
    headings = ["benchmark", "strategy", "seed", "trials", "measure", "final", *names, "simulated_seconds"]
    headings += ["strategy_seconds", "repeats_code", "repeats_network", "failures", "ended", "incumbent"]
    rows: list[Sequence[object]] = []
    for analysis in analyses:
        one = len(analysis.record.goals) == 1
        for row in analysis.runs:
            for history in row.histories:
                ends = [
                    float(history.curve(name)[-1]) if one and name in history.report and len(history) else np.nan
                    for name in names
                ]
                rows.append(
                    [
                        analysis.record.spec,
                        row.strategy,
                        history.seed,
                        len(history),
                        analysis.measure.name,
                        row.finals.get(history.seed, np.nan),
                        *ends,
                        float(history.cost.sum()),
                        float(history.seconds.sum()),
                        int(history.repeats["code"].sum()),
                        int(history.repeats["network"].sum()),
                        len(history.errors),
                        history.ended,
                        " ".join(map(str, final_codes(history))) if one else "",
                    ]
                )
    return to_csv(headings, rows)


def to_csv(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV text (RFC 4180) with an empty cell for what is not a finite number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow(["" if isinstance(cell, float) and not np.isfinite(cell) else cell for cell in row])
    return text.getvalue()


def to_latex(table: Table) -> str:
    """A LaTeX table in the style of the package booktabs, all text escaped; no cell is bold."""
    numeric = [column > 1 for column in range(len(table.headings))]
    columns = "".join("r" if right else "l" for right in numeric)
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{escape(table.caption)}}}",
        f"  \\label{{tab:{table.name}}}",
        f"  \\begin{{tabular}}{{{columns}}}",
        r"    \toprule",
        f"    {' & '.join(map(escape, table.headings))} \\\\",
        r"    \midrule",
        *(f"    {' & '.join(map(escape, row))} \\\\" for row in table.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    return "".join(_LATEX.get(character, character) for character in text)


def _share(row: Estimate | None) -> tuple[str, float]:
    """A share with its interval, and the number to sort it by."""
    if row is None:
        return ABSENT, np.nan
    return f"{share(row.value)} [{share(row.low)}, {share(row.high)}]", row.value


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
