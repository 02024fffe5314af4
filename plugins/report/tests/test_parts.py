"""Parts of a report from runs made by hand: files, the terminal, what is said of versions and seeds."""

from __future__ import annotations

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from handmade_runs import BEST, made, source
from hypothesis import given
from hypothesis import strategies as st
from nasapi_report.analysis import analyse
from nasapi_report.build import _section
from nasapi_report.canvas import styles_of
from nasapi_report.cells import best_cells
from nasapi_report.formats import Table, to_csv, to_latex
from nasapi_report.provenance import command, seeds_text, versions
from nasapi_report.study_analysis import analyse_study
from nasapi_report.terminal import show_leaderboards
from nasapi_report.verdict import verdict
from nasapi_report.words import decimals, format_duration, format_durations, interval, number, share, with_unit

from nasapi.cli.seeds import Seeds


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
    shown_runs = source(toy, *runs)
    show_leaderboards(shown_runs)
    shown = capsys.readouterr().out
    assert "toy/formula-v1: validation accuracy after 3 trials" in shown
    lines = {line.split()[0]: line.split() for line in shown.splitlines() if line.startswith(("a ", "b "))}
    (analysis,) = analyse_study(shown_runs).analyses
    digits = decimals(row.mean for row in analysis.runs)
    for row in analysis.runs:
        words = [*interval(row.mean, digits).split(), number(row.sd, digits), number(row.best, digits)]
        assert lines[row.strategy][1:] == [*words, share(1.0 if row.strategy == "a" else 0.0), "33%", "3"]
    assert verdict(analysis)[0] in " ".join(shown.split())
    show_leaderboards(shown_runs, verdicts=False)
    assert "After 3 trials" not in capsys.readouterr().out


def test_the_terminal_shows_sentences_over_all_benchmarks_as_one_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    show_leaderboards(sources.study([sources.toy("toy/a-v1"), sources.toy("toy/b-v1")], seeds=2))
    *_, paragraph = capsys.readouterr().out.strip().split("\n\n")
    assert [line[:17] for line in paragraph.splitlines()] == ["Over 2 benchmarks"] * 2


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
        (0.00199, "1.99 ms"),
        (0.0, "0 ms"),
        (86_400_000, "1,000 days"),
    ],
)
def test_a_duration_is_in_the_largest_unit_of_which_there_are_two(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_durations_of_a_column_have_one_unit_unless_they_are_far_apart() -> None:
    assert format_durations([7272, np.nan, 6900]) == ["121 min", "–", "115 min"]
    assert format_durations([0.0017, 1.2]) == ["1.7 ms", "1,200 ms"]
    assert format_durations([0.003, 4000]) == ["3 ms", "66.7 min"]
    assert format_durations([np.nan]) == ["–"]


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


def test_seeds_are_reported_as_a_stretch_or_one_by_one() -> None:
    assert [seeds_text(seeds) for seeds in ([0, 1, 2], [2, 1, 0], [0, 1], [0, 1, 3], [4], [])] == [
        "0 to 2",
        "0 to 2",
        "0, 1",
        "0, 1, 3",
        "4",
        "",
    ]


def test_plugins_that_made_runs_are_named_with_those_that_they_stand_on() -> None:
    pytest.importorskip("nasapi_baselines")
    offered = {"a": "nasapi-baselines 0.1.0", "b": "nasapi-gone 1.0", "./own.py:Own": "sha256:0 code:1"}
    found = versions([], offered)
    assert [name for name, _ in found[:4]] == ["nasapi-baselines", "nasapi-gone", "./own.py:Own", "nasapi-toolkit"]
    assert found[2] == ("./own.py:Own", "sha256:0")


def test_versions_are_as_recorded_and_then_as_installed() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    (analysis,) = analyse(source(toy, made(toy, "a", 0, [60.0], [0.0])))
    recorded = evolve(analysis, record=evolve(analysis.record, offered_by="numpy 0.9 (abc)"))
    found = versions([recorded], {"a": "numpy 0.9", "b": "mine 2.0", "c": ""})
    assert found[:2] == [("mine", "2.0"), ("numpy", "0.9 (abc)")]
    names = [name for name, _ in found]
    assert names[2:] == ["nasapi", "scipy", "matplotlib", "zarr", "Python", "system"]


@given(st.sets(st.integers(0, 40), min_size=1, max_size=12))
def test_the_command_makes_the_seeds_that_there_are(seeds: set[int]) -> None:
    toy = evolve(sources.toy(), report_metrics=())
    (analysis,) = analyse(source(toy, *(made(toy, "a", seed, [60.0], [0.0]) for seed in seeds)))
    words = command([analysis], ["a"]).split()
    read = Seeds().convert(words[words.index("--seeds") + 1], None, None)
    assert set(range(read) if isinstance(read, int) else read) == seeds


def test_seeds_in_a_command_are_a_number_or_ranges() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    shown = []
    for seeds in (range(3), range(10, 20), [0, 3, 7, 8, 9], [4]):
        (analysis,) = analyse(source(toy, *(made(toy, "a", seed, [60.0], [0.0]) for seed in seeds)))
        shown.append(command([analysis], ["a"]).partition("--seeds ")[2])
    assert shown == ["3", "10-19", "0,3,7-9", "4-4"]


def test_a_strategy_that_found_nothing_leaves_the_figures_of_the_others() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    runs = [made(toy, name, seed, [value], [0]) for name, value in (("a", 60.0), ("b", np.nan)) for seed in (0, 1)]
    (analysis,) = analyse_study(source(toy, *runs)).analyses
    section = _section(analysis, [analysis], "toy", styles_of(["a", "b"]), np.random.default_rng(0))
    assert [figure.name for figure in section.figures] == ["toy-trials", "toy-finals", "toy-runtimes"]


def test_a_batch_of_several_is_part_of_the_command() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    runs = [made(toy, "a", seed, [60.0], [0.0], batch=4) for seed in (0, 1)]
    (analysis,) = analyse(source(toy, *runs))
    assert command([analysis], ["a", "not run"]) == "nasapi bench toy/formula-v1 -s a --seeds 2 --batch 4"
