"""What holds over all benchmarks of a study made by hand, and its page, recomputed by other means."""

from __future__ import annotations

import csv
import html
import re
from pathlib import Path

import nasapi_report
import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from golden_study import FINALS, SEEDS, SPECS, VALUES, adjusted, column, made, p_values, regrets
from nasapi_report import overall_page, tables, write_report
from nasapi_report.canvas import styles_of
from nasapi_report.notes import notes
from nasapi_report.overall import TARGETS, Task, _compared, overall
from nasapi_report.stats.paired import compare
from nasapi_report.study_analysis import StudyAnalysis, analyse_study
from nasapi_report.verdict import verdict
from nasapi_report.words import number
from scipy import stats


def test_totals_are_means_of_normalised_regret(result: StudyAnalysis) -> None:
    found = result.overall
    assert found is not None
    table = overall_page.totals(found)
    ends = {name: curves[:, -1] for name, curves in regrets(0).items()}
    assert found.strategies == ("alpha", "beta")
    assert [task.weight for task in found.tasks] == [0.5, 0.5]
    assert column(table, "optimality gap [95%]") == pytest.approx([ends[name].mean() for name in VALUES])
    assert column(table, "interquartile mean [95%]") == pytest.approx(
        [stats.trim_mean(np.tile(ends[name], 2), 0.25) for name in VALUES]
    )
    assert column(table, "mean rank [95%]") == [1.0, 2.0]
    assert [column(table, spec) for spec in SPECS] == [pytest.approx([ends[name].mean() for name in VALUES])] * 2
    beta = found.gaps[1]
    spread = ends["beta"].std() / np.sqrt(6) / np.sqrt(2)  # two strata of six
    assert beta.high - beta.low == pytest.approx(2 * 1.96 * spread, rel=0.1)
    assert found.gaps_elsewhere is None


def test_strategies_stand_by_their_regret_in_whatever_order_they_were_run(source: sources.Source) -> None:
    found = analyse_study(evolve(source, strategies=("beta", "alpha"))).overall
    assert found is not None
    assert found.strategies == ("alpha", "beta")
    assert [gap.value for gap in found.gaps] == sorted(gap.value for gap in found.gaps)


def test_every_benchmark_is_a_column_of_means(result: StudyAnalysis) -> None:
    table = overall_page.every_benchmark(result)
    assert table.headings == ("strategy", f"{SPECS[0]} (%)", f"{SPECS[1]} (%)")
    for place, lower in ((1, 0.0), (2, 10.0)):
        assert [float(row[place]) for row in table.keys] == pytest.approx(
            [FINALS[name].mean() - lower for name in VALUES]
        )
        assert [row[place].endswith(" •") for row in table.rows] == [
            name in result.analyses[place - 1].leading for name in VALUES
        ]


def test_ranks_and_targets_are_of_every_trial(result: StudyAnalysis) -> None:
    found = result.overall
    assert found is not None
    curves = regrets(0)
    assert found.grid.tolist() == [1, 2, 3, 4]
    for at in range(4):
        ahead = curves["alpha"][:, at] < curves["beta"][:, at]
        assert found.ranks[0][:, at] == pytest.approx([2 - ahead.mean(), 1 + ahead.mean()])
        for place, name in enumerate(VALUES):
            there = [(curves[name][:, at] <= target + 1e-9).mean() for target in TARGETS]
            assert found.reached[0][place, at] == pytest.approx(np.mean(there))
    assert (found.ranks[1] <= found.ranks[0]).all()
    assert (found.reached[2] >= found.reached[0]).all()


def test_the_page_begins_with_what_is_true_over_all(result: StudyAnalysis) -> None:
    found = overall_page.summary(result, styles_of(list(VALUES)))
    assert found is not None
    (sentence,) = found.verdict
    assert sentence.startswith(
        "Over 2 benchmarks of 1 space runs of alpha and beta differ, alpha having the better ones"
    )
    assert found.notes == (
        f"{SPECS[0]} and {SPECS[1]} share the space toy and are correlated: together they weigh as much as one "
        "benchmark.",
        "Nothing is said of other benchmarks, which takes those of 3 spaces or more; these are of 1.",
        f"The best possible value of {SPECS[1]} is not known: regret there counts from the best value that any run "
        "ended on, and grows where a better strategy joins.",
    )


def test_a_benchmark_that_is_not_part_of_the_totals_is_named_with_the_reason(source: sources.Source) -> None:
    first, second = source.benchmarks
    names = ("toy/absent-v1", "toy/apart-v1", "toy/solved-v1")
    absent, apart, solved = (evolve(second, id=name, spec=name) for name in names)
    best = {"valid_accuracy": np.full(4, 99.0)}
    runs = [
        *source.runs,
        *(made("alpha", seed, absent) for seed in SEEDS),
        *(made("alpha", seed, apart) for seed in (0, 1)),
        *(made("beta", seed, apart) for seed in (2, 3)),
        *(evolve(made(name, seed, solved), values=best) for name in VALUES for seed in SEEDS),
    ]
    given = evolve(source, benchmarks=(first, second, absent, apart, solved), runs=tuple(runs))
    found = overall_page.summary(analyse_study(given), styles_of(list(VALUES)))
    assert found is not None
    assert found.notes[-1] == (
        "Not part of the totals: toy/absent-v1, where beta has no final value; toy/apart-v1, where no seed has a final "
        "value of every strategy; toy/solved-v1, where the median first trial has the best value already."
    )


