"""The tables, sentences and CSV files of a study made by hand, recomputed by other means."""

from __future__ import annotations

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from golden_study import CODES, CURVES, FINALS, SEEDS, SPECS, VALUES, adjusted, column, lines, made, student, texts
from nasapi_report import csv_files, tables
from nasapi_report.build import targets_of
from nasapi_report.notes import notes
from nasapi_report.study_analysis import StudyAnalysis, analyse_study
from nasapi_report.verdict import verdict
from scipy import stats


def test_the_leaderboard_has_means_shares_and_marks(result: StudyAnalysis) -> None:
    table = tables.leaderboard(result.analyses[0], "a")
    assert column(table, "strategy") == ["alpha", "beta"]
    assert texts(table, "") == ["•", "•"]  # the test of means is not settled
    assert column(table, "runs") == [6, 6]
    mean = "mean validation accuracy (%) [95%]"
    assert column(table, mean) == pytest.approx([FINALS["alpha"].mean(), FINALS["beta"].mean()])
    low, high = student(FINALS["beta"])
    assert texts(table, mean)[1] == f"{FINALS['beta'].mean():.2f} [{low:.2f}, {high:.2f}]"
    assert column(table, "middle half") == pytest.approx([stats.trim_mean(FINALS[name], 0.25) for name in VALUES])
    assert column(table, "sd") == pytest.approx([FINALS[name].std(ddof=1) for name in VALUES])
    assert column(table, "best") == [99.0, 91.0]
    assert column(table, "at optimum") == pytest.approx([4 / 6, 0.0])
    share = stats.binomtest(4, 6).proportion_ci(method="exact")
    assert texts(table, "at optimum")[0] == f"67% [{100 * share.low:.0f}%, {100 * share.high:.0f}%]"
    tested = [[0.9 * FINALS[name][seed] + 0.01 * seed for seed in SEEDS] for name in VALUES]
    assert column(table, "test accuracy (%) [95%]") == pytest.approx([np.mean(each) for each in tested])


def test_the_interval_of_few_runs_is_students_up_to_the_optimum(result: StudyAnalysis) -> None:
    alpha = result.analyses[0].runs[0]
    before = [95.0, 92.0, np.nan, 97.0, 93.0, 76.0]  # what each run held before its last change
    assert alpha.possible_range == (np.nanmin(before), 99.0)
    low, high = student(FINALS["alpha"])
    assert high > 99.0
    assert (alpha.mean.low, alpha.mean.high) == pytest.approx((low, 99.0))
    elsewhere = result.analyses[1].runs[0]  # nobody knows the optimum, but an accuracy ends at 100
    assert (elsewhere.mean.low, elsewhere.mean.high) == pytest.approx((low - 10, high - 10))


def test_strategies_as_csv_have_every_estimate_with_its_ends(result: StudyAnalysis) -> None:
    rows = lines(csv_files.strategies_csv(result.analyses))
    assert [(row["benchmark"], row["strategy"]) for row in rows] == [(spec, name) for spec in SPECS for name in VALUES]
    alpha, beta = rows[0], rows[1]
    for name, row in (("alpha", alpha), ("beta", beta)):
        assert (row["runs"], row["leading"], row["measure"], row["unit"]) == ("6", "1", "valid_accuracy", "%")
        assert float(row["mean"]) == pytest.approx(FINALS[name].mean())
        assert float(row["sd"]) == pytest.approx(FINALS[name].std(ddof=1))
        assert float(row["best"]) == FINALS[name].max()
        assert float(row["interquartile_mean"]) == pytest.approx(stats.trim_mean(FINALS[name], 0.25))
        assert (float(row["repeats_code"]), float(row["repeats_network"]), row["failures"]) == (0.25, 0.5, "1")
        assert (float(row["simulated_seconds"]), float(row["strategy_seconds"])) == pytest.approx((350, 0.014))
        assert (row["share_feasible"], row["share_feasible_low"]) == ("", "")
    assert (float(beta["mean_low"]), float(beta["mean_high"])) == pytest.approx(student(FINALS["beta"]))
    share = stats.binomtest(4, 6).proportion_ci(method="exact")
    found = [float(alpha[f"share_at_optimum{end}"]) for end in ("", "_low", "_high")]
    assert found == pytest.approx([4 / 6, share.low, share.high])
    assert rows[2]["share_at_optimum"] == ""
    tested = np.array([0.9 * FINALS["beta"][seed] + 0.01 * seed for seed in SEEDS])
    assert float(beta["test_accuracy"]) == pytest.approx(tested.mean())


