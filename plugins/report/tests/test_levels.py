"""Runs with trials at lower levels are counted by what was charged, in trials at the highest, wherever trials are."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from golden_study import column
from handmade_runs import made, source
from matplotlib.figure import Figure as Canvas
from nasapi_report import feasibility, figures
from nasapi_report.analysis import Analysis, analyse
from nasapi_report.canvas import styles_of
from nasapi_report.csv_files import curves_csv, runs_csv
from nasapi_report.notes import notes
from nasapi_report.overall import TARGETS
from nasapi_report.study_analysis import analyse_study
from nasapi_report.tables import targets

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.reference import Reference

TOY = evolve(sources.toy(budget=3), report_metrics=(), reference=Reference({"valid_accuracy": 80.0}))
LEVELS = np.array([1, 4, -1, 4, -1])
CHARGED = np.array([0.0625, 0.25, 1.0, 0.25, 1.0])  # 1.3125 trials by the first full evaluation, 2.5625 by the second


def cheap(benchmark: Benchmark, seed: int, first: float, second: float, params: float = 0.0) -> History:
    """A run of five evaluations, of which the third and the last are at the highest level."""
    run = made(benchmark, "cheap", seed, [99, 99, first, 99, second], [params, 0, 0, 0, params])
    return evolve(run, fidelity=LEVELS, charged=CHARGED)


def plain(benchmark: Benchmark, seed: int, *values: float) -> History:
    return made(benchmark, "plain", seed, list(values), [0.0] * len(values))


@pytest.fixture(scope="module")
def found() -> Analysis:
    runs = [cheap(TOY, 0, 70, 80), cheap(TOY, 1, 65, 68), plain(TOY, 0, 60, 80, 75), plain(TOY, 1, 50, 55, 80)]
    return analyse(source(TOY, *runs))[0]


def rows(text: str, strategy: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(text)) if row["strategy"] == strategy]


def test_targets_are_reached_after_the_trials_that_were_charged(found: Analysis) -> None:
    table = targets(found, "a", {"the optimum": 80.0})
    assert column(table, "strategy") == ["plain", "cheap"]
    assert column(table, "runs there") == [1.0, 0.5]
    # both runs of `cheap` were charged 2.5625, and one came there; `plain` came there after 2 and after 3
    assert column(table, "expected trials") == [2.5, 2 * 2.5625]
    assert column(table, "median trials") == [2.0, 2.5625]
    assert notes(found)[0] == (
        "Runs that reached the known optimum: 100% of plain, half by trial 2; 50% of cheap, half by trial 3."
    )


def test_csv_files_have_the_trials_that_were_charged(found: Analysis) -> None:
    curve = [row for row in rows(curves_csv([found]), "cheap") if row["seed"] == "0"]
    assert [(float(row["trials"]), float(row["value"])) for row in curve] == [(1.3125, 70.0), (2.5625, 80.0)]
    assert [(row["trials"], row["evaluations"]) for row in rows(runs_csv([found]), "cheap")] == [("2.5625", "5")] * 2
    assert [(row["trials"], row["evaluations"]) for row in rows(runs_csv([found]), "plain")] == [("3", "3")] * 2


def test_the_last_quarter_is_of_the_trials_that_were_charged() -> None:
    """Of eight evaluations the first two are whole trials: the second is in the last quarter of 2.06 trials."""
    run = made(TOY, "a", 0, [70, 78, *[99] * 6], [0] * 8)
    late = evolve(run, fidelity=np.array([-1, -1, *[1] * 6]), charged=np.array([1, 1, *[0.01] * 6]))
    assert any(note.startswith("Runs that still improved in the last") for note in notes(analyse(source(TOY, late))[0]))
    assert not any("last quarter" in note for note in notes(analyse(source(TOY, run))[0]))


def test_ranks_and_targets_over_all_benchmarks_are_after_as_many_trials() -> None:
    other = evolve(TOY, id="toy/other-v1", spec="toy/other-v1")
    runs = [
        run
        for benchmark in (TOY, other)
        for seed in range(2)
        for run in (cheap(benchmark, seed, 70, 80), plain(benchmark, seed, 60, 75, 75))
    ]
    study = sources.Source((TOY, other), ("cheap", "plain"), (0, 1), tuple(runs))
    whole = analyse_study(study).overall
    assert whole is not None
    assert whole.grid.tolist() == [1, 2, 3]
    assert whole.strategies == ("cheap", "plain")
    # after 1 trial `cheap` has nothing, after 2 its 70, after 3 its 80, against 60, 75 and 75
    assert whole.ranks[0].tolist() == [[2, 2, 1], [1, 1, 2]]
    unit = 80 - np.median([70, 70, 60, 60])
    for place, values in enumerate([[-np.inf, 70, 80], [60, 75, 75]]):
        wanted = [np.mean([(80 - value) / unit <= target + 1e-9 for target in TARGETS]) for value in values]
        assert whole.reached[0][place] == pytest.approx(wanted)


def test_runs_that_were_charged_less_than_a_trial_are_compared_after_one() -> None:
    other = evolve(TOY, id="toy/other-v1", spec="toy/other-v1")
    runs = [
        evolve(made(benchmark, name, seed, [70 + seed], [0.0]), charged=np.array([0.5]))
        for benchmark in (TOY, other)
        for name in ("a", "b")
        for seed in range(2)
    ]
    whole = analyse_study(sources.Source((TOY, other), ("a", "b"), (0, 1), tuple(runs))).overall
    assert whole is not None and whole.grid.tolist() == [1]


def test_figures_are_drawn_over_the_trials_that_were_charged(found: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []

    def draw_on(name: str, title: str, caption: str, draw: Any, *, panels: int = 0, **_: Any) -> str:
        canvas = Canvas().subplots(1, max(panels, 1), squeeze=False)[0]
        draw(list(canvas) if panels else canvas[0])
        drawn.extend(canvas)
        return caption

    for module in (figures, feasibility):
        monkeypatch.setattr(module, "figure", draw_on)
    figures.runtimes(found, styles_of(["cheap", "plain"]), "a", {"the optimum": 80.0})
    lines = {line.get_label(): (line.get_xdata().tolist(), line.get_ydata().tolist()) for line in drawn[0].lines}
    assert lines == {"plain": ([1, 2, 3], [0.0, 0.5, 1.0]), "cheap": ([1, 2, 3], [0.0, 0.0, 0.5])}
    small = evolve(sources.constrained(), report_metrics=())
    (kept,) = analyse(source(small, cheap(small, 0, 70, 80, params=300.0)))
    feasibility.feasibility(kept, styles_of(["cheap"]), "a", np.random.default_rng(0))
    across, up = drawn[1].lines[0].get_xdata(), drawn[1].lines[0].get_ydata()
    assert (across[0], across[-1]) == (0.0625, 2.5625)
    assert (up[0], up[-1]) == (0.0, 3 / 5)  # the first and the last of five break the constraint