def test_differences_over_all_reach_as_far_as_runs_may_end_at_worst() -> None:
    regrets_of = np.column_stack([np.r_[np.zeros(11), 0.2], np.full(12, 0.5)])
    given = {"seeds": tuple(range(12)), "regret": regrets_of, "curves": regrets_of[..., None], "known": True}
    tasks = [
        Task(spec=spec, group="toy", weight=0.5, farthest=np.array([0.6, worst]), **given)
        for spec, worst in (("toy/a-v1", 0.9), ("toy/b-v1", 0.7))
    ]
    (row,) = _compared(tasks, ("one", "other"))
    scores = {name: dict(enumerate(-regrets_of[:, place])) for place, name in enumerate(("one", "other"))}
    (wanted,) = compare(scores, reaches={"one": (-0.6, 0.0), "other": (-0.8, 0.0)})
    assert row.difference.value == pytest.approx(wanted.difference.value)
    assert (row.difference.low, row.difference.high) == pytest.approx((wanted.difference.low, wanted.difference.high))
    (narrow,) = compare(scores)
    assert row.difference.high - row.difference.low > narrow.difference.high - narrow.difference.low + 0.01


def test_three_spaces_also_say_what_to_expect_of_others(result: StudyAnalysis) -> None:
    first, second = result.analyses
    names = (("toy", SPECS[0]), ("toy", SPECS[1]), ("b", "b/one-v1"), ("c", "c/one-v1"))
    given = [
        evolve(analysis, record=evolve(analysis.record, space=space, spec=spec))
        for analysis, (space, spec) in zip((first, second, second, first), names, strict=True)
    ]
    assert overall(given[:3], tuple(VALUES), np.random.default_rng(0)).gaps_elsewhere is None
    found = overall(given, tuple(VALUES), np.random.default_rng(0))
    assert [task.weight for task in found.tasks] == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3])
    table = overall_page.totals(found)
    here, elsewhere = "optimality gap [95%]", "for benchmarks like these [95%]"
    assert table.headings[1:3] == (here, elsewhere)
    assert column(table, here) == column(table, elsewhere) == [gap.value for gap in found.gaps_elsewhere]
    for near, wide in zip(found.gaps, found.gaps_elsewhere, strict=True):  # a benchmark drawn twice weighs twice
        assert wide.low <= near.low <= near.value < near.high < wide.high
    assert table.caption.endswith("Those for benchmarks like these draw groups and benchmarks too.")
    notes_of_all = overall_page._notes(found)
    assert notes_of_all[0].endswith("are correlated: together they weigh as much as any other space.")
    assert not any("Nothing is said of other benchmarks" in note for note in notes_of_all)


def test_templates_speak_no_names_of_code() -> None:
    for template in (Path(nasapi_report.__file__).parent / "templates").glob("*.html"):
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<(style|script).*?</\1>|<[^>]*>", " ", template.read_text(), flags=re.S)
        assert re.findall(r"\w*[a-z][A-Z]\w*|\w+_\w+", text) == []


def test_the_page_shows_every_table_and_sentence(source: sources.Source, result: StudyAnalysis, tmp_path: Path) -> None:
    folder = write_report(source, tmp_path / "report")
    page = html.unescape((folder / "index.html").read_text(encoding="utf-8"))
    shown = [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page)]
    for analysis in result.analyses:
        unit, best = analysis.measure.unit, analysis.measure.optimum
        about = f"Budget: {analysis.record.budget}. Judged by: {analysis.measure.title}{f' ({unit})' if unit else ''}"
        assert f"{about}{'' if best is None else f', best possible {number(best, 3)}'}." in page
        for table in (
            tables.leaderboard(analysis, "a"),
            tables.costs(analysis, "a"),
            tables.comparisons(analysis, "a"),
        ):
            assert all(cell in shown for row in table.rows for cell in row)
        assert all(sentence in page for sentence in [*verdict(analysis), *notes(analysis)])
        message = f"Judged by: {analysis.measure.title} (%)"
        assert f"Budget: {analysis.record.budget}. {message}" in page
    assert page.index('id="overall"') < page.index('id="toy-formula-v1"')
    with open(folder / "tables" / "comparisons.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    p = adjusted()
    for place, row in enumerate(rows):
        assert float(row["p_means_holm"]) == pytest.approx(p[place, "means"])
        assert float(row["p_runs"]) == pytest.approx(p_values()["runs"])
    assert [row["region"] for row in rows] == ["2.0", ""]
