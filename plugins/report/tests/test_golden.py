"""A report of runs made by hand: every column, sentence and curve recomputed from them by other means."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from matplotlib.figure import Figure as Canvas
from nasapi_report import data, figures, overall_page, tables, write_report
from nasapi_report.build import targets_of
from nasapi_report.canvas import INK, styles_of
from nasapi_report.judged import Judged, judge
from nasapi_report.overall import TARGETS
from nasapi_report.verdict import notes, verdict
from scipy import optimize, stats

from nasapi.benchmark import Reference
from nasapi.history import History

VALUES = {
    "alpha": [
        [np.nan, 90.0, 95.0, 99.0],  # the first evaluation failed
        [80.0, 92.0, 91.0, 96.0],
        [99.0, 85.0, 86.0, 87.0],  # the incumbent is the first trial
        [70.0, 97.0, 97.0, 98.0],
        [88.0, 88.0, 93.0, 99.0],
        [75.0, 76.0, 99.0, 98.0],
    ],
    "beta": [
        [60.0, 70.0, 72.0, 71.0],
        [81.0, 80.0, 79.0, 78.0],
        [50.0, 90.0, 91.0, 89.0],
        [65.0, 66.0, 85.0, 84.0],
        [77.0, 78.0, 78.0, 88.0],
        [82.0, np.nan, 83.0, 83.0],
    ],
}
SEEDS = range(6)
CURVES = {name: np.fmax.accumulate(np.array(rows), axis=1) for name, rows in VALUES.items()}
FINALS = {name: curves[:, -1] for name, curves in CURVES.items()}
CODES = np.array([[0, 1, 0], [2, 1, 0], [1, 0, 2], [0, 1, 0]])
REPEATS = {"code": np.array([False, False, False, True]), "network": np.array([False, False, True, True])}
SPECS = ("toy/formula-v1", "toy/deep-v1")


def made(name: str, seed: int, benchmark: Any) -> History:
    """A run as a store would give it; on the second benchmark everything is 10 lower, and nobody knows the optimum."""
    values = np.array(VALUES[name][seed]) - (10 if benchmark.spec == SPECS[1] else 0)
    tested = np.where(np.isnan(values), np.nan, 0.9 * values + 0.01 * seed)
    held = np.array([-1 if np.isnan(values[: end + 1]).all() else np.nanargmax(values[: end + 1]) for end in range(4)])
    shown = np.isin(np.arange(4), held)
    return History(
        benchmark=benchmark.spec,
        strategy=name,
        seed=seed,
        batch=1,
        goals=benchmark.problem.goals,
        constraints=(),
        codes=CODES,
        fidelity=np.full(4, -1),
        values={"valid_accuracy": values},
        cost=np.array([10.0, 20.0, 30.0, 40.0]) * (seed + 1),
        repeats=REPEATS,
        report_metrics={"test_accuracy": np.where(shown, tested, np.nan)},
        errors={int(row): "it broke" for row in np.flatnonzero(np.isnan(values))},
        seconds=np.full(4, 0.001 * (seed + 1)),
    )


@pytest.fixture(scope="module")
def source() -> sources.Source:
    first = evolve(sources.toy(budget=4), report_metrics=("test_accuracy",))
    first = evolve(first, reference=evolve(first.reference, training_sd={"valid_accuracy": 2.0}))
    benchmarks = (first, evolve(first, id=SPECS[1], spec=SPECS[1], reference=Reference()))
    runs = tuple(made(name, seed, benchmark) for benchmark in benchmarks for name in VALUES for seed in SEEDS)
    return sources.Source(benchmarks, tuple(VALUES), tuple(SEEDS), runs)


@pytest.fixture(scope="module")
def judged(source: sources.Source) -> Judged:
    return judge(source)


def hall(values: np.ndarray) -> tuple[float, float]:
    """The ends of Hall's interval by searching the roots of its cubic."""
    n, skew, error = len(values), stats.skew(values), values.std(ddof=1)
    quantile = stats.t.ppf(0.975, n - 1) / np.sqrt(n)

    def end(wanted: float) -> float:
        cubic = lambda w: w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / (6 * n) - wanted  # noqa: E731
        return float(values.mean() - error * optimize.brentq(cubic, -50, 50))

    return end(quantile), end(-quantile)


