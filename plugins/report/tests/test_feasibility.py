"""Fronts, feasible shares and the nearest miss, as figures show them."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from golden_study import colours_of, legend_of
from handmade_runs import made, source
from matplotlib.figure import Figure as Canvas
from nasapi_report import feasibility, figures
from nasapi_report.analysis import analyse
from nasapi_report.canvas import styles_of
from nasapi_report.csv_files import runs_csv
from nasapi_report.feasibility import least_violation, shortfalls
from scipy import stats

from nasapi.constraint import Constraint


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The axes of every figure drawn."""
    drawn: list[Any] = []

    def draw_on(name: str, title: str, caption: str, draw: Any, **_: Any) -> str:
        drawn.append(Canvas().subplots())
        draw(drawn[-1])
        return caption

    for module in (figures, feasibility):
        monkeypatch.setattr(module, "figure", draw_on)
    return drawn


def test_fronts_are_of_all_runs_with_the_fronts_of_each_behind(axes: list[Any]) -> None:
    two = evolve(sources.two_goals(), report_metrics=())
    runs = [
        made(two, "a", 0, [60, 80, 70], [100, 300, 200]),
        made(two, "a", 1, [75, 60, 50], [100, 0, 300]),
        made(two, "b", 0, [90, np.nan], [0, 1]),
    ]
    (analysis,) = analyse(source(two, *runs))
    figures.fronts(analysis, styles_of(["a", "b"]), "slug")
    (panel,) = axes
    marks = {line.get_label(): line for line in panel.lines if not line.get_label().startswith("_")}
    points = {name: list(zip(line.get_xdata(), line.get_ydata(), strict=True)) for name, line in marks.items()}
    # (60, 100) and (70, 200) are beaten by (75, 100) of the other run
    assert points == {"a": [(80, 300), (75, 100), (60, 0)], "b": [(90, 0)]}
    steps = [list(zip(line.get_xdata(), line.get_ydata(), strict=True)) for line in panel.lines]
    assert sorted(steps) == sorted([*points.values()] * 2)
    assert all(line.get_drawstyle() == "steps-post" for line in panel.lines if line not in marks.values())
    behind = {frozenset(map(tuple, dots.get_offsets().tolist())) for dots in panel.collections}
    assert behind == {frozenset({(60, 100), (80, 300), (70, 200), (75, 100), (60, 0)}), frozenset({(90, 0)})}
    assert panel.get_xlabel() == "validation accuracy (%), more is better"
    assert panel.get_ylabel() == "parameters, less is better"
    assert legend_of(panel) == ["b", "a"]  # the better hypervolume first
    styles = styles_of(["a", "b"])
    drawn = [(line.get_color(), line.get_linestyle(), line.get_marker()) for line in panel.lines]
    assert drawn == [
        look
        for name, dash in (("b", "--"), ("a", "-"))
        for look in ((styles[name].colour, dash, "None"), (styles[name].colour, "None", styles[name].marker))
    ]
    assert colours_of(panel) == [styles["b"].colour, styles["a"].colour]


def test_the_share_of_feasible_trials_is_a_mean_over_runs_with_their_interval() -> None:
    """Shares of 1/2, 1 (of a run of one trial), 0 and 1/4, of four runs whose trials depend on one another."""
    small = sources.constrained()
    runs = [
        made(small, "a", 0, [70, 60], [100, 200]),
        made(small, "a", 1, [70], [0]),
        made(small, "a", 2, [70, np.nan], [300, 0]),
        made(small, "a", 3, [70, 80, 80, np.nan], [300, 0, 300, 0]),
        made(small, "a", 4, [], []),
    ]
    (analysis,) = analyse(source(small, *runs))
    (row,) = analysis.runs
    shares = np.array([1 / 2, 1, 0, 1 / 4])
    low, high = stats.t.interval(0.95, 3, shares.mean(), stats.sem(shares))
    assert low < 0 and high > 1
    assert row.feasible is not None
    assert (row.feasible.value, row.feasible.low, row.feasible.high) == pytest.approx((shares.mean(), 0.0, 1.0))
    rows = list(csv.DictReader(io.StringIO(runs_csv([analysis]))))
    assert [(one["trials"], one["evaluations"]) for one in rows] == [(n, n) for n in "21240"]


def test_report_metrics_are_of_feasible_incumbents_alone() -> None:
    """The second run held a network that breaks the constraint, which its final value leaves out as well."""
    small = evolve(sources.constrained(), report_metrics=("test_accuracy",))
    runs = [
        evolve(made(small, "a", seed, accuracy, params), report_metrics={"test_accuracy": np.array(tested)})
        for seed, (accuracy, params, tested) in enumerate(
            [([70, 90], [100, 300], [65.0, 85.0]), ([99, 95], [300, 200], [98.0, 94.0]), ([80], [0], [71.0])]
        )
    ]
    given = source(small, *runs)
    (analysis,) = analyse(given)
    (row,) = analysis.runs
    assert row.final_values == {0: 70.0, 2: 80.0}
    assert row.report_metrics["test_accuracy"].value == pytest.approx((65 + 71) / 2)
    rows = list(csv.DictReader(io.StringIO(runs_csv([analysis]))))
    assert [(one["final"], one["test_accuracy"]) for one in rows] == [("70.0", "65.0"), ("", ""), ("80.0", "71.0")]


def test_mean_feasible_shares_are_drawn_as_far_as_the_shortest_run_goes(axes: list[Any]) -> None:
    small = sources.constrained()
    runs = [
        made(small, "a", 0, [70, 60, 80], [100, 200, 0]),
        made(small, "a", 1, [70, 60], [200, 0]),
        made(small, "b", 0, [70], [300]),
        made(small, "b", 1, [], []),
    ]
    (analysis,) = analyse(source(small, *runs))
    caption = feasibility.feasibility(analysis, styles_of(["a", "b"]), "slug", np.random.default_rng(0))
    (panel,) = axes
    drawn = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in panel.lines}
    assert drawn == {"a": ([1, 2], [0.5, 0.5]), "b": ([1], [0.0])}
    assert len(panel.collections) == 2
    assert panel.get_ylim() == (0, 1.02)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("trials", "share of feasible trials so far")
    assert legend_of(panel) == ["a", "b"]
    styles = styles_of(["a", "b"])
    assert colours_of(panel) == [style.colour for style in styles.values()]
    assert [(line.get_color(), line.get_linestyle()) for line in panel.lines] == [
        (styles["a"].colour, "-"),
        (styles["b"].colour, "--"),
    ]
    assert "a ends at 0.50; b ends at 0.00" in str(caption)


def test_the_nearest_miss_is_the_least_sum_of_breaches_of_any_trial() -> None:
    small = sources.constrained()
    limits = (Constraint("params", upper=100.0), Constraint("valid_accuracy", lower=90.0))
    strict = evolve(small, problem=evolve(small.problem, constraints=limits))
    runs = [
        made(strict, "a", 0, [70, 85], [100, 300]),  # 20, 5 + 200
        made(strict, "a", 1, [88, np.nan], [150, 0]),  # 2 + 50
        made(strict, "b", 0, [np.nan], [0]),
        made(strict, "b", 1, [], []),
    ]
    (analysis,) = analyse(source(strict, *runs))
    assert {row.strategy: least_violation(row) for row in analysis.runs} == {"a": 20.0, "b": np.inf}
    assert shortfalls(analysis) == [
        "Where nothing feasible was found, the constraint on 'params' and 'valid_accuracy' was broken least of all: a "
        "by 20."
    ]
