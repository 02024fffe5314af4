"""Parts of a report from runs made by hand: fronts, feasible shares, best cells, figures, files, the terminal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from matplotlib.figure import Figure as Canvas
from nasapi_report import canvas, feasibility, figures
from nasapi_report.analysis import analyse
from nasapi_report.canvas import Figure, styles_of
from nasapi_report.cells import best_cells, final_codes
from nasapi_report.feasibility import feasible_share, least_violation, shortfalls
from nasapi_report.formats import Table, to_csv, to_latex
from nasapi_report.provenance import command, seeds_text, versions
from nasapi_report.study_analysis import analyse_study
from nasapi_report.terminal import show_leaderboards
from nasapi_report.verdict import verdict
from nasapi_report.words import decimals, format_duration, interval, number, share, with_unit

from nasapi.benchmark import Benchmark
from nasapi.history import History
from nasapi.problem import Constraint
from nasapi.testing.toy import Toy

EVERY = np.concatenate(list(Toy().enumerate()))
BEST = [2, 2, 2]


def made(benchmark: Benchmark, name: str, seed: int, accuracy: list[float], params: Any, **more: Any) -> History:
    """A run with these values; codes are the first of the space where none are given."""
    n = len(accuracy)
    columns = {"valid_accuracy": np.array(accuracy, float), "params": np.array(params, float)}
    told = {metric: columns[metric] for metric in benchmark.problem.observed}
    given: dict[str, Any] = {
        "codes": EVERY[:n],
        "batch": 1,
        "errors": {int(row): "broke" for row in np.flatnonzero(np.isnan(columns["valid_accuracy"]))},
    }
    return History(
        benchmark=benchmark.spec,
        strategy=name,
        seed=seed,
        goals=benchmark.problem.goals,
        constraints=benchmark.problem.constraints,
        fidelity=np.full(n, -1),
        values=told,
        cost=np.full(n, 60.0),
        repeats={"code": np.zeros(n, bool), "network": np.arange(n) == n - 1},
        report_metrics={},
        seconds=np.full(n, 0.5),
        optima=dict(benchmark.reference.optima),
        **{**given, **more},
    )


def source(benchmark: Benchmark, *runs: History) -> sources.Source:
    names = tuple(dict.fromkeys(run.strategy for run in runs))
    return sources.Source((benchmark,), names, tuple(sorted({run.seed for run in runs})), runs)


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


# fronts and feasible shares


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


def test_the_share_of_feasible_trials_counts_failures_among_all() -> None:
    small = sources.constrained()
    run = made(small, "a", 0, [70, np.nan, 80, 60], [100, 0, 101, 0])
    assert feasible_share(run).tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 2])


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


# best cells


def cells_of(*runs: tuple[str, int, list[list[int]], list[float]], benchmark: Benchmark | None = None, most: int = 3):
    toy = evolve(benchmark or sources.toy(), report_metrics=())
    given = [made(toy, name, seed, values, values, codes=np.array(codes)) for name, seed, codes, values in runs]
    (analysis,) = analyse(source(toy, *given))
    return best_cells(analysis, most)


def test_the_best_cells_are_what_runs_ended_on_with_who_found_them() -> None:
    other, poor = [1, 2, 1], [0, 1, 0]
    found = cells_of(
        ("a", 0, [poor, BEST], [60, 99]),
        ("a", 1, [BEST, poor], [99, 60]),
        ("b", 0, [other, poor], [90, 61]),
        ("b", 1, [poor, BEST], [61, 99]),
        ("b", 2, [poor, poor], [np.nan, np.nan]),
        ("b", 3, [poor], [61]),
    )
    assert [cell.code for cell in found] == [(2, 2, 2), (1, 2, 1), (0, 1, 0)]
    assert [cell.value for cell in found] == [99.0, 90.0, 61.0]
    assert [cell.found for cell in found] == [(("a", 2), ("b", 1)), (("b", 1),), (("b", 1),)]
    assert found[0].text == "conv|conv|conv"
    assert "<svg" in found[0].svg
    assert not found[0].wide
    assert evolve(found[0], svg='<svg width="801">').wide
    assert not evolve(found[0], svg='<svg width="800">').wide


def test_of_equal_cells_the_more_often_found_comes_first_and_no_more_are_shown_than_asked() -> None:
    runs = [
        ("a", 0, [[1, 2, 1]], [90.0]),
        ("a", 1, [BEST], [90.0]),
        ("b", 0, [BEST], [90.0]),
        ("b", 1, [[0, 1, 0]], [80.0]),
    ]
    assert [cell.code for cell in cells_of(*runs)] == [(2, 2, 2), (1, 2, 1), (0, 1, 0)]
    assert [cell.code for cell in cells_of(*runs, most=1)] == [(2, 2, 2)]
    four = [("a", at, [row], [50.0 + at]) for at, row in enumerate([[0, 1, 0], [0, 2, 0], [1, 2, 1], BEST])]
    assert len(cells_of(*four)) == 3


def test_two_codes_of_one_network_are_one_cell_where_values_are_of_networks() -> None:
    runs = [("a", 0, [[2, 1, 0]], [65.0]), ("b", 0, [[1, 1, 0]], [65.0])]  # the edge into the dead node differs
    (cell,) = cells_of(*runs)
    assert cell.code == (2, 1, 0)
    assert cell.found == (("a", 1), ("b", 1))


def test_the_code_that_a_run_ended_on_is_its_last_incumbents() -> None:
    toy = sources.toy()
    assert final_codes(made(toy, "a", 0, [60, 90, 70], [0] * 3)) == tuple(EVERY[1])
    assert final_codes(made(toy, "a", 0, [np.nan], [0])) == ()
    assert final_codes(made(toy, "a", 0, [], [])) == ()


# figures as files


def test_a_figure_holds_what_is_drawn_and_no_date() -> None:
    def draw(panel: Any) -> None:
        panel.plot([1, 2], [3, 4], gid="the-line")

    found = canvas.figure("name", "Title", "Caption", draw, height=2.0)
    assert (found.name, found.title, found.caption, found.wide) == ("name", "Title", "Caption", False)
    assert 'id="the-line"' in found.svg
    assert "<dc:date>" not in found.svg
    assert found.png[16:24] == (930).to_bytes(4, "big") + (300).to_bytes(4, "big")  # 6.2 by 2 inches, 150 dots
    assert found.svg == canvas.figure("name", "Title", "Caption", draw, height=2.0).svg


def test_panels_share_their_axis_and_three_are_wide() -> None:
    seen: list[Any] = []

    def draw(panels: Any) -> None:
        panels[0].plot([0, 1], [0, 50])
        seen.append([panel.get_ylim() for panel in panels])

    wide = canvas.figure("name", "t", "c", draw, panels=3, height=2.0)
    assert wide.wide
    assert len(seen[0]) == 3
    assert len(set(seen[0])) == 1
    assert wide.png[16:20] == (1530).to_bytes(4, "big")  # 3.4 inches a panel
    assert not canvas.figure("name", "t", "c", draw, panels=2, height=2.0).wide


def test_an_inline_figure_has_ids_of_its_own_and_the_colour_of_the_page() -> None:
    svg = (
        '<?xml version="1.0"?><svg width="9" viewBox="0 0 9 9"><metadata>when</metadata><path id="a"/>'
        f'<use href="#a" clip-path="url(#a)" fill="{canvas.INK}"/></svg>'
    )
    found = Figure("name", "t", "c", svg, b"").inline
    assert found == (
        '<svg viewBox="0 0 9 9" role="presentation"><path id="name-a"/>'
        '<use href="#name-a" clip-path="url(#name-a)" fill="currentColor"/></svg>'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.05, "0.05"), (999, "999"), (1e3, "1k"), (5e6, "5M"), (2.5e9, "2.5G"), (1234567.0, "1.23457M")],
)
def test_ticks_are_numbers_in_few_letters(value: float, text: str) -> None:
    panel = Canvas().subplots()
    panel.plot([1, 1e4], [1, 1e4])
    canvas.log_axis(panel, "x")
    assert panel.xaxis.get_major_formatter()(value) == text
    assert (panel.get_xscale(), panel.get_yscale()) == ("log", "linear")
    assert panel.xaxis.get_minor_formatter()(value) == ""


def test_a_long_name_keeps_both_ends_in_a_figure() -> None:
    name = "evolution[" + "x" * 60 + "=last]"
    assert canvas.label(name) == f"{name[:24]}…{name[-23:]}"
    assert len(canvas.label(name)) == 48
    assert canvas.label("x" * 48) == "x" * 48
    assert canvas.label("_hidden\nname") == " _hidden name"


# files and the terminal


def test_a_csv_has_empty_cells_for_what_is_no_number_and_no_formulas() -> None:
    found = to_csv(("a", "=b"), [(1.5, "x"), (np.nan, "=1+1"), (np.inf, 'say "it"')])
    rows = found.split("\r\n")
    assert rows[0].startswith("a,") and not rows[0].endswith(",=b")
    assert rows[1] == "1.5,x"
    assert rows[2].startswith(",") and "=1+1" in rows[2] and not rows[2].endswith(",=1+1")
    assert rows[3] == ',"say ""it"""'