def column(table: Any, heading: str) -> list[Any]:
    """What a table's column is sorted by."""
    (place,) = [place for place, name in enumerate(table.headings) if name == heading]
    return [table.key(row, place) for row in range(len(table.rows))]


def texts(table: Any, heading: str) -> list[str]:
    return [row[table.headings.index(heading)] for row in table.rows]


def test_the_leaderboard_has_means_shares_and_marks(judged: Judged) -> None:
    table = tables.leaderboard(judged.analyses[0], "a")
    assert column(table, "strategy") == ["alpha", "beta"]
    assert texts(table, "") == ["•", "•"]  # the test of means is not settled
    assert column(table, "runs") == [6, 6]
    mean = "mean validation accuracy (%) [95%]"
    assert column(table, mean) == pytest.approx([FINALS["alpha"].mean(), FINALS["beta"].mean()])
    low, high = hall(FINALS["beta"])
    assert texts(table, mean)[1] == f"{FINALS['beta'].mean():.1f} [{low:.1f}, {high:.1f}]"
    assert column(table, "middle half") == pytest.approx([stats.trim_mean(FINALS[name], 0.25) for name in VALUES])
    assert column(table, "sd") == pytest.approx([FINALS[name].std(ddof=1) for name in VALUES])
    assert column(table, "best") == [99.0, 91.0]
    assert column(table, "at optimum") == pytest.approx([4 / 6, 0.0])
    share = stats.binomtest(4, 6).proportion_ci(method="exact")
    assert texts(table, "at optimum")[0] == f"67% [{100 * share.low:.0f}%, {100 * share.high:.0f}%]"
    tested = [[0.9 * FINALS[name][seed] + 0.01 * seed for seed in SEEDS] for name in VALUES]
    assert column(table, "test accuracy (%) [95%]") == pytest.approx([np.mean(each) for each in tested])


def test_the_interval_near_the_optimum_is_by_the_share_that_differs(judged: Judged) -> None:
    alpha = judged.analyses[0].runs[0]
    before = [95.0, 92.0, np.nan, 97.0, 93.0, 76.0]  # what each run held before its last change
    assert alpha.reach == (np.nanmin(before), 99.0)
    share = stats.binomtest(2, 6).proportion_ci(method="exact").high
    assert (alpha.mean.low, alpha.mean.high) == pytest.approx((99 - share * (99 - 76), 99))


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_strategies_as_csv_have_every_estimate_with_its_ends(judged: Judged) -> None:
    rows = lines(data.strategies_csv(judged.analyses))
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
    assert (float(beta["mean_low"]), float(beta["mean_high"])) == pytest.approx(hall(FINALS["beta"]))
    share = stats.binomtest(4, 6).proportion_ci(method="exact")
    found = [float(alpha[f"share_at_optimum{end}"]) for end in ("", "_low", "_high")]
    assert found == pytest.approx([4 / 6, share.low, share.high])
    assert rows[2]["share_at_optimum"] == ""
    tested = np.array([0.9 * FINALS["beta"][seed] + 0.01 * seed for seed in SEEDS])
    assert float(beta["test_accuracy"]) == pytest.approx(tested.mean())


def test_runs_as_csv_have_what_each_found_and_cost(judged: Judged) -> None:
    rows = {(row["benchmark"], row["strategy"], int(row["seed"])): row for row in lines(data.runs_csv(judged.analyses))}
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


def test_curves_as_csv_have_a_row_where_they_change_and_one_at_the_end(judged: Judged) -> None:
    rows = lines(data.curves_csv(judged.analyses[:1]))
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


def test_costs_are_means_over_runs(judged: Judged) -> None:
    table = tables.costs(judged.analyses[0], "a")
    assert column(table, "repeated codes") == [0.25, 0.25]
    assert column(table, "repeated networks") == [0.5, 0.5]
    assert column(table, "failed") == [1, 1]
    assert column(table, "simulated time") == pytest.approx([100 * 3.5] * 2)
    assert column(table, "strategy time") == pytest.approx([4 * 0.0035] * 2)
    assert texts(table, "simulated time") == ["5.83 min"] * 2


