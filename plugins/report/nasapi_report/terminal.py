"""What a terminal shows of a study: a leaderboard with intervals for each benchmark, and the verdict in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.cli.console import show, show_table
from nasapi_report.analysis import analyse
from nasapi_report.verdict import verdict
from nasapi_report.words import decimals, interval, number, share

if TYPE_CHECKING:
    from nasapi_report.analysis import Source


def show_leaderboards(study: Source) -> None:
    """Print for each benchmark a line a strategy, best first, and the verdict."""
    for analysis in analyse(study):
        measure, record = analysis.measure, analysis.record
        digits = decimals(row.mean for row in analysis.runs)
        heads = ("mean [95% interval]", "sd", "best", "at optimum", "repeated networks", "runs")
        show(f"\n{record.spec}: {measure.title} after {record.budget}")
        show_table(
            ("strategy", *heads),
            [
                (
                    row.strategy,
                    interval(row.mean, digits),
                    number(row.spread, digits),
                    number(row.best, digits),
                    share(row.optimal.value) if row.optimal else None,
                    share(row.repeats["network"]),
                    len(row.histories),
                )
                for row in analysis.runs
            ],
            right=heads,
        )
        for sentence in verdict(analysis):
            show(sentence)