def test_a_latex_table_sets_numbers_to_the_right_behind_two_columns_of_text() -> None:
    table = Table("name", "100% of it", ("", "strategy", "mean"), (("•", "a_b", "−1"), ("", "c", "2")))
    lines = to_latex(table).splitlines()
    assert r"  \begin{tabular}{llr}" in lines
    assert r"  \caption{100\% of it}" in lines
    assert lines[lines.index(r"    \midrule") + 1 : lines.index(r"    \bottomrule")] == [
        r"    $\bullet$ & a\_b & $-$1 \\",
        r"     & c & 2 \\",
    ]
    assert (table.key(0, 2), evolve(table, keys=((0, "a", 7.0), (1, "c", 2.0))).key(0, 2)) == ("−1", 7.0)


def test_the_terminal_shows_each_benchmark_with_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    toy = evolve(sources.toy(budget=3), report_metrics=())
    runs = [made(toy, "a", seed, [60 + seed, 99, 70], [0] * 3) for seed in range(3)]
    runs += [made(toy, "b", seed, [50 + seed, 40, 30], [0] * 3) for seed in range(3)]
    given = source(toy, *runs)
    show_leaderboards(given)
    shown = capsys.readouterr().out
    assert "toy/formula-v1: validation accuracy after 3 trials" in shown
    lines = {line.split()[0]: line.split() for line in shown.splitlines() if line.startswith(("a ", "b "))}
    (analysis,) = analyse_study(given).analyses
    digits = decimals(row.mean for row in analysis.runs)
    for row in analysis.runs:
        words = [*interval(row.mean, digits).split(), number(row.spread, digits), number(row.best, digits)]
        assert lines[row.strategy][1:] == [*words, share(1.0 if row.strategy == "a" else 0.0), "33%", "3"]
    assert verdict(analysis)[0] in " ".join(shown.split())
    show_leaderboards(given, verdicts=False)
    assert "After 3 trials" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (172_800, "2 days"),
        (172_799, "48 h"),
        (7_199, "120 min"),
        (119, "119 s"),
        (1.0, "1 s"),
        (0.999, "999 ms"),
        (0.002, "2 ms"),
        (0.00199, "2 ms"),
        (0.0, "0 ms"),
    ],
)
def test_a_duration_is_in_the_largest_unit_of_which_there_are_two(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_shares_and_differences_at_their_ends() -> None:
    assert [share(part) for part in (0.01, 0.0099, 0.99, 0.9901)] == ["1%", "<1%", "99%", ">99%"]
    assert [with_unit("1.0", unit) for unit in ("%", "ms", "")] == ["1.0 points", "1.0 ms", "1.0"]
    assert number(np.nan) == "–"


def test_a_space_that_is_not_here_shows_codes_as_numbers() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    (analysis,) = analyse(source(toy, made(toy, "a", 0, [60.0], [0.0], codes=np.array([BEST]))))
    gone = evolve(analysis, benchmark=None, record=evolve(analysis.record, space="gone"))
    (cell,) = best_cells(gone)
    assert (cell.text, cell.svg) == ("2 2 2", "")
    there = evolve(analysis, benchmark=None)
    assert best_cells(there)[0].text == "conv|conv|conv"
    assert best_cells(evolve(there, record=evolve(there.record, genes=4)))[0].svg == ""
    assert best_cells(evolve(there, unregistered="It is not registered."))[0].text == "conv|conv|conv"
    unsafe = evolve(there.record, space="nasapi.testing.toy:Toy")
    assert best_cells(evolve(there, record=unsafe, unregistered="It is not registered."))[0].text == "2 2 2"


def test_seeds_are_told_as_a_stretch_or_one_by_one() -> None:
    assert [seeds_text(seeds) for seeds in ([0, 1, 2], [2, 1, 0], [0, 1], [0, 1, 3], [4], [])] == [
        "0 to 2",
        "0 to 2",
        "0, 1",
        "0, 1, 3",
        "4",
        "",
    ]


def test_versions_are_as_recorded_and_then_as_installed() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    (analysis,) = analyse(source(toy, made(toy, "a", 0, [60.0], [0.0])))
    recorded = evolve(analysis, record=evolve(analysis.record, offered_by="numpy 0.9 (abc)"))
    found = versions([recorded], ["numpy 0.9", "mine 2.0", ""])
    assert found[:2] == [("mine", "2.0"), ("numpy", "0.9 (abc)")]
    names = [name for name, _ in found]
    assert names[2:] == ["nasapi", "scipy", "matplotlib", "zarr", "Python", "system"]


def test_a_batch_of_several_is_part_of_the_command() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    runs = [made(toy, "a", seed, [60.0], [0.0], batch=4) for seed in (0, 1)]
    (analysis,) = analyse(source(toy, *runs))
    assert command([analysis], ["a", "not run"]) == "nasapi bench toy/formula-v1 -s a --seeds 2 --batch 4"