def p_values() -> dict[str, float]:
    """The p-values of one benchmark, by trying every sign and from scipy."""
    difference = FINALS["alpha"] - FINALS["beta"]
    signs = np.array(np.meshgrid(*[[-1, 1]] * 6)).reshape(6, -1)

    def above(values: np.ndarray) -> float:
        return float((np.abs(values) @ signs >= values.sum() - 1e-9).mean())

    means = float((np.abs(np.abs(difference) @ signs) >= abs(difference.sum()) - 1e-9).mean())
    rank = stats.mannwhitneyu(FINALS["alpha"], FINALS["beta"], method="asymptotic").pvalue  # they do not overlap
    return {"means": means, "runs": rank, "alike": max(above(difference + 2), above(2 - difference))}


def adjusted() -> dict[tuple[int, str], float]:
    """Holm's correction of everything on the page, written out."""
    p = p_values()
    every = {(place, name): p[name] for place in range(3) for name in p if place == 0 or name != "alike"}
    order, worst, found = sorted(every, key=lambda key: every[key]), 0.0, {}
    for rank, key in enumerate(order):
        worst = max(worst, (len(order) - rank) * every[key])
        found[key] = min(1.0, worst)
    return found


def test_comparisons_have_their_tests_corrected_over_the_page(judged: Judged) -> None:
    table = tables.comparisons(judged.analyses[0], "a")
    p = adjusted()
    assert judged.tests == len(p) == 7
    assert (column(table, "A"), column(table, "B"), column(table, "pairs")) == (["alpha"], ["beta"], [6])
    difference = FINALS["alpha"] - FINALS["beta"]
    low, high = hall(difference)
    assert texts(table, "A ahead of B by (points) [95%]") == [f"{difference.mean():.0f} [{low:.0f}, {high:.0f}]"]
    assert column(table, "P(A better) [95%]") == [1.0]
    assert column(table, "p (means)") == pytest.approx([p[0, "means"]])
    assert column(table, "p (runs)") == pytest.approx([p[0, "runs"]])
    assert column(table, "p (practically nothing)") == pytest.approx([p[0, "alike"]])
    assert texts(table, "shown") == ["runs differ"]


def test_the_verdict_is_what_the_tests_allow(judged: Judged) -> None:
    p, difference = adjusted(), FINALS["alpha"] - FINALS["beta"]
    low, high = hall(difference)
    by = f"{difference.mean():.0f} [{low:.0f}, {high:.0f}] points"
    assert p[0, "runs"] < 0.05 < p[0, "means"]
    assert verdict(judged.analyses[0]) == [
        f"After 4 trials runs of alpha and beta differ, alpha having the better ones: a run of alpha is the better one "
        f"with probability 1.00 [0.61, 1.00] (p = {p[0, 'runs']:.3f}); their means cannot be told apart "
        f"(difference {by}, p = {p[0, 'means']:.3f} once corrected for the 7 tests of this page)."
    ]


def test_notes_tell_of_the_optimum_the_budget_repeats_and_failures(judged: Judged) -> None:
    found = notes(judged.analyses[0])
    assert found[0] == "Runs that reached the known optimum: 67% of alpha, half by query 4."
    left = f"{99 - FINALS['alpha'].mean():.2f} points are left on average."
    assert found[1] == f"Between alpha and the optimum of this benchmark {left}"
    assert found[2] == (
        "Runs that still improved in the last quarter of their trials: 67% of alpha. The budget limits them, and a "
        "larger one may change the order."
    )
    assert found[3] == (
        "Trials that asked for a network asked for before: 50% of alpha (25% the very same code) and 50% of beta (25% "
        "the very same code); each was charged like any other."
    )
    assert found[4:6] == ["1 of 24 evaluations of alpha failed.", "1 of 24 evaluations of beta failed."]
    assert found[6].startswith("With 6 runs of a strategy, intervals and tests are rough")
    assert found[7].startswith("In simulations with 10 runs, intervals called 95% held the truth in ")
    assert len(found) == 8


