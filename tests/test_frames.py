"""Frames: what is many rows as columns, and as CSV."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, frozen

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.frames import Framed, html_of, html_pairs
from nasapi.history import History
from nasapi.running.leaderboard import leaderboards, trials_of
from nasapi.running.loop import run
from nasapi.running.study import Study
from nasapi.storage import BenchmarkSummary
from nasapi.tables import Column, query, write_table
from nasapi.testing import problems

pytest.importorskip("nasapi_baselines", reason="the studies are of its strategies")

TOY = "toy/formula-v1[budget=4]"
SMALL = "toy/formula-v1[budget=3]"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study([TOY, SMALL], ["random", "evolution"], 2).run(backend="inline")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def lengths(columns: dict[str, list[object]]) -> set[int]:
    return set(map(len, columns.values()))


def test_a_history_gives_a_row_a_trial():
    history = run(TOY, "random", seed=0)
    columns = history.to_dict()
    assert lengths(columns) == {4}
    assert columns["code"] == history.codes.tolist()
    assert columns["valid_accuracy"] == history.values["valid_accuracy"].tolist()
    assert columns["elapsed"] == history.elapsed.tolist()
    assert columns["repeats_code"] == history.repeats["code"].tolist()
    assert columns["error"] == [None] * 4


def test_a_history_without_seconds_gives_them_as_missing():
    lacking = evolve(run(TOY, "random", seed=0), seconds=np.empty(0))
    assert all(map(math.isnan, lacking.to_dict()["strategy_seconds"]))


def test_a_study_gives_the_rows_of_its_runs_one_after_the_other(study):
    columns = study.to_dict()
    assert lengths(columns) == {2 * 2 * (4 + 3)}
    names = zip(columns["benchmark"], columns["strategy"], columns["seed"], strict=True)
    rows = [row for row, name in enumerate(names) if name == (SMALL, "random", 1)]
    values = study.histories(SMALL, "random")[1].values["valid_accuracy"]
    assert [columns["valid_accuracy"][row] for row in rows] == values.tolist()
    assert [columns["trial"][row] for row in rows] == [0, 1, 2]


def test_a_study_without_runs_gives_no_rows():
    assert lengths(Study([TOY], ["random"], 1).to_dict()) == {0}


def test_a_table_gives_cells_of_several_runs_as_lists(tmp_path):
    columns = {
        "accuracy": Column(np.array([[1.5, 2.5], [3.0, 4.0]]), "two runs"),
        "params": Column(np.array([7, 8]), ""),
    }
    table = write_table(tmp_path / "t", columns)
    assert table.to_dict() == {"accuracy": [[1.5, 2.5], [3.0, 4.0]], "params": [7, 8]}
    table.to_csv(tmp_path / "t.csv")
    rows = read(tmp_path / "t.csv")
    assert [json.loads(row["accuracy"]) for row in rows] == [[1.5, 2.5], [3.0, 4.0]]


def test_a_leaderboard_gives_a_row_a_strategy(study):
    board = study.leaderboard(TOY)
    assert sorted(board.to_dict()["strategy"]) == ["evolution", "random"]
    assert board == study.leaderboards()[0]


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (
            lambda study: study.leaderboard(),
            InvalidOption,
            "The study has 2 benchmarks; name one: 'toy/formula-v1.budget=4",
        ),
        (lambda study: study.leaderboard("toy/formula-v2"), UnknownId, "The study has no benchmark 'toy/formula-v2'"),
        (lambda _: Study([TOY], ["random"], 1).leaderboard(), NotAvailable, "No run on .* is done yet"),
    ],
)
def test_a_leaderboard_that_is_not_there_is_reported(study, wrong, error, words):
    with pytest.raises(error, match=words):
        wrong(study)


@pytest.mark.parametrize(
    "framed", [run(TOY, "random", seed=1), query("toy/formula").top(3)], ids=["history", "selection"]
)
def test_a_file_has_the_columns(framed: Framed, tmp_path: Path):
    framed.to_csv(tmp_path / "new" / "f.csv")
    rows = read(tmp_path / "new" / "f.csv")
    columns = framed.to_dict()
    assert list(rows[0]) == list(columns)
    assert [float(row["valid_accuracy"]) for row in rows] == columns["valid_accuracy"]


def test_a_folder_is_not_written_over(tmp_path, study):
    (tmp_path / "precious").mkdir()
    with pytest.raises(StoreError, match="precious"):
        study.to_csv(tmp_path / "precious")


def test_text_that_a_spreadsheet_would_run_is_quoted(tmp_path):
    class Rows(Framed):
        def to_dict(self):
            return {"=x": ["=cmd()", "-1.5", "a\x1bb"]}

    Rows().to_csv(tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_text() == "'=x\n'=cmd()\n-1.5\na\\x1bb\n"


@frozen
class Done:
    """Runs that are done, in memory."""

    benchmarks: tuple[BenchmarkSummary, ...]
    strategies: tuple[str, ...]
    runs: tuple[History, ...]

    def histories(self, benchmark: str | None = None, strategy: str | None = None) -> list[History]:
        return [run for run in self.runs if (run.benchmark, run.strategy) == (benchmark, strategy)]


def ended_on(benchmark: Benchmark, strategy: str, final: float, params: float = 10.0) -> History:
    """A run of two trials whose last is the incumbent."""
    made = evolve(run(benchmark, "random", seed=0), strategy=strategy, errors={})
    worse = final + 5 * benchmark.problem.goals[0].sign
    values = {name: np.array([worse, final]) for name in made.values}
    if "params" in values:
        values["params"] = np.full(2, params)
    return evolve(made, values=values)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_leaderboard_has_statistics_over_runs_the_best_mean_first(mirror):
    benchmark = problems.constrained()
    benchmark = problems.mirrored(benchmark) if mirror else benchmark
    sign = -1 if mirror else 1
    problem = evolve(benchmark.problem, budget=Budget(2))
    benchmark = evolve(benchmark, problem=problem)
    finals = {"middle": (60.0, 70.0, 86.0), "nothing": (), "best": (91.0,), "worst": (10.0, 20.0)}
    runs = [ended_on(benchmark, name, sign * value) for name, values in finals.items() for value in values]
    runs += [ended_on(benchmark, name, sign * 99.0, params=151.0) for name in ("nothing", "middle")]
    done = Done((BenchmarkSummary.of(benchmark),), ("nothing", "worst", "absent", "middle", "best"), tuple(runs))
    (board,) = leaderboards(done)
    parsed = board.to_dict()
    assert parsed["strategy"] == ["best", "middle", "worst", "nothing"]
    assert parsed["runs"] == [1, 4, 2, 1]
    nan = float("nan")
    assert parsed["mean"] == pytest.approx([sign * 91, sign * 72, sign * 15, nan], nan_ok=True)
    assert parsed["best"] == pytest.approx([sign * 91, sign * 86, sign * 20, nan], nan_ok=True)
    assert parsed["sd"] == pytest.approx([nan, np.sqrt((12**2 + 2**2 + 14**2) / 2), np.sqrt(50), nan], nan_ok=True)
    assert (board.benchmark, board.metric) == (benchmark.spec, problem.goals[0].name)


def test_runs_that_recorded_different_metrics_stand_below_each_other():
    one = run(TOY, "random", seed=0)
    other = evolve(run(SMALL, "random", seed=1), report_metrics={"extra": np.array([1.0, 2.0, 3.0])})
    columns = trials_of([one, other])
    assert np.isnan(columns["extra"][:4]).all() and columns["extra"][4:] == [1.0, 2.0, 3.0]
    assert columns["seed"] == [0] * 4 + [1] * 3
    assert columns["benchmark"] == [TOY] * 4 + [SMALL] * 3


def test_a_table_for_a_notebook_shows_twenty_rows_and_says_how_many_are_left():
    page = html_of("numbers", {"a": list(range(1023)), "b": [None, 1.23456789, *["x"] * 1021]})
    assert page.startswith("<table><caption>numbers</caption><tr><th>a</th><th>b</th></tr><tr><td>0</td><td></td></tr>")
    assert "<tr><td>1</td><td>1.23457</td></tr>" in page
    assert page.count("<tr>") == 21
    assert page.endswith("</table><p>and 1,003 more</p>")
    assert html_of("numbers", {"a": list(range(20))}).endswith("<tr><td>19</td></tr></table>")
    assert html_of("few", {"a": [1, 2, 3]}, most=2).endswith("</table><p>and 1 more</p>")


def test_pairs_for_a_notebook_leave_out_what_is_empty_and_keep_0():
    page = html_pairs("facts", {"none": None, "blank": "", "nought": 0, "no": False, "third": 1 / 3})
    assert page == (
        "<table><caption>facts</caption><tr><th>nought</th><td>0</td></tr><tr><th>no</th><td>False</td></tr>"
        "<tr><th>third</th><td>0.333333</td></tr></table>"
    )
