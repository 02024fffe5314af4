"""Fixtures: the study made by hand, what is found of it, and the axes that figures are drawn on."""

from __future__ import annotations

from typing import Any

import pytest
import report_sources as sources
from attrs import evolve
from golden_study import SEEDS, SPECS, VALUES, made
from matplotlib.figure import Figure as Canvas
from nasapi_report import figures, overall_page
from nasapi_report.study_analysis import StudyAnalysis, analyse_study

from nasapi.reference import Reference


@pytest.fixture(scope="module")
def source() -> sources.Source:
    first = evolve(sources.toy(budget=4), report_metrics=("test_accuracy",))
    first = evolve(first, reference=evolve(first.reference, training_sd={"valid_accuracy": 2.0}))
    benchmarks = (first, evolve(first, id=SPECS[1], spec=SPECS[1], reference=Reference()))
    runs = tuple(made(name, seed, benchmark) for benchmark in benchmarks for name in VALUES for seed in SEEDS)
    return sources.Source(benchmarks, tuple(VALUES), tuple(SEEDS), runs)


@pytest.fixture(scope="module")
def result(source: sources.Source) -> StudyAnalysis:
    return analyse_study(source)


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The axes of every figure drawn."""
    drawn: list[Any] = []

    def draw_on(name: str, title: str, caption: str, draw: Any, *, height: float = 1, panels: int = 0) -> str:
        canvas = Canvas().subplots(1, max(panels, 1), squeeze=False)[0]
        draw(list(canvas) if panels else canvas[0])
        drawn.extend(canvas)
        return caption

    for module in (figures, overall_page):
        monkeypatch.setattr(module, "figure", draw_on)
    return drawn