def test_targets_have_shares_expected_and_median_trials(judged: Judged) -> None:
    analysis = judged.analyses[0]
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


# all benchmarks together


def regrets(place: int) -> dict[str, np.ndarray]:
    """(6, 4): normalised regret after each trial, infinite before anything was found."""
    firsts = [next(value for value in row if value == value) for rows in VALUES.values() for row in rows]
    unit = 99 - np.median(firsts)  # on both: the best final value of the second is 89, all values 10 lower
    return {name: np.nan_to_num((99 - curves) / unit, nan=np.inf) for name, curves in CURVES.items()}


def test_totals_are_means_of_normalised_regret(judged: Judged) -> None:
    found = judged.overall
    assert found is not None
    table = overall_page.totals(found)
    ends = {name: curves[:, -1] for name, curves in regrets(0).items()}
    assert found.strategies == ("alpha", "beta")
    assert [task.weight for task in found.tasks] == [0.5, 0.5]
    assert column(table, "optimality gap [95%]") == pytest.approx([ends[name].mean() for name in VALUES])
    assert column(table, "interquartile mean [95%]") == pytest.approx(
        [stats.trim_mean(np.tile(ends[name], 2), 0.25) for name in VALUES]
    )
    assert column(table, "mean rank at the end [95%]") == [1.0, 2.0]
    assert [column(table, spec) for spec in SPECS] == [pytest.approx([ends[name].mean() for name in VALUES])] * 2
    beta = found.gaps[1]
    spread = ends["beta"].std() / np.sqrt(6) / np.sqrt(2)  # two strata of six
    assert beta.high - beta.low == pytest.approx(2 * 1.96 * spread, rel=0.1)
    assert found.gaps_elsewhere is None


def test_strategies_stand_by_their_regret_in_whatever_order_they_were_run(source: sources.Source) -> None:
    found = judge(evolve(source, strategies=("beta", "alpha"))).overall
    assert found is not None
    assert found.strategies == ("alpha", "beta")
    assert [gap.value for gap in found.gaps] == sorted(gap.value for gap in found.gaps)


def test_every_benchmark_is_a_column_of_means(judged: Judged) -> None:
    table = overall_page.every_benchmark(judged)
    assert table.headings == ("strategy", f"{SPECS[0]} (%)", f"{SPECS[1]} (%)")
    for place, lower in ((1, 0.0), (2, 10.0)):
        assert [float(row[place]) for row in table.keys] == pytest.approx(
            [FINALS[name].mean() - lower for name in VALUES]
        )
        assert [row[place].endswith(" •") for row in table.rows] == [
            name in judged.analyses[place - 1].leading for name in VALUES
        ]


def test_ranks_and_targets_are_of_every_trial(judged: Judged) -> None:
    found = judged.overall
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


def test_the_page_begins_with_what_holds_over_all(judged: Judged) -> None:
    found = overall_page.summary(judged, styles_of(list(VALUES)))
    assert found is not None
    (sentence,) = found.verdict
    assert sentence.startswith(
        "Over 2 benchmarks of 1 space runs of alpha and beta differ, alpha having the better ones"
    )
    assert found.notes == (
        f"{SPECS[0]} and {SPECS[1]} share the space toy and are correlated: together they weigh as much as one "
        "benchmark.",
        "Nothing is said of other benchmarks: these are of 1 space, and that takes 3.",
        f"The best possible value of {SPECS[1]} is not known: regret there counts from the best value that any run "
        "ended on, and grows where a better strategy joins.",
    )


# figures

