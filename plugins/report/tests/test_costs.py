"""What a report shows of time where evaluations have costs, have none, or have no time in common."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from attrs import evolve
from handmade_runs import made, source
from nasapi_report.analysis import Analysis, analyse
from nasapi_report.build import build
from nasapi_report.canvas import styles_of
from nasapi_report.figures import anytime
from nasapi_report.tables import costs
from report_sources import Source, toy

from nasapi.history import History

TOY = evolve(toy(), report_metrics=())


def run(name: str, seed: int, values: list[float], seconds: float = 60.0) -> History:
    """A run with these accuracies, each after so many seconds."""
    return evolve(made(TOY, name, seed, values, [0] * len(values)), cost=np.full(len(values), seconds))


def without_costs() -> Source:
    free = evolve(toy(), report_metrics=())
    free.objective.missing = {"cost": "the table has no training times."}
    return source(free, *(run(name, seed, [60, 70 + seed], 0.0) for name in ("a", "b") for seed in range(3)))


def captions(found: Analysis) -> dict[str, str | None]:
    drawn = {
        by: anytime(found, styles_of(["a", "b"]), "s", by, np.random.default_rng(0)) for by in ("trials", "seconds")
    }
    return {by: figure and figure.caption for by, figure in drawn.items()}


def test_a_report_shows_no_time_where_evaluations_have_no_costs(tmp_path: Path) -> None:
    folder = build(without_costs(), tmp_path / "report")
    names = {path.stem for path in (folder / "figures").iterdir()}
    assert {"toy-formula-v1-trials", "toy-formula-v1-finals"} <= names
    assert not any("seconds" in name for name in names)
    for name in ("runs", "strategies", "curves"):
        rows = list(csv.DictReader((folder / f"tables/{name}.csv").read_text().splitlines()))
        assert {row["simulated_seconds"] for row in rows} == {""}
    page = (folder / "index.html").read_text()
    assert (
        "<li>No simulated time here: every evaluation is recorded at a cost of 0 s (the table has no training times); "
        "there are no curves by seconds.</li>"
    ) in page
    assert "simulated seconds of evaluation" not in page


def test_simulated_time_is_a_dash_where_evaluations_have_no_costs() -> None:
    table = costs(analyse(without_costs())[0], "s")
    place = table.headings.index("simulated time")
    assert [row[place] for row in table.rows] == ["–", "–"]
    assert all(math.isnan(float(table.key(row, place))) for row in range(2))


def test_one_evaluation_with_a_cost_makes_time_known() -> None:
    runs = [run("a", 0, [60, 70], 0.0), run("b", 0, [60, 70], 2.0)]
    found = analyse(source(TOY, *runs))[0]
    assert found.timed
    assert {row.strategy: row.simulated for row in found.runs} == {"a": 0.0, "b": 4.0}
    assert "simulated time" not in found.missing


def test_a_strategy_whose_runs_have_no_time_in_common_is_named_under_the_curves_of_others() -> None:
    apart = [run("a", 0, [60, 70], 1.0), run("a", 1, [60, 70], 100.0)]
    found = analyse(source(TOY, *apart, *(run("b", seed, [60, 70]) for seed in (0, 1))))[0]
    by_seconds = captions(found)["seconds"]
    assert by_seconds is not None
    assert "Runs of a have no stretch of time in common, so no curve." in by_seconds
    assert "so no curve" not in str(captions(found)["trials"])


def test_a_figure_without_any_curve_is_left_out_with_a_sentence(tmp_path: Path) -> None:
    apart = source(TOY, run("a", 0, [60, 70], 1.0), run("a", 1, [60, 70], 100.0))
    assert captions(analyse(apart)[0])["seconds"] is None
    page = (build(apart, tmp_path / "report") / "index.html").read_text()
    sentence = "There is no curve by simulated seconds: of no strategy do all runs that found anything have a stretch "
    assert sentence in page
    assert "by trials: of no strategy" not in page