def test_runs_as_csv_have_what_each_found_and_cost(result: StudyAnalysis) -> None:
    rows = {
        (row["benchmark"], row["strategy"], int(row["seed"])): row for row in lines(csv_files.runs_csv(result.analyses))
    }
    assert len(rows) == 2 * 2 * 6
    for (spec, name, seed), row in rows.items():
        held = int(np.nanargmax(VALUES[name][seed]))
        final = FINALS[name][seed]
        assert float(row["final"]) == final - (10 if spec == SPECS[1] else 0)
        assert float(row["test_accuracy"]) == pytest.approx(0.9 * float(row["final"]) + 0.01 * seed)
        assert (row["trials"], row["repeats_code"], row["repeats_network"]) == ("4", "1", "2")
        assert float(row["simulated_seconds"]) == 100 * (seed + 1)
        assert float(row["strategy_seconds"]) == pytest.approx(0.004 * (seed + 1))
        assert row["failures"] == str(int(np.isnan(VALUES[name][seed]).sum()))
        assert row["incumbent"] == " ".join(map(str, CODES[held]))


def test_curves_as_csv_have_a_row_where_they_change_and_one_at_the_end(result: StudyAnalysis) -> None:
    rows = lines(csv_files.curves_csv(result.analyses[:1]))
    for name in VALUES:
        for seed in SEEDS:
            mine = [row for row in rows if (row["strategy"], row["seed"]) == (name, str(seed))]
            curve = CURVES[name][seed]
            steps = [at for at in range(4) if np.isfinite(curve[at]) and (at == 0 or curve[at] != curve[at - 1])]
            kept = sorted({*steps, 3})
            assert [int(row["trials"]) for row in mine] == [at + 1 for at in kept]
            assert [float(row["value"]) for row in mine] == [curve[at] for at in kept]
            spent = np.cumsum([10.0, 20.0, 30.0, 40.0]) * (seed + 1)
            assert [float(row["simulated_seconds"]) for row in mine] == [spent[at] for at in kept]


def test_costs_are_means_over_runs(result: StudyAnalysis) -> None:
    table = tables.costs(result.analyses[0], "a")
    assert column(table, "repeated codes") == [0.25, 0.25]
    assert column(table, "repeated networks") == [0.5, 0.5]
    assert column(table, "failed") == [1, 1]
    assert column(table, "simulated time") == pytest.approx([100 * 3.5] * 2)
    assert column(table, "strategy time") == pytest.approx([4 * 0.0035] * 2)
    assert texts(table, "simulated time") == ["5.83 min"] * 2


def test_comparisons_have_their_tests_corrected_over_the_page(result: StudyAnalysis) -> None:
    table = tables.comparisons(result.analyses[0], "a")
    p = adjusted()
    assert result.tests == len(p) == 7
    assert (column(table, "A"), column(table, "B"), column(table, "pairs")) == (["alpha"], ["beta"], [6])
    difference = FINALS["alpha"] - FINALS["beta"]
    low, high = student(difference)
    assert texts(table, "A ahead of B by (points) [95%]") == [f"{difference.mean():.1f} [{low:.1f}, {high:.1f}]"]
    assert column(table, "P(A better) [95%]") == [1.0]
    assert texts(table, "P(A better) [95%]") == ["1.00 [0.61, 1.00]"]
    assert column(table, "p (means)") == pytest.approx([p[0, "means"]])
    assert column(table, "p (runs)") == pytest.approx([p[0, "runs"]])
    assert column(table, "p (practically equal)") == pytest.approx([p[0, "equivalence"]])
    assert texts(table, "shown") == ["runs differ"]