COLOURS = {style.colour for style in styles_of(list(VALUES)).values()}


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The axes of every figure drawn."""
    drawn: list[Any] = []

    def draw_on(name: str, title: str, caption: str, draw: Any, *, height: float = 1, panels: int = 0) -> str:
        canvas = Canvas().subplots(1, max(panels, 1), squeeze=False)[0]
        draw(list(canvas) if panels else canvas[0])
        drawn.extend(canvas)
        return caption

    for module in (figures, overall_page):
        monkeypatch.setattr(module, "figure", draw_on)
    return drawn


def curve_of(panel: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    (line,) = [line for line in panel.lines if line.get_label() == name]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def test_anytime_curves_are_mean_regrets_with_bands(judged: Judged, axes: list[Any]) -> None:
    rng, styles = np.random.default_rng(0), styles_of(list(VALUES))
    caption = figures.anytime(judged.analyses[0], styles, "a", "queries", rng)
    across, up = curve_of(axes[0], "beta")
    assert across.tolist() == [1, 2, 3, 4]
    assert up == pytest.approx((99 - CURVES["beta"]).mean(axis=0))
    across, up = curve_of(axes[0], "alpha")
    assert (across.tolist(), up) == ([2, 3, 4], pytest.approx((99 - CURVES["alpha"][:, 1:]).mean(axis=0)))
    assert len(axes[0].collections) == 2
    assert f"beta ends at {(99 - FINALS['beta']).mean():.3g}" in str(caption)
    bottom = "A curve on the bottom edge is at the optimum in every run."
    assert bottom in str(caption)
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("trials", "regret in validation accuracy (points)")
    assert (axes[0].get_xscale(), axes[0].get_yscale()) == ("log", "log")
    lowest = min((99 - CURVES["beta"]).mean(axis=0).min(), (99 - CURVES["alpha"][:, 1:]).mean(axis=0).min())
    assert axes[0].get_ylim()[0] == pytest.approx(lowest / 2)
    plain = figures.anytime(judged.analyses[1], styles, "a", "seconds", rng)
    assert bottom not in str(plain)
    assert (axes[1].get_xlabel(), axes[1].get_ylabel()) == (
        "simulated seconds of evaluation",
        "validation accuracy (%)",
    )
    assert axes[1].get_yscale() == "linear"
    across, up = curve_of(axes[1], "beta")
    assert (across[0], across[-1]) == pytest.approx((60.0, 100.0))  # the last to begin, the first to end
    assert up[-1] == pytest.approx(np.mean([held_at(seed, 100.0) - 10 for seed in SEEDS]))


def held_at(seed: int, seconds: float) -> float:
    """What beta's run of this seed had found after so many simulated seconds."""
    ended = np.cumsum([10.0, 20.0, 30.0, 40.0]) * (seed + 1)
    return float(CURVES["beta"][seed][np.flatnonzero(ended <= seconds)[-1]])


def test_final_values_are_drawn_one_a_run_with_mean_and_interval(judged: Judged, axes: list[Any]) -> None:
    figures.finals(judged.analyses[0], styles_of(list(VALUES)), "a", np.random.default_rng(0))
    dots = [sorted(dots.get_offsets()[:, 0].tolist()) for dots in axes[0].collections]
    assert dots == [sorted(FINALS["beta"]), sorted(FINALS["alpha"])]
    spans = [line.get_xdata() for line in axes[0].lines if len(line.get_xdata()) == 2]
    beta = judged.analyses[0].runs[1].mean
    assert [beta.low, beta.high] in [list(span) for span in spans]
    assert [99.0, 99.0] in [list(span) for span in spans]  # the optimum
    for place, row in enumerate(judged.analyses[0].runs[::-1]):
        heights = axes[0].collections[place].get_offsets()[:, 1]
        assert np.abs(heights - place + 0.06).max() <= 0.17
        assert len(set(heights)) == 6
        means = [line for line in axes[0].lines if list(line.get_xdata()) == [row.mean.value]]
        assert [list(line.get_ydata()) for line in means] == [[place + 0.26]]
    assert {line.get_color() for line in axes[0].lines} == {INK}  # an inline figure makes it the page's own
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["beta", "alpha"]
    assert axes[0].get_ylim() == (-0.6, 1.6)
    assert axes[0].get_xlabel() == "validation accuracy (%)"
    assert [text.get_text() for text in axes[0].texts] == ["optimum"]
    figures.finals(judged.analyses[1], styles_of(list(VALUES)), "a", np.random.default_rng(0))
    assert not axes[1].texts  # nobody knows it


