"""Reports of small real studies: what they hold, and that they replace nothing but a report."""

from __future__ import annotations

import csv
import html
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from click.testing import CliRunner
from nasapi_report import write_report
from nasapi_report.analysis import analyse
from nasapi_report.build import _slugs, targets_of
from nasapi_report.folder import replace_report
from nasapi_report.notes import notes
from nasapi_report.provenance import command
from nasapi_report.source import is_trusted
from nasapi_report.study_analysis import analyse_study
from stores import Drawing

import nasapi
from nasapi import Store, Study
from nasapi.cli.main import cli
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption, NotAvailable, StoreError
from nasapi.reference import Reference
from nasapi.storage import BenchmarkSummary, StrategySummary
from nasapi.testing.problems import mirrored
from nasapi.testing.toy import toy_v1

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
def runs() -> sources.Source:
    return sources.study([sources.toy()], seeds=8)


@pytest.fixture(scope="module")
def one(runs: sources.Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(runs, tmp_path_factory.mktemp("reports") / "one")


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    short = sources.toy("toy/short-v1", 5, noise=True)
    benchmarks = [sources.toy(), sources.two_goals(), sources.constrained(), short]
    yield write_report(sources.study(benchmarks, seeds=3), tmp_path_factory.mktemp("reports") / "several")


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
    slugs = ("toy-formula-v1", "toy-two-v1", "toy-small-v1", "toy-short-v1")
    each = [f"{slug}-{kind}" for slug in slugs for kind in ("trials", "seconds", "finals", "runtimes")]
    assert names == {
        *each,
        "toy-two-v1-fronts",
        "toy-small-v1-feasibility",
        "overall-regret",
        "overall-ranks",
        "overall-targets",
    }
    for name in names:
        assert (several / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        ElementTree.fromstring((several / "figures" / f"{name}.svg").read_text())
    assert text.count('<div role="img" aria-label="') == len(names)
    for name, height in (("overall-regret", 1.6 + 4 * 0.42), ("toy-two-v1-finals", 0.9 + 3 * 0.62)):
        tall = (several / "figures" / f"{name}.png").read_bytes()[20:24]
        assert int.from_bytes(tall, "big") == pytest.approx(150 * height, abs=1), (
            "a figure grows by the benchmarks or strategies in it"
        )


def test_every_table_is_there_as_latex_and_those_of_all_benchmarks_as_csv_too(several: Path) -> None:
    slugs = ("toy-formula-v1", "toy-two-v1", "toy-small-v1", "toy-short-v1")
    each = [f"{slug}-{kind}.tex" for slug in slugs for kind in ("leaderboard", "costs", "comparisons", "targets")]
    together = [f"overall-{kind}.{ending}" for kind in ("benchmarks", "totals") for ending in ("tex", "csv")]
    whole = [f"{kind}.csv" for kind in ("runs", "strategies", "comparisons", "curves")]
    assert sorted(path.name for path in (several / "tables").iterdir()) == sorted([*each, *together, *whole])
    for name in ("benchmarks", "totals"):
        with open(several / "tables" / f"overall-{name}.csv", newline="") as file:
            rows = list(csv.reader(file))
        assert {row[0] for row in rows[1:]} == {"draws", "climbs", "half & half_%"}
        assert {len(row) for row in rows} == {len(rows[0])}


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


def test_the_same_runs_give_the_same_files(runs: sources.Source, one: Path, tmp_path: Path) -> None:
    again = write_report(runs, tmp_path / "again")
    names = [path.relative_to(one) for path in one.rglob("*.*")]
    assert [name for name in names if (one / name).read_bytes() != (again / name).read_bytes()] == []


def test_csv_rows_hold_every_run_and_its_final_value(one: Path) -> None:
    source = sources.study([sources.toy()], seeds=8)
    with open(one / "tables" / "runs.csv", newline="") as file:
        rows = {(row["strategy"], int(row["seed"])): row for row in csv.DictReader(file)}
    assert len(rows) == len(source.runs)
    for run in source.runs:
        row = rows[run.strategy, run.seed]
        assert float(row["final"]) == run.curve()[-1]
        assert float(row["test_accuracy"]) == run.curve("test_accuracy")[-1]
        assert float(row["simulated_seconds"]) == run.elapsed[-1]


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


def test_a_report_of_a_store_names_the_versions_that_the_store_recorded(tmp_path: Path) -> None:
    toy = toy_v1()
    named = [StrategySummary("random", "nasapi-baselines 0.0.1 (edited 0)"), StrategySummary("gone", "nasapi-gone 7")]
    store = Store.prepare(tmp_path / "runs", [BenchmarkSummary.of(toy)], named, [0])
    store.record(*(evolve(nasapi.run(toy, Drawing, seed=0), strategy=strategy.spec) for strategy in named))
    facts = write_report(Study.open(tmp_path / "runs"), tmp_path / "report") / "report.json"
    known = json.loads(facts.read_text())["versions"]
    assert (known["nasapi-baselines"], known["nasapi-gone"]) == ("0.0.1 (edited 0)", "7")


@pytest.mark.parametrize("given", ["runs/first", Path("runs/first")])
def test_what_is_no_study_is_refused(given: object, tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"A report is of a study, such as nasapi\.Study\.open\(.*\), not of "):
        write_report(given, tmp_path / "report")  # type: ignore[arg-type]


def test_runs_that_are_no_grid_get_a_command_for_each_grid() -> None:
    a, b = sources.toy("toy/a-v1"), sources.toy("toy/b-v1")
    parts = [
        sources.study([a, b], sources.THREE[:1], 2),
        sources.study([a], sources.THREE[1:2], 2),
        sources.study([a], sources.THREE[2:], [1, 3]),
    ]
    names = tuple(strategy.spec for strategy in sources.THREE)
    runs = tuple(run for part in parts for run in part.runs)
    source = sources.Source((a, b), names, (0, 1, 2, 3), runs)
    assert command(analyse(source), names).splitlines() == [
        "nasapi bench toy/a-v1 -s draws -s climbs --seeds 2 --store runs/again",
        "nasapi bench toy/a-v1 -s 'half & half_%' --seeds 1,3 --store runs/again",
        "nasapi bench toy/b-v1 -s draws --seeds 2 --store runs/again",
    ]


def test_what_names_benchmarks_by_records_is_not_trusted_unless_it_says_so() -> None:
    benchmark = sources.toy()
    record = BenchmarkSummary.of(benchmark)
    given = [(benchmark,), (benchmark, record), (record,)]
    assert [is_trusted(sources.Source(some, (), (), ())) for some in given] == [True, False, False]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("one run", "After 12 trials draws has a mean validation accuracy of "),
        ("nothing feasible", "No run found anything feasible."),
        ("no feasible front", "No run found anything feasible."),
        ("every evaluation fails", "No run has a value: every evaluation failed."),
    ],
)
def test_a_report_is_written_of_whatever_there_is(case: str, message: str, tmp_path: Path) -> None:
    two = sources.two_goals()
    limited = evolve(two.problem, constraints=(Constraint("params", upper=-1.0),))
    broken = sources.toy()
    object.__setattr__(broken.objective, "evaluate", lambda *given: 1 / 0)
    benchmark, strategies, seeds = {
        "one run": (sources.toy(), sources.THREE[:1], 1),
        "nothing feasible": (sources.constrained(upper=-1.0), sources.THREE, 2),
        "no feasible front": (evolve(two, problem=limited), sources.THREE, 2),
        "every evaluation fails": (evolve(broken, report_metrics=()), (sources.Named("stays"),), 2),
    }[case]
    source = sources.study([benchmark], strategies, seeds)
    page = (write_report(source, tmp_path / "report") / "index.html").read_text(encoding="utf-8")
    assert message in page
    shown = html.unescape(page)
    assert [note for note in notes(analyse_study(source).analyses[0]) if note not in shown] == []
    assert all(page.count(f">{html.escape(strategy.spec)}</td>") > 1 for strategy in strategies)  # of two tables