def test_the_verdict_is_what_the_tests_allow(result: StudyAnalysis) -> None:
    p, difference = adjusted(), FINALS["alpha"] - FINALS["beta"]
    low, high = student(difference)
    by = f"{difference.mean():.1f} [{low:.1f}, {high:.1f}] points"
    assert p[0, "runs"] < 0.05 < p[0, "means"]
    assert verdict(result.analyses[0]) == [
        f"After 4 trials runs of alpha and beta differ, alpha having the better ones: a run of alpha is the better one "
        f"with probability 1.00 [0.61, 1.00] (p = {p[0, 'runs']:.3f}); their means cannot be told apart "
        f"(difference {by}, p = {p[0, 'means']:.3f}; 6 seeds are too few to settle it: the least p that they can give, "
        "0.031, becomes 0.22 as the least of the 7 tests of this page, while 9 seeds can)."
    ]


def test_notes_tell_of_the_optimum_the_budget_repeats_and_failures(result: StudyAnalysis) -> None:
    found = notes(result.analyses[0])
    assert found[0] == "Runs that reached the known optimum: 67% of alpha, half by trial 4."
    left = f"{99 - FINALS['alpha'].mean():.2f} points are left on average."
    assert found[1] == f"Between alpha and the optimum of this benchmark {left}"
    assert found[2] == (
        "Runs that still improved in the last quarter of their trials: 67% of alpha; at most 25% of the other "
        "strategy. The budget limits them, and a larger one may change the order."
    )
    assert found[3] == (
        "Trials that asked for a network asked for before: 50% of alpha (25% the very same code) and 50% of beta (25% "
        "the very same code); each was charged like any other."
    )
    assert found[4:6] == ["1 of 24 evaluations of alpha failed.", "1 of 24 evaluations of beta failed."]
    assert found[6].startswith("With 6 runs of a strategy, intervals and tests are rough")
    assert "intervals are Student's, which takes runs to vary normally" in found[6]
    assert len(found) == 7


def test_targets_have_shares_expected_and_median_trials(result: StudyAnalysis) -> None:
    analysis = result.analyses[0]
    wanted = targets_of(analysis)
    every = np.concatenate(list(FINALS.values()))
    assert wanted == {
        "median of beta": np.median(FINALS["beta"]),
        "median of all runs": np.median(every),
        "the optimum": 99.0,
    }
    table = tables.targets(analysis, "a", wanted)
    for row, (target, name) in enumerate((value, name) for value in wanted.values() for name in VALUES):
        hits = [np.flatnonzero(curve >= target) for curve in CURVES[name]]
        first = sorted(int(hit[0]) + 1 if len(hit) else 99 for hit in hits)
        solved = sum(len(hit) > 0 for hit in hits)
        assert column(table, "strategy")[row] == name
        assert column(table, "runs there")[row] == pytest.approx(solved / 6)
        spent = sum(int(hit[0]) + 1 if len(hit) else 4 for hit in hits)
        assert column(table, "expected trials")[row] == (spent / solved if solved else np.inf)
        assert column(table, "median trials")[row] == (first[2] if solved >= 3 else np.inf)


@pytest.mark.parametrize(
    ("sizes", "unit", "shown"),
    [
        ((300.0, 999.0), "", (300, 999)),
        ((300.0, 1000.0), "k", (0.3, 1)),
        ((999_999.0, 4000.0), "k", (999.999, 4)),
        ((2.5e6, 400_000.0), "M", (2.5, 0.4)),
        ((1e9, 3e9), "G", (1, 3)),
    ],
)
def test_sizes_are_shown_in_what_the_largest_needs(
    sizes: tuple[float, float], unit: str, shown: tuple[float, float]
) -> None:
    benchmark = evolve(sources.toy(budget=4), report_metrics=("params",))
    runs = tuple(
        evolve(made(name, seed, benchmark), report_metrics={"params": np.full(4, size)})
        for name, size in zip(VALUES, sizes, strict=True)
        for seed in SEEDS
    )
    (analysis,) = analyse_study(sources.Source((benchmark,), tuple(VALUES), tuple(SEEDS), runs)).analyses
    table = tables.costs(analysis, "a")
    heading = "parameters [95%]" if not unit else f"parameters ({unit}) [95%]"
    assert column(table, heading) == pytest.approx(shown)
    assert "Metrics are of each run's final incumbent" in table.caption