def test_runtimes_are_shares_of_runs_there(judged: Judged, axes: list[Any]) -> None:
    analysis = judged.analyses[0]
    wanted = targets_of(analysis)
    caption = figures.runtimes(analysis, styles_of(list(VALUES)), "a", wanted)
    assert "the optimum: at least 99)" in str(caption)
    for panel, target in zip(axes, wanted.values(), strict=True):
        for name, curves in CURVES.items():
            assert curve_of(panel, name)[1] == pytest.approx((curves >= target).mean(axis=0))
        assert (panel.get_xlabel(), panel.get_xscale(), panel.get_ylim()) == ("trials", "log", (-0.03, 1.03))
    assert [panel.get_title() for panel in axes] == list(wanted)
    assert [bool(panel.get_legend()) for panel in axes] == [True, False, False]
    assert [panel.get_ylabel() for panel in axes] == ["share of runs there", "", ""]


def test_the_figures_of_all_benchmarks_draw_what_was_found(judged: Judged, axes: list[Any]) -> None:
    found, styles = judged.overall, styles_of(list(VALUES))
    assert found is not None
    for draw, band in ((overall_page.ranks, found.ranks), (overall_page.reached, found.reached)):
        draw(found, styles)
        for place, name in enumerate(VALUES):
            assert curve_of(axes[-1], name)[1] == pytest.approx(band[0][place])
        assert len(axes[-1].collections) == 2
        assert (axes[-1].get_xlabel(), axes[-1].get_xscale()) == ("trials", "log")
    assert [panel.get_ylabel() for panel in axes] == ["mean rank", "share of targets reached"]
    overall_page.gaps(found, styles)
    coloured = [line for line in axes[-1].lines if len(line.get_xdata()) == 2 and line.get_color() in COLOURS]
    ends = [line for line in coloured if line.get_ydata()[0] == line.get_ydata()[1]]
    values = [line for line in coloured if line not in ends]
    assert [list(line.get_ydata()) for line in values] == [pytest.approx([2.15, 1.15]), pytest.approx([1.85, 0.85])]
    assert [list(line.get_xdata()) for line in ends] == [[gap.low, gap.high] for gap in found.gaps]
    assert [tick.get_text() for tick in axes[-1].get_yticklabels()] == ["all, by group", SPECS[1], SPECS[0]]
    assert axes[-1].get_xlim()[0] <= 0
    for place, name in enumerate(VALUES):
        assert curve_of(axes[-1], name)[0] == pytest.approx([task.regret[:, place].mean() for task in found.tasks])


def test_the_page_shows_every_table_and_sentence(source: sources.Source, judged: Judged, tmp_path: Path) -> None:
    folder = write_report(source, tmp_path / "report")
    page = (folder / "index.html").read_text(encoding="utf-8")
    shown = [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page)]
    for analysis in judged.analyses:
        for table in (
            tables.leaderboard(analysis, "a"),
            tables.costs(analysis, "a"),
            tables.comparisons(analysis, "a"),
        ):
            assert all(cell in shown for row in table.rows for cell in row)
        assert all(sentence in page for sentence in [*verdict(analysis), *notes(analysis)])
    assert page.index('id="overall"') < page.index('id="toy-formula-v1"')
    with open(folder / "tables" / "comparisons.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    p = adjusted()
    for place, row in enumerate(rows):
        assert float(row["p_means_holm"]) == pytest.approx(p[place, "means"])
        assert float(row["p_runs"]) == pytest.approx(p_values()["runs"])
    assert [row["region"] for row in rows] == ["2.0", ""]


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
    (analysis,) = judge(sources.Source((benchmark,), tuple(VALUES), tuple(SEEDS), runs)).analyses
    table = tables.costs(analysis, "a")
    heading = "parameters [95%]" if not unit else f"parameters ({unit}) [95%]"
    assert column(table, heading) == pytest.approx(shown)
    assert "Metrics are of each run's final incumbent" in table.caption
