"""Reports of small real studies: what they say, what they hold, and that they replace nothing but a report."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from attrs import evolve

from nasapi.errors import NotAvailable, StoreError
from nasapi.report import write_report
from nasapi.report.analysis import analyse
from nasapi.report.build import targets_of
from nasapi.report.canvas import styles_of
from nasapi.report.folder import replace_report
from nasapi.report.formats import escape
from nasapi.report.measure import measure_of, run_curve
from nasapi.report.tables import comparisons
from nasapi.report.verdict import notes, verdict
from nasapi.report.words import decimals, interval, listing, number, probability, quantity, share
from nasapi.stats.intervals import Estimate
from nasapi.stats.paired import Comparison
from nasapi.summary import BenchmarkSummary

SOURCES = importlib.util.spec_from_file_location("report_sources", Path(__file__).with_name("report_sources.py"))
assert SOURCES is not None and SOURCES.loader is not None
sources = importlib.util.module_from_spec(SOURCES)
SOURCES.loader.exec_module(sources)

needs_moocore = pytest.mark.skipif(importlib.util.find_spec("moocore") is None, reason="moocore is not installed")


class Page(HTMLParser):
    """Collects what a page loads, its ids, and whether every tag that opens also closes."""

    def __init__(self, text: str):
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("img", "script", "link", "iframe", "source") and (given.get("src") or given.get("href")):
            self.loads.append(str(given.get("src") or given.get("href")))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if given.get("id"):
            self.ids.append(str(given["id"]))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(sources.study([sources.toy()], seeds=8), tmp_path_factory.mktemp("reports") / "one")


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    benchmarks = [sources.toy(), sources.two_goals(), sources.constrained(), sources.toy("toy/noisy-v1", noise=True)]
    benchmarks.append(sources.toy("toy/short-v1", 5))
    yield write_report(sources.study(benchmarks, seeds=3), tmp_path_factory.mktemp("reports") / "several")


def analysis_of(benchmark: object, **options: object):
    return analyse(sources.study([benchmark], **options), np.random.default_rng(0))[0]


# the page and its files


def test_the_page_loads_nothing_and_links_only_to_its_own_files(one: Path) -> None:
    page = Page((one / "index.html").read_text())
    assert page.loads == []
    assert not re.search(r"@import|url\((?!#)", (one / "index.html").read_text())
    for link in page.links:
        assert link[1:] in page.ids if link.startswith("#") else (one / link).is_file()


def test_no_two_elements_of_a_page_share_an_id(several: Path) -> None:
    ids = Page((several / "index.html").read_text()).ids
    assert len(ids) == len(set(ids))


def test_every_figure_is_there_as_svg_and_png_and_described(several: Path) -> None:
    text = (several / "index.html").read_text()
    names = {path.stem for path in (several / "figures").glob("*.png")}
    assert {"toy-formula-v1-queries", "toy-formula-v1-seconds", "toy-two-v1-fronts", "performance-profile"} <= names
    assert "critical-difference" in names
    for name in names:
        assert (several / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        ElementTree.fromstring((several / "figures" / f"{name}.svg").read_text())
    assert text.count('<div role="img" aria-label="') == len(names)


def test_names_of_strategies_are_escaped_in_html_and_latex(one: Path) -> None:
    assert "half &amp; half_%" in (one / "index.html").read_text()
    assert "half & half" not in (one / "index.html").read_text()
    assert r"half \& half\_\%" in (one / "tables" / "toy-formula-v1-leaderboard.tex").read_text()


def test_latex_tables_are_booktabs_with_as_many_cells_in_every_row(one: Path) -> None:
    for path in (one / "tables").glob("*.tex"):
        lines = path.read_text().splitlines()
        start, middle, end = (lines.index(rf"    \{rule}") for rule in ("toprule", "midrule", "bottomrule"))
        counts = {len(re.findall(r"(?<!\\)&", line)) for line in lines[start + 1 : end] if line.endswith(r"\\")}
        assert middle == start + 2
        assert len(counts) == 1
        assert r"\textbf" not in path.read_text()


def test_the_same_runs_give_the_same_files(one: Path, tmp_path: Path) -> None:
    source = sources.study([sources.toy()], seeds=8)
    first, second = (write_report(source, tmp_path / name) for name in "ab")
    for path in first.rglob("*.*"):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def test_csv_rows_hold_every_run_and_its_final_value(one: Path) -> None:
    source = sources.study([sources.toy()], seeds=8)
    with open(one / "tables" / "runs.csv", newline="") as file:
        rows = {(row["strategy"], int(row["seed"])): row for row in csv.DictReader(file)}
    assert len(rows) == len(source.runs)
    for run in source.runs:
        row = rows[run.strategy, run.seed]
        assert float(row["final"]) == run.curve()[-1]
        assert float(row["test_accuracy"]) == run.curve("test_accuracy")[-1]
        assert float(row["simulated_seconds"]) == run.cost.sum()


def test_curves_in_csv_are_the_steps_of_each_run(one: Path) -> None:
    run = sources.study([sources.toy()], seeds=1).runs[0]
    with open(one / "tables" / "curves.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["strategy"], row["seed"]) == (run.strategy, "0")]
    rebuilt = np.full(len(run), np.nan)
    for row in rows:
        rebuilt[int(row["trials"]) - 1 :] = float(row["value"])
    np.testing.assert_array_equal(rebuilt, run.curve())


def test_the_page_says_how_to_run_it_again(one: Path) -> None:
    facts = json.loads((one / "report.json").read_text())
    assert facts["command"] == "nasapi bench toy/formula-v1 -s draws -s climbs -s 'half & half_%' --seeds 8"
    assert {"Python", "nasapi", "numpy", "scipy"} <= facts["versions"].keys()
    text = (one / "index.html").read_text()
    assert "nasapi bench toy/formula-v1" in text
    assert "a formula in nasapi.testing.toy" in text


# folders


def test_a_report_replaces_an_older_one_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    replace_report(tmp_path / "report", {"index.html": "old", "figures/old.svg": "old"}, {})
    replace_report(tmp_path / "report", {"index.html": "new"}, {})
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["index.html", "report.json"]
    assert (tmp_path / "report" / "index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match=r"holds 'thesis\.tex', which no report of nasapi wrote; name another"):
        write_report(sources.study([sources.toy()], seeds=2), tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_added_to_a_report_keeps_it_from_being_replaced(tmp_path: Path) -> None:
    replace_report(tmp_path / "report", {"index.html": "old"}, {})
    (tmp_path / "report" / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"holds 'notes\.txt'"):
        replace_report(tmp_path / "report", {"index.html": "new"}, {})
    assert (tmp_path / "report" / "index.html").read_text() == "old"


def test_an_empty_folder_is_used_and_a_file_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert (replace_report(tmp_path / "empty", {"index.html": ""}, {}) / "report.json").is_file()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file; name a folder for the report"):
        replace_report(tmp_path / "file", {}, {})


def test_a_place_that_cannot_be_written_is_named_and_keeps_the_old_report(tmp_path: Path) -> None:
    replace_report(tmp_path / "report", {"index.html": "old"}, {})
    with pytest.raises(StoreError, match="The report cannot be written to"):
        replace_report(tmp_path / "report", {"index.html": "new", "index.html/below": "a file as a folder"}, {})
    assert (tmp_path / "report" / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_source_without_runs_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="no run has finished; run the study first"):
        write_report(sources.study([sources.toy()], seeds=0), tmp_path / "report")
    assert os.listdir(tmp_path) == []


# what is measured


def test_the_leading_set_is_ordered_by_mean_and_never_without_the_best() -> None:
    found = analysis_of(sources.toy(), seeds=10)
    means = [row.mean.value for row in found.runs]
    assert means == sorted(means, reverse=True)
    assert found.runs[0].strategy in found.leading


def test_noisy_runs_are_judged_by_expected_values() -> None:
    benchmark = sources.toy(noise=True)
    found = analysis_of(benchmark, seeds=5)
    for row in found.runs:
        for history, curve in zip(row.histories, row.curves, strict=True):
            last = history.codes[[history.incumbent()]]
            assert curve[-1] == benchmark.look_up(last, ["valid_accuracy"])["valid_accuracy"][0]
    assert found.measure.gap(np.concatenate(found.runs[0].curves)).min() >= 0
    assert any("expected value" in note for note in notes(found))


def test_noisy_runs_without_their_plugin_are_judged_by_what_they_saw() -> None:
    record = evolve(BenchmarkSummary.of(sources.toy(noise=True)), id="gone/away-v1")
    measure = measure_of(record, None, [])
    assert measure.optimum is None
    assert "plugin with the expected ones is not installed" in measure.note


def test_a_run_that_found_nothing_feasible_has_no_final_value() -> None:
    found = analysis_of(sources.constrained(upper=-1.0), seeds=3)
    assert all(not row.finals for row in found.runs)
    assert verdict(found) == ["No run found anything feasible."]


def test_constraints_show_how_much_was_feasible() -> None:
    found = analysis_of(sources.constrained(), seeds=4)
    for row in found.runs:
        kept = np.concatenate([history.values["params"] <= 100 for history in row.histories])
        assert row.feasible is not None
        assert row.feasible.value == kept.mean()
    assert any("best possible value is not known" in note for note in notes(found))


@needs_moocore
def test_several_goals_are_judged_by_hypervolume() -> None:
    benchmark = sources.two_goals()
    source = sources.study([benchmark], seeds=3)
    measure = measure_of(BenchmarkSummary.of(benchmark), benchmark, list(source.runs))
    for history in source.runs:
        curve = run_curve(measure, benchmark, history)
        points = np.unique(history.losses[history.front()], axis=0)  # by rising loss of accuracy, falling parameters
        right = 400.0
        lefts = np.append(points[1:, 0], -50.0)
        area = float(((lefts - points[:, 0]) * (right - points[:, 1])).clip(min=0).sum())
        assert curve[-1] == pytest.approx(area / ((benchmark.reference.optima["valid_accuracy"] - 50.0) * 400.0))
        assert (np.diff(curve) >= -1e-12).all()


@needs_moocore
def test_a_missing_reference_point_is_said_to_be_taken_from_the_runs() -> None:
    found = analysis_of(sources.two_goals(point=False), seeds=2)
    assert any("gives no reference point" in note for note in notes(found))


def test_without_moocore_several_goals_fall_back_to_the_first_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "moocore" else found(name, *rest)
    )
    analysis = analysis_of(sources.two_goals(), seeds=2)
    assert analysis.measure.name == "valid_accuracy"
    assert any("pip install 'nasapi[hypervolume]'" in note for note in notes(analysis))


def test_a_missing_test_accuracy_is_said_and_not_replaced(tmp_path: Path) -> None:
    benchmark = sources.toy()
    benchmark.objective.metrics = tuple(m for m in benchmark.objective.metrics if m.name != "test_accuracy")
    benchmark.objective.missing = {"test_accuracy": "bring the official file with `nasapi data import`."}
    inner = benchmark.objective.evaluate
    object.__setattr__(
        benchmark.objective, "evaluate", lambda *a: {k: v for k, v in inner(*a).items() if k[:4] != "test"}
    )
    text = (write_report(sources.study([benchmark], seeds=2), tmp_path / "report") / "index.html").read_text()
    assert "No test accuracy here: bring the official file with `nasapi data import`." in text
    assert "test accuracy (%)" not in text


def test_runs_that_are_not_there_are_counted() -> None:
    source = sources.study([sources.toy()], seeds=4)
    partial = evolve(source, runs=tuple(run for run in source.runs if (run.strategy, run.seed) != ("climbs", 2)))
    found = analyse(partial, np.random.default_rng(0))[0]
    assert found.absent == (("climbs", 2),)
    assert any(note == "1 run of climbs is not there (seed 2)." for note in notes(found))


# what is said


def test_the_verdict_names_who_is_ahead_by_how_much_and_how_surely() -> None:
    strategies = (sources.Named("stays"), sources.Named("draws"))
    sentences = verdict(analysis_of(sources.toy(budget=14), strategies=strategies, seeds=30))
    pattern = r"After 14 trials draws is ahead of stays by [\d.]+ \[[\d.]+, [\d.]+\] points \(p < 0\.001\); a run of it"
    assert len(sentences) == 1
    assert re.match(pattern, sentences[0])


def test_the_verdict_says_when_strategies_cannot_be_told_apart() -> None:
    strategies = (sources.Named("one"), sources.Named("same"))
    found = analysis_of(sources.toy(), strategies=strategies, seeds=5)
    assert found.leading == {"one", "same"}
    assert "cannot be told apart (difference 0.00 [0.00, 0.00] points, p = 1.000)" in verdict(found)[0]


def test_a_better_mean_with_worse_runs_is_not_called_ahead() -> None:
    found = analysis_of(sources.toy(), strategies=sources.THREE[:2], seeds=5)
    best, other = (row.strategy for row in found.runs)
    odd = Comparison(best, other, 5, Estimate(2.0, 0.1, 3.0), Estimate(0.2, 0.1, 0.4), 0.001, 0.001)
    (sentence,) = verdict(evolve(found, comparisons=(odd,), leading=frozenset({best})))
    assert f"{best} and {other} differ (p = 0.001), but not in one way: {best} has the better mean" in sentence


def test_of_very_many_pairs_only_those_with_the_best_are_shown() -> None:
    strategies = [sources.Named(f"strategy-{i}", i / 12) for i in range(11)]
    found = analysis_of(sources.toy(budget=3), strategies=strategies, seeds=3)
    shown = comparisons(found, "toy")
    assert len(found.comparisons) == 55
    assert {row[0] for row in shown.rows} == {found.runs[0].strategy}
    assert "over all 55 pairs, of which those with the best are shown" in shown.caption


def test_a_lone_strategy_is_described_not_compared() -> None:
    found = analysis_of(sources.toy(), strategies=sources.THREE[:1], seeds=5)
    assert re.match(r"After 12 trials draws has a mean validation accuracy of [\d.]+ \[", verdict(found)[0])


def test_a_benchmark_that_everybody_solves_is_said_to_separate_no_longer() -> None:
    found = analysis_of(sources.toy(budget=200), seeds=4)
    words = " ".join(notes(found))
    assert "this benchmark does not separate them after that" in words
    assert "ended on the optimum: this benchmark cannot show anything better" in words


def test_few_runs_are_announced_to_be_rough() -> None:
    assert any(
        note.startswith("With 3 runs of a strategy, intervals") for note in notes(analysis_of(sources.toy(), seeds=3))
    )


def test_targets_are_distinct_and_end_with_the_optimum() -> None:
    found = analysis_of(sources.toy(), seeds=6)
    targets = targets_of(found)
    assert list(targets)[-1] == "the optimum"
    assert len(set(targets.values())) == len(targets)


# words


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0%"), (0.004, "<1%"), (0.5, "50%"), (0.996, ">99%"), (1.0, "100%"), (np.nan, "–")]
)
def test_a_share_is_nought_or_whole_only_when_it_is(value: float, text: str) -> None:
    assert share(value) == text


def test_numbers_are_rounded_to_what_their_interval_supports() -> None:
    rough, fine = Estimate(91.1234, 90.5, 91.9), Estimate(91.6067, 91.6, 91.61)
    assert interval(rough, decimals([rough])) == "91.12 [90.50, 91.90]"
    assert decimals([rough, fine]) == 4
    assert interval(Estimate(5.0, np.nan, np.nan), 1) == "5.0"
    assert interval(None) == "–"


def test_words_read_as_a_person_would_write_them() -> None:
    assert number(-1234.5, 1) == "−1,234.5"
    assert number(-0.001, 1) == "0.0"
    assert probability(0.0004) == "p < 0.001"
    assert probability(0.034) == "p = 0.034"
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert [quantity(seconds) for seconds in (1e6, 7200.0, 130.0, 3.0, 0.05, 1e-5)] == [
        "11.6 days",
        "2 h",
        "2.17 min",
        "3 s",
        "50 ms",
        "0.01 ms",
    ]


def test_latex_escapes_every_special_character() -> None:
    assert escape(r"a_b & 50% of {x}^2 ~ \y #1 $") == (
        r"a\_b \& 50\% of \{x\}\textasciicircum{}2 \textasciitilde{} \textbackslash{}y \#1 \$"
    )


def test_styles_differ_in_more_than_colour() -> None:
    styles = list(styles_of([f"strategy-{i}" for i in range(12)]).values())
    assert len({(style.colour, str(style.dash), style.marker) for style in styles}) == 12
    assert len({(str(style.dash), style.marker) for style in styles}) == 12
