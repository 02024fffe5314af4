"""What a page says of several benchmarks together: two tables, three figures and the sentences before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from nasapi.words import counted
from nasapi_report.canvas import INK, Figure, Style, figure, label, log_axis
from nasapi_report.formats import Table
from nasapi_report.overall import TARGETS, Overall
from nasapi_report.stats.intervals import Estimate, Floats
from nasapi_report.study_analysis import StudyAnalysis
from nasapi_report.verdict import against
from nasapi_report.words import decimals, interval, listing, number, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REGRET = "of the regret of a first trial"
"""The unit of normalised regret."""


@frozen(eq=False)
class Summary:
    """The part of the page on all benchmarks together."""

    verdict: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]


def summary(whole_study: StudyAnalysis, styles: Mapping[str, Style]) -> Summary | None:
    """The section on several benchmarks; None for one. Totals are left out where strategies share too few."""
    if len(whole_study.analyses) < 2:
        return None
    found = whole_study.overall
    if found is None:
        note = "There are no totals: they need two strategies with final values on two benchmarks or more."
        return Summary((), (note,), (every_benchmark(whole_study),), ())
    return Summary(
        tuple(overall_verdict(whole_study)),
        tuple(_notes(found)),
        (every_benchmark(whole_study), totals(found)),
        (gaps(found, styles), ranks(found, styles), reached(found, styles)),
    )


def overall_verdict(whole_study: StudyAnalysis) -> list[str]:
    """A sentence for each strategy against the one of least regret over all benchmarks; empty where there are none."""
    found = whole_study.overall
    if found is None:
        return []
    best = found.strategies[0]
    rows = [row for row in found.comparisons if row.a == best]
    digits = decimals(row.difference for row in rows)
    return [f"Over {_extent(found)} {against(row, digits, REGRET, whole_study.tests)}" for row in rows]


def every_benchmark(whole_study: StudyAnalysis) -> Table:
    """Strategies by benchmarks: the mean final value with its interval, those not told from the best marked."""
    names = list(dict.fromkeys(row.strategy for analysis in whole_study.analyses for row in analysis.runs))
    if whole_study.overall is not None:
        names = list(whole_study.overall.strategies)
    rows, keys = [], []
    for name in names:
        cells, numbers = [name], [name]
        for analysis in whole_study.analyses:
            digits = decimals(row.mean for row in analysis.runs)
            means = {row.strategy: row.mean for row in analysis.runs}
            mark = " •" if name in analysis.leading else ""
            cells.append(f"{interval(means.get(name), digits)}{mark}")
            numbers.append(str(means[name].value) if name in means else "nan")
        rows.append(tuple(cells))
        keys.append(tuple(numbers))
    heads = [
        f"{analysis.record.spec} ({analysis.measure.unit})" if analysis.measure.unit else analysis.record.spec
        for analysis in whole_study.analyses
    ]
    caption = (
        "Means over runs at the end of their budgets with 95% intervals, by benchmark. • marks the strategies whose "
        "means are not told from the best of the benchmark by a test, corrected over the whole page, and an interval."
    )
    return Table("overall-benchmarks", caption, ("strategy", *heads), tuple(rows), tuple(keys))


def totals(found: Overall) -> Table:
    """One row a strategy: optimality gap, interquartile mean and rank over all benchmarks, and regret on each."""
    headings = ["strategy", "optimality gap [95%]"]
    headings += ["for benchmarks like these [95%]"] if found.gaps_elsewhere else []
    headings += ["interquartile mean [95%]", "mean rank [95%]", *(task.spec for task in found.tasks)]
    rows: list[tuple[str, ...]] = []
    keys: list[tuple[float | str, ...]] = []
    for place, name in enumerate(found.strategies):
        estimates = [found.gaps[place], *([found.gaps_elsewhere[place]] if found.gaps_elsewhere else [])]
        estimates.append(found.middles[place])
        regrets = [float(task.regret[:, place].mean()) for task in found.tasks]
        rank = Estimate(*(float(band[place, -1]) for band in found.ranks))
        rows.append((name, *map(_short, estimates), _short(rank, 2), *(number(value, 3) for value in regrets)))
        keys.append((name, *(row.value for row in estimates), rank.value, *regrets))
    caption = (
        "Normalised regret: 0 is the best possible value, 1 what the median first trial of all runs has. The "
        "optimality gap is its mean over benchmarks and runs, the interquartile mean that of the middle half of all "
        f"runs (Agarwal et al. 2021), ranks are of runs of one seed{_at(found)}. Every group of benchmarks weighs the "
        "same. Intervals draw the runs of each benchmark anew."
        + (" Those for benchmarks like these draw groups and benchmarks too." if found.gaps_elsewhere else "")
    )
    return Table("overall-totals", caption, tuple(headings), tuple(rows), tuple(keys))


def gaps(found: Overall, styles: Mapping[str, Style]) -> Figure:
    """Normalised regret of every strategy on every benchmark, and the optimality gap."""
    specs = [task.spec for task in found.tasks]

    def draw(axes: Axes) -> None:
        for place, name in enumerate(found.strategies):
            style, total = styles[name], found.gaps[place]
            values = [float(task.regret[:, place].mean()) for task in found.tasks]
            offset = 0.6 * ((place + 0.5) / len(found.strategies) - 0.5)
            heights = np.arange(len(specs), 0, -1) - offset
            axes.plot(values, heights, style.marker, color=style.colour, markersize=6, label=label(name))
            axes.plot([total.low, total.high], [-offset] * 2, color=style.colour, linewidth=2.2)
            axes.plot([total.value], [-offset], style.marker, color=style.colour, markersize=7)
        axes.axhline(0.5, color=INK, linewidth=0.6)
        axes.set_yticks(range(len(specs) + 1), [label("all, by group"), *map(label, specs[::-1])])
        axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
        axes.set_xlabel("normalised regret")
        axes.legend(frameon=False, fontsize=9)

    return figure(
        "overall-regret",
        "Normalised regret by benchmark",
        "Mean final regret: 0 the best value, 1 what the median first trial has; below, the optimality gap with its "
        "95% interval.",
        draw,
        height=max(2.6, 0.42 * len(specs) + 1.6),
    )


def ranks(found: Overall, styles: Mapping[str, Style]) -> Figure:
    """The mean rank after so many trials."""
    ends = "; ".join(f"{name} ends at {found.ranks[0][i, -1]:.2f}" for i, name in enumerate(found.strategies))
    return _banded(
        found,
        styles,
        found.ranks,
        "overall-ranks",
        "Mean rank by trials",
        f"Rank among the runs of one seed, 1 the best, ties sharing, over {_extent(found)}, with 95% bands; {ends}.",
        "mean rank",
    )


def reached(found: Overall, styles: Mapping[str, Style]) -> Figure:
    """The share of targets reached after so many trials."""
    wanted = ", ".join(f"{target:g}" for target in TARGETS)
    ends = "; ".join(f"{name} ends at {share(found.reached[0][i, -1])}" for i, name in enumerate(found.strategies))
    return _banded(
        found,
        styles,
        found.reached,
        "overall-targets",
        "Targets reached by trials",
        f"Share of benchmarks, targets and runs (normalised regret {wanted}), with 95% bands; {ends}. Targets are "
        "parts of the regret of the median first trial of all runs, with which they move where a strategy joins.",
        "share of targets reached",
    )


def _banded(
    found: Overall,
    styles: Mapping[str, Style],
    band: tuple[Floats, Floats, Floats],
    name: str,
    title: str,
    caption: str,
    across: str,
) -> Figure:
    def draw(axes: Axes) -> None:
        for place, strategy in enumerate(found.strategies):
            style = styles[strategy]
            mean, low, high = (part[place] for part in band)
            axes.fill_between(found.grid, low, high, step="post", color=style.colour, alpha=0.18, linewidth=0)
            axes.step(
                found.grid,
                mean,
                where="post",
                color=style.colour,
                linestyle=style.dash,
                linewidth=1.9,
                label=label(strategy),
            )
        log_axis(axes, "x")
        axes.set_xlabel("trials")
        axes.set_ylabel(across)
        axes.legend(frameon=False)

    return figure(name, title, caption, draw)


def _notes(found: Overall) -> list[str]:
    notes = [
        f"{listing(specs)} share the space {group} and are correlated: together they weigh as much as "
        f"{'any other space' if len(found.groups) > 1 else 'one benchmark'}."
        for group, specs in found.groups.items()
        if len(specs) > 1
    ]
    if found.gaps_elsewhere is None:
        notes.append(
            "Nothing is said of other benchmarks, which takes those of 3 spaces or more; these are of "
            f"{len(found.groups)}."
        )
    if unknown := [task.spec for task in found.tasks if not task.known]:
        notes.append(
            f"The best possible value of {listing(unknown)} is not known: regret there counts from the best value that "
            "any run ended on, and grows where a better strategy joins."
        )
    if found.left_out:
        left = "; ".join(f"{spec}, {why}" for spec, why in found.left_out.items())
        notes.append(f"Not part of the totals: {left}.")
    return notes


def _extent(found: Overall) -> str:
    spaces = len(found.groups)
    several = f", in {len(found.tasks)} settings" if len(found.tasks) > len(found.benchmarks) else ""
    return f"{len(found.benchmarks)} benchmarks of {spaces} space{'s' if spaces > 1 else ''}{several}"


def _at(found: Overall) -> str:
    """Where ranks are taken: as far as all benchmarks go."""
    return f" after {counted(int(found.grid[-1]), 'trial', 'trials')}, with which the shortest benchmark ends"


def _short(row: Estimate, digits: int = 3) -> str:
    """An estimate with its interval, without one that has no width."""
    return interval(row, digits) if row.high > row.low else number(row.value, digits)
