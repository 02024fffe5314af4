"""What a terminal shows of a study: a leaderboard with intervals for each benchmark, and the verdict in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nasapi.cli.console import show, show_table
from nasapi.words import counted
from nasapi_report.deciding import until_decided
from nasapi_report.overall_page import overall_verdict
from nasapi_report.study_analysis import analyse_study
from nasapi_report.verdict import verdict
from nasapi_report.words import decimals, interval, number, share

if TYPE_CHECKING:
    from nasapi.running import Study
    from nasapi_report.source import Source


def show_leaderboards(study: Source, *, verdicts: bool = True) -> None:
    """Print for each benchmark a line a strategy, best first, and the verdict if wanted."""
    whole_study = analyse_study(study)
    for analysis in whole_study.analyses:
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
                    number(row.sd, digits),
                    number(row.best, digits),
                    share(row.share_at_optimum.value) if row.share_at_optimum else None,
                    share(row.repeats["network"]),
                    len(row.histories),
                )
                for row in analysis.runs
            ],
            right=heads,
        )
        for sentence in verdict(analysis) if verdicts else ():
            show(sentence)
    together = overall_verdict(whole_study) if verdicts else []
    if together:
        show("\n" + "\n".join(together))


def show_until_decided(
    study_of: Callable[[Sequence[int]], Study], seeds: Sequence[int], run: Callable[[Study], None]
) -> Study:
    """Add seeds until every pair is decided; print leaderboards and decisions, and give the study."""
    study, decided = until_decided(study_of, seeds, run)
    show_leaderboards(study, verdicts=False)
    show()
    for one in decided:
        show(str(one))
    if not decided:
        show("There is nothing to decide: it takes two strategies.")
        return study
    if not all(one.made for one in decided):
        show(f"Not all is decided after {counted(len(seeds), 'seed', 'seeds')}; more are allowed by --seeds.")
    show(
        "These p-values hold although seeds were added by looking; those of `nasapi report` are for a number of seeds "
        "set beforehand."
    )
    return study