def test_asking_for_a_report_imports_nothing_heavy_and_writing_one_no_global_figures() -> None:
    light = "import sys, nasapi_report; print({'numpy', 'scipy', 'matplotlib', 'jinja2'} & sys.modules.keys())"
    heavy = "import sys, nasapi_report.build, nasapi_report.canvas as c; c.figure('a', 'a', '', lambda axes: None)"
    heavy += "; print('matplotlib.pyplot' in sys.modules)"
    assert [output_of(light), output_of(heavy)] == ["set()", "False"]


def output_of(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


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


def test_a_file_of_a_report_that_was_changed_keeps_it_from_being_replaced(tmp_path: Path) -> None:
    replace_report(tmp_path / "report", {"index.html": "old", "figures/a.svg": "old"}, {})
    (tmp_path / "report" / "figures" / "a.svg").write_text("with a remark")
    with pytest.raises(StoreError, match=r"holds 'figures/a\.svg', which was changed since the report was written"):
        replace_report(tmp_path / "report", {"index.html": "new"}, {})
    (tmp_path / "report" / "figures" / "a.svg").unlink()
    replace_report(tmp_path / "report", {"index.html": "new"}, {})


def test_an_empty_folder_is_used_and_a_file_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert (replace_report(tmp_path / "empty", {"index.html": ""}, {}) / "report.json").is_file()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file; name a folder for the report"):
        replace_report(tmp_path / "file", {}, {})


def test_a_place_that_cannot_be_written_is_named_and_keeps_the_old_report(tmp_path: Path) -> None:
    replace_report(tmp_path / "report", {"index.html": "old"}, {})
    with pytest.raises(StoreError, match=r"The report .* cannot be written: "):
        replace_report(tmp_path / "report", {"index.html": "new", "index.html/below": "a file as a folder"}, {})
    assert (tmp_path / "report" / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_source_without_runs_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="no run has finished; run the study first"):
        write_report(sources.study([sources.toy()], seeds=0), tmp_path / "report")
    assert os.listdir(tmp_path) == []


def test_a_place_that_is_taken_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    class Untouched:
        @property
        def benchmarks(self) -> object:
            raise AssertionError("a report was computed for a place that it cannot have")

    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match=r"holds 'thesis\.tex'"):
        write_report(Untouched(), tmp_path)  # type: ignore[arg-type]


