"""The analysis of a study: of each benchmark and of all of them, every test corrected together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve, frozen

from nasapi_report.analysis import Analysis, analyse
from nasapi_report.overall import Overall, overall
from nasapi_report.source import Source, names_of
from nasapi_report.stats.paired import Comparison, corrected, indistinguishable


@frozen(eq=False)
class StudyAnalysis:
    """The analyses of a source, with p-values corrected over all of them."""

    analyses: tuple[Analysis, ...]
    overall: Overall | None
    tests: int
    """How many tests there are in all."""


def analyse_study(source: Source) -> StudyAnalysis:
    """Analyse a source's runs, benchmark by benchmark and together, and correct every test for all."""
    analyses = analyse(source)
    rng = np.random.default_rng(0)  # bootstrap draws: fixed, so that the same runs give the same page
    together = overall(analyses, names_of(source), rng)
    *each, whole = corrected([*(one.comparisons for one in analyses), together.comparisons if together else ()])
    tests = sum(len(row.tests) for rows in [*each, whole] for row in rows)
    return StudyAnalysis(
        tuple(_with_corrected(analysis, rows, tests) for analysis, rows in zip(analyses, each, strict=True)),
        evolve(together, comparisons=tuple(whole)) if together else None,
        tests,
    )


def _with_corrected(analysis: Analysis, comparisons: Sequence[Comparison], tests: int) -> Analysis:
    """The analysis with comparisons as corrected for the page, and the strategies that they leave leading."""
    names = [row.strategy for row in analysis.runs if row.final_values]
    leading = indistinguishable(names[0], names, comparisons) if names else frozenset()
    return evolve(analysis, comparisons=tuple(comparisons), tests=tests, leading=leading)
