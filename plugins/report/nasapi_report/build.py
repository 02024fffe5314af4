"""Puts a report together: analyses, sentences, figures, tables and the page, then all of them in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nasapi.errors import InvalidOption, NotAvailable
from nasapi_report import csv_files, figures, tables
from nasapi_report.analysis import Analysis
from nasapi_report.canvas import Figure, Style, styles_of
from nasapi_report.cells import best_cells
from nasapi_report.clocks import by_workers
from nasapi_report.feasibility import feasibility
from nasapi_report.folder import replace_report, require_report
from nasapi_report.formats import to_csv, to_latex
from nasapi_report.notes import notes
from nasapi_report.overall_page import Summary, summary
from nasapi_report.page import Section, render
from nasapi_report.provenance import command, versions
from nasapi_report.source import Source, is_trusted, names_of, offered_by
from nasapi_report.study_analysis import analyse_study
from nasapi_report.verdict import verdict


def build(source: Source, folder: str | os.PathLike[str]) -> Path:
    """What `write_report` does."""
    require_report(folder)
    if not all(hasattr(source, name) for name in ("benchmarks", "strategies", "seeds", "histories")):
        raise InvalidOption(f"A report is of a study, such as nasapi.Study.open('runs/first'), not of {source!r:.80}.")
    rng = np.random.default_rng(0)  # bootstrap draws: fixed, so that the same runs give the same report
    whole_study = analyse_study(source)
    analyses = whole_study.analyses
    if not analyses:
        raise NotAvailable("There is nothing to report: no run has finished; run the study first.")
    strategies = names_of(source)
    styles = styles_of(strategies)
    slugs = _slugs([analysis.record.spec for analysis in analyses])
    sections = [_section(analysis, analyses, slug, styles, rng) for analysis, slug in zip(analyses, slugs, strict=True)]
    together = summary(whole_study, styles)
    files = _files(sections, together, analyses)
    known = versions(analyses, offered_by(source))
    line = command(analyses, strategies, trusted=is_trusted(source))
    files["index.html"] = render(sections, together=together, command=line, versions=known, files=sorted(files))
    facts: Mapping[str, Any] = {
        "command": line,
        "versions": dict(known),
        "overall": list(together.verdict) if together else [],
        "verdict": {section.analysis.record.spec: list(section.verdict) for section in sections},
    }
    return replace_report(folder, files, facts)


def _section(
    analysis: Analysis, analyses: Sequence[Analysis], slug: str, styles: Mapping[str, Style], rng: np.random.Generator
) -> Section:
    wanted = targets_of(analysis)
    drawn: list[Figure] = []
    absent: list[str] = []
    anything = any(row.final_values for row in analysis.runs)
    if anything and len(analysis.record.goals) > 1:
        drawn.append(figures.fronts(analysis, styles, slug))
    if analysis.record.constraints and any(row.evaluations for row in analysis.runs):
        drawn.append(feasibility(analysis, styles, slug, rng))
    if anything:
        curves = {by: figures.anytime(analysis, styles, slug, by, rng) for by in ("trials", "seconds")}
        drawn += filter(None, curves.values())
        absent = [by for by, curve in curves.items() if curve is None and (by == "trials" or analysis.timed)]
        drawn.append(figures.finals(analysis, styles, slug, rng))
        drawn.append(figures.runtimes(analysis, styles, slug, wanted))
    return Section(
        slug=slug,
        analysis=analysis,
        verdict=tuple(verdict(analysis)),
        notes=(*notes(analysis), *map(figures.no_curve, absent)),
        leaderboard=tables.leaderboard(analysis, slug),
        costs=tables.costs(analysis, slug),
        comparisons=tables.comparisons(analysis, slug) if analysis.comparisons else None,
        targets=tables.targets(analysis, slug, wanted) if wanted else None,
        workers=by_workers(analysis, analyses, slug),
        figures=tuple(drawn),
        cells=tuple(best_cells(analysis)),
    )


def targets_of(analysis: Analysis) -> dict[str, float]:
    """Up to three targets that tell the strategies apart: the weakest's median, the median of all, and the best."""
    measure = analysis.measure
    medians = {
        row.strategy: float(np.median(list(row.final_values.values()))) for row in analysis.runs if row.final_values
    }
    if not medians:
        return {}
    weakest = min(medians, key=lambda name: measure.score(medians[name]))
    every = [value for row in analysis.runs for value in row.final_values.values()]
    best = measure.optimum if measure.optimum is not None else max(every, key=measure.score)
    found = {f"median of {weakest}": medians[weakest], "median of all runs": float(np.median(every))}
    found["the optimum" if measure.optimum is not None else "best of all runs"] = best
    distinct: dict[str, float] = {}
    for name, value in reversed(found.items()):
        if not any(np.isclose(value, other, rtol=1e-9, atol=1e-12) for other in distinct.values()):
            distinct[name] = value
    return dict(reversed(distinct.items()))


def _files(
    sections: Sequence[Section], together: Summary | None, analyses: Sequence[Analysis]
) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {
        "tables/runs.csv": csv_files.runs_csv(analyses),
        "tables/strategies.csv": csv_files.strategies_csv(analyses),
        "tables/comparisons.csv": csv_files.comparisons_csv(analyses),
        "tables/curves.csv": csv_files.curves_csv(analyses),
    }
    for figure in [
        *(together.figures if together else ()),
        *(figure for section in sections for figure in section.figures),
    ]:
        files[f"figures/{figure.name}.svg"] = figure.svg
        files[f"figures/{figure.name}.png"] = figure.png
    for table in together.tables if together else ():
        files[f"tables/{table.name}.tex"] = to_latex(table)
        files[f"tables/{table.name}.csv"] = to_csv(table.headings, table.rows)
    for section in sections:
        for shown in (section.leaderboard, section.costs, section.comparisons, section.targets, section.workers):
            if shown is not None:
                files[f"tables/{shown.name}.tex"] = to_latex(shown)
        for place, cell in enumerate(section.cells, 1):
            if cell.svg:
                files[f"figures/{section.slug}-cell-{place}.svg"] = cell.svg
    return files


def _slugs(specs: Sequence[str]) -> list[str]:
    """A file name for each benchmark, all different."""
    found: list[str] = []
    for spec in specs:
        slug = re.sub(r"[^a-z0-9]+", "-", spec.lower()).strip("-")
        found.append(slug if slug not in found else f"{slug}-{len(found) + 1}")
    return found