# the verb


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of two stores in the working folder, whose seeds differ."""
    monkeypatch.chdir(tmp_path)
    benchmark = toy_v1()
    for name, seed in (("first.zarr", 0), ("second.zarr", 1)):
        Study([benchmark], [Drawing], [seed], tmp_path / name).run()
    return ["first.zarr", "second.zarr"]


@pytest.mark.parametrize(
    ("arguments", "folder"), [((), "report/first+second"), (("-o", "elsewhere/page"), "elsewhere/page")]
)
def test_the_verb_writes_a_report_of_all_stores_and_says_where(
    arguments: tuple[str, ...], folder: str, stores: list[str], tmp_path: Path
) -> None:
    result = CliRunner().invoke(cli, ["report", *stores, *arguments], standalone_mode=False)
    assert result.exception is None
    assert result.stdout.split() == [str(Path(folder) / "index.html")]
    page = (tmp_path / folder / "index.html").read_text(encoding="utf-8")
    assert "After 10 trials Drawing has a mean validation accuracy of " in page
    with open(tmp_path / folder / "tables" / "runs.csv", newline="") as file:
        assert [row["seed"] for row in csv.DictReader(file)] == ["0", "1"]
    assert json.loads((tmp_path / folder / "report.json").read_text())["kind"] == "nasapi report"


def test_file_names_of_benchmarks_are_letters_and_never_the_same() -> None:
    assert _slugs(["nb201/CIFAR 10-v1[budget=3]", "nb201/cifar.10-v1[budget=3]", "x"]) == [
        "nb201-cifar-10-v1-budget-3",
        "nb201-cifar-10-v1-budget-3-2",
        "x",
    ]


def test_targets_of_what_is_minimised_without_an_optimum_end_on_the_least() -> None:
    toy = sources.toy(budget=6)
    turned = evolve(mirrored(toy), reference=Reference(), report_metrics=())
    (analysis,) = analyse(sources.study([turned], sources.THREE[:2], 5))
    assert analysis.measure.sign == 1
    every = [value for row in analysis.runs for value in row.final_values.values()]
    wanted = targets_of(analysis)
    assert wanted["best of all runs"] == min(every)
    weakest = max(analysis.runs, key=lambda row: float(np.median(list(row.final_values.values()))))
    assert wanted[f"median of {weakest.strategy}"] == np.median(list(weakest.final_values.values()))
    assert [row.best for row in analysis.runs] == [min(row.final_values.values()) for row in analysis.runs]
    means = [row.mean.value for row in analysis.runs]
    assert means == sorted(means)
    assert analysis.comparisons[0].difference.value == pytest.approx(means[1] - means[0])
