"""What reports measure and say of small real studies."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from nasapi_report import write_report
from nasapi_report.analysis import analyse
from nasapi_report.build import targets_of
from nasapi_report.canvas import styles_of
from nasapi_report.formats import escape
from nasapi_report.measure import measure_of, run_curve
from nasapi_report.stats.intervals import Estimate
from nasapi_report.stats.paired import Comparison, PValue, holm
from nasapi_report.stats.signs import mean_test
from nasapi_report.study_analysis import analyse_study
from nasapi_report.tables import comparisons
from nasapi_report.verdict import notes, verdict
from nasapi_report.words import decimals, format_duration, interval, listing, number, probability, share

from nasapi.problem import Budget
from nasapi.storage import BenchmarkSummary

needs_moocore = pytest.mark.skipif(importlib.util.find_spec("moocore") is None, reason="moocore is not installed")


def analysis_of(benchmark: object, **options: object):
    return analyse_study(sources.study([benchmark], **options)).analyses[0]


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


def test_where_nothing_is_feasible_the_least_violation_is_told() -> None:
    found = analysis_of(sources.constrained(upper=-1.0), seeds=3)
    least = {row.strategy: min(history.values["params"].min() + 1 for history in row.histories) for row in found.runs}
    told = [note for note in notes(found) if note.startswith("Where nothing feasible was found")]
    assert len(told) == 1
    assert all(f"{name} by {value:.4g}" in told[0] for name, value in least.items())
    assert not any("which flatters it" in note for note in notes(found))


def test_no_violation_is_told_where_something_is_feasible_or_nothing_is_constrained() -> None:
    for benchmark in (sources.constrained(), sources.toy()):
        assert not any("broken least" in note for note in notes(analysis_of(benchmark, seeds=3)))


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
    found = analyse(partial)[0]
    assert found.absent == (("climbs", 2),)
    assert any(note == "1 run of climbs is not there (seed 2)." for note in notes(found))


# what is said


def said(a: float = 2.0, **changes: object) -> str:
    """The sentence on the best of two strategies against the other, from tests as given."""
    found = analysis_of(sources.toy(), strategies=sources.THREE[:2], seeds=2)
    best, other = (row.strategy for row in found.runs)
    given = {
        "a": best,
        "b": other,
        "pairs": 8,
        "difference": Estimate(a, 0.1, 3.0),
        "improvement": Estimate(0.75, 0.6, 0.9),
        "means": PValue(0.2, 1.0),
        "runs": PValue(0.2, 1.0),
    } | changes
    tests = int(given.pop("tests", 2))
    (sentence,) = verdict(evolve(found, comparisons=(Comparison(**given),), tests=tests))
    return sentence.removeprefix("After 12 trials ").replace(best, "A").replace(other, "B")


def test_the_verdict_names_who_is_ahead_by_how_much_and_how_surely() -> None:
    strategies = (sources.Named("stays"), sources.Named("draws"))
    sentences = verdict(analysis_of(sources.toy(budget=14), strategies=strategies, seeds=30))
    pattern = (
        r"After 14 trials draws is ahead of stays in the mean by [\d.]+ \[[\d.]+, [\d.]+\] points \(p < 0\.001\); "
        r"a run of draws is the better one with probability 1\.00 \[0\.9\d, 1\.00\] \(p < 0\.001\)\."
    )
    assert len(sentences) == 1
    assert re.fullmatch(pattern, sentences[0])


def test_the_verdict_says_when_strategies_cannot_be_told_apart() -> None:
    strategies = (sources.Named("one"), sources.Named("same"))
    found = analysis_of(sources.toy(), strategies=strategies, seeds=5)
    assert found.leading == {"one", "same"}
    assert verdict(found)[0].endswith(
        "one and same cannot be told apart (difference 0.00 points, p = 1.000; 5 seeds are too few to settle it: the "
        "least p that they can give, 0.062, becomes 0.12 as the least of the 2 tests of this page, while 7 seeds can)."
    )


def test_each_claim_rests_on_its_own_test() -> None:
    yes, no = PValue(0.001, 0.004), PValue(0.2, 1.0)
    assert said(means=yes, runs=yes) == (
        "A is ahead of B in the mean by 2.0 [0.1, 3.0] points (p = 0.004); a run of A is the better one with "
        "probability 0.75 [0.60, 0.90] (p = 0.004)."
    )
    assert said(means=yes, runs=no) == (
        "A is ahead of B in the mean by 2.0 [0.1, 3.0] points (p = 0.004); that a run of it is the better one is not "
        "shown (probability 0.75 [0.60, 0.90])."
    )
    assert said(means=no, runs=yes) == (
        "runs of A and B differ, A having the better ones: a run of A is the better one with probability "
        "0.75 [0.60, 0.90] (p = 0.004); their means cannot be told apart (difference 2.0 [0.1, 3.0] points, p = "
        "1.000; the interval leaves 0 out, but takes further runs to vary like these, and the sign-flip test, which "
        "does not, finds no difference)."
    )


def test_a_better_mean_with_worse_runs_is_said_to_differ_not_in_one_way() -> None:
    yes, worse = PValue(0.001, 0.004), Estimate(0.2, 0.1, 0.4)
    assert said(means=yes, runs=yes, improvement=worse) == (
        "A is ahead of B in the mean by 2.0 [0.1, 3.0] points (p = 0.004), but not in one way: a run of A is the "
        "better one with probability 0.20 [0.10, 0.40] (p = 0.004)."
    )
    assert said(runs=yes, improvement=worse).startswith("runs of A and B differ, B having the better ones: a run of A")


def test_a_mean_is_not_called_ahead_where_the_runs_may_have_missed_as_much() -> None:
    assert said(means=PValue(0.001, 0.004), difference=Estimate(2.0, -0.5, 3.0)) == (
        "A and B cannot be told apart (difference 2.0 [−0.5, 3.0] points, p = 0.004; the interval allows for what 8 "
        "seeds may not have shown, and holds 0)."
    )


def test_a_difference_below_what_training_again_changes_is_called_practically_nothing() -> None:
    small = {"alike": PValue(0.001, 0.01), "region": 0.38, "difference": Estimate(0.03, 0.01, 0.05)}
    assert said(**small) == (
        "A and B differ by practically nothing: less than training a network again changes, 0.38 points (p = 0.010); "
        "difference 0.030 [0.010, 0.050] points, p = 1.000; the interval leaves 0 out, but takes further runs to "
        "vary like these, and the sign-flip test, which does not, finds no difference."
    )
    assert said(means=PValue(0.001, 0.004), **small).endswith(
        "The difference is practically nothing: less than training a network again changes, 0.38 points (p = 0.010)."
    )
    assert "practically" not in said(**small | {"alike": PValue(0.04, 0.06)})


def test_the_table_calls_differences_within_its_training_noise_practically_nothing() -> None:
    made = sources.toy()
    known = evolve(made, reference=evolve(made.reference, training_sd={"valid_accuracy": 40.0}))
    found = analysis_of(known, strategies=sources.THREE[:2], seeds=12)
    (row,) = found.comparisons
    assert (found.region, row.region, found.tests) == (40.0, 40.0, 3)
    assert row.negligible
    assert "practically nothing: less than training a network again changes, 40 points (p < 0.001)" in verdict(found)[0]
    table = comparisons(found, "toy")
    assert table.headings[-2:] == ("p (practically nothing)", "shown")
    assert table.rows[0][-1] == "runs differ, practically nothing"
    assert "Practically nothing is less than 40 points" in table.caption


@pytest.mark.parametrize(
    ("p", "reason"),
    [
        (0.03, "p = 0.200 once corrected for the 9 tests of this page)."),
        (0.2, "p = 0.200; the interval leaves 0 out, but"),
    ],
)
def test_an_interval_without_0_beside_a_large_p_is_explained(p: float, reason: str) -> None:
    assert reason in said(means=PValue(p, 0.2), pairs=12, tests=9)


@pytest.mark.parametrize(
    ("pairs", "tests", "reason", "needed"),
    [
        (1, 1, "1 seed is too few to settle it: the least p that they can give, 1, becomes 1 as", 6),
        (3, 2, "3 seeds are too few to settle it: the least p that they can give, 0.25, becomes 0.5 as", 7),
        (6, 30, "6 seeds are too few to settle it: the least p that they can give, 0.031, becomes 0.94 as", 11),
    ],
)
def test_too_few_seeds_for_the_tests_of_a_page_are_named_with_how_many_it_takes(
    pairs: int, tests: int, reason: str, needed: int
) -> None:
    ending = f"p = 1.000; {reason} the least of the {tests} tests of this page, while {needed} seeds can)."
    assert said(0.15, pairs=pairs, tests=tests).endswith(ending)
    wide = Estimate(2.0, -9.0, 13.0)  # told as well where the interval holds 0
    assert said(0.15, pairs=pairs, tests=tests, difference=wide).endswith(ending)


@pytest.mark.parametrize(("tests", "needed"), [(1, 6), (3, 7), (45, 11)])
def test_the_seeds_that_are_said_to_be_needed_are_the_fewest(tests: int, needed: int) -> None:
    assert holm([mean_test(np.ones(needed))] * tests)[0] < 0.05
    assert holm([mean_test(np.ones(needed - 1))] * tests)[0] >= 0.05
    assert f"while {needed} seeds can" in said(0.15, pairs=needed - 1, tests=tests)
    assert "too few" not in said(0.15, pairs=needed, tests=tests)


def test_a_budget_that_pays_for_no_evaluation_is_not_called_infeasible() -> None:
    made = sources.toy()
    poor = evolve(made, problem=evolve(made.problem, budget=Budget(1.0, "seconds")))
    (sentence,) = verdict(analysis_of(poor, strategies=[sources.Named("stays")], seeds=2))
    assert sentence == "No run evaluated anything: a budget of 1 seconds does not pay for one evaluation."


def test_failed_evaluations_are_not_called_infeasible() -> None:
    benchmark = sources.toy()
    object.__setattr__(benchmark.objective, "evaluate", lambda *given: 1 / 0)
    found = analysis_of(evolve(benchmark, report_metrics=()), strategies=[sources.Named("stays")], seeds=2)
    assert verdict(found) == ["No run has a value: every evaluation failed."]


def test_of_very_many_pairs_only_those_with_the_best_are_shown() -> None:
    strategies = [sources.Named(f"strategy-{i}", i / 12) for i in range(11)]
    found = analysis_of(sources.toy(budget=3), strategies=strategies, seeds=3)
    shown = comparisons(found, "toy")
    assert len(found.comparisons) == 55
    assert {row[0] for row in shown.rows} == {found.runs[0].strategy}
    assert "55 pairs, of which those with the best are shown" in shown.caption


def test_a_lone_strategy_is_described_not_compared() -> None:
    found = analysis_of(sources.toy(), strategies=sources.THREE[:1], seeds=5)
    assert re.match(r"After 12 trials draws has a mean validation accuracy of [\d.]+ \[", verdict(found)[0])


def test_a_benchmark_that_everybody_solves_is_said_to_separate_no_longer() -> None:
    found = analysis_of(sources.toy(budget=200), seeds=4)
    words = " ".join(notes(found))
    assert "this benchmark does not separate them after that" in words
    assert "ended on the optimum: this benchmark cannot show anything better" in words


@pytest.mark.parametrize(("seeds", "said"), [(1, "With 1 run of"), (9, "With 9 runs of"), (10, ""), (11, "")])
def test_fewer_than_ten_runs_are_announced_to_be_rough(seeds: int, said: str) -> None:
    found = notes(analysis_of(sources.toy(), strategies=sources.THREE[:1], seeds=seeds))
    rough = [note for note in found if "are rough" in note]
    assert [note.partition(" a strategy")[0] for note in rough] == ([said] if said else [])


def test_the_measured_coverage_of_intervals_is_told_up_to_thirty_runs() -> None:
    found = analysis_of(sources.toy(budget=2), strategies=[sources.Named("stays")], seeds=31)
    (row,) = found.runs
    assert not any(note.startswith("In simulations") for note in notes(found))
    fewer = evolve(found, runs=(evolve(row, histories=row.histories[:30], curves=row.curves[:30]),))
    assert sum(note.startswith("In simulations with 30 runs") for note in notes(fewer)) == 1


def test_predictions_and_what_was_not_loaded_are_said_first() -> None:
    found = analysis_of(sources.toy(), seeds=3)
    plain = notes(found)
    told = evolve(found, record=evolve(found.record, predicted=True), unregistered="No plugin registers 'x'.")
    assert notes(told) == [
        "No plugin registers 'x'. The report goes on without it, from what was recorded.",
        "The values of this benchmark are a model's predictions, not measurements.",
        *plain,
    ]


def test_what_is_ahead_is_said_before_what_cannot_be_told_apart() -> None:
    found = analysis_of(sources.toy(), seeds=2)
    best, second, third = (row.strategy for row in found.runs)
    yes, no = PValue(0.001, 0.004), PValue(0.2, 1.0)
    spread = Estimate(0.75, 0.6, 0.9)
    level = Comparison(best, second, 8, Estimate(1.0, -1.0, 3.0), spread, no, no)
    ahead = Comparison(best, third, 8, Estimate(2.0, 0.1, 3.0), spread, yes, no)
    others = Comparison(second, third, 8, Estimate(9.0, 8.0, 10.0), spread, yes, yes)
    first, last = verdict(evolve(found, comparisons=(level, ahead, others)))
    assert f"{best} is ahead of {third}" in first
    assert f"{best} and {second} cannot be told apart" in last


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
    assert [format_duration(seconds) for seconds in (1e6, 7200.0, 130.0, 3.0, 1.83, 0.05, 1e-5)] == [
        "11.6 days",
        "2 h",
        "2.17 min",
        "3 s",
        "1.83 s",
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


def test_runs_that_ended_early_are_not_said_to_have_spent_their_budget() -> None:
    found = analysis_of(sources.toy(budget=100), strategies=sources.THREE[:2], seeds=12)
    assert verdict(found)[0].startswith("After 100 trials ")
    ended = tuple(
        evolve(row, histories=tuple(evolve(history, ended="strategy") for history in row.histories))
        for row in found.runs
    )
    early = evolve(found, runs=ended)
    assert verdict(early)[0].startswith("After at most 100 trials ")
    assert any("asked for nothing more" in note for note in notes(early))
    assert not any("The budget limits them" in note for note in notes(early))


def test_repeats_are_said_to_be_charged_where_they_are() -> None:
    found = analysis_of(sources.toy(), strategies=[sources.Named("stays")], seeds=12)
    unique = evolve(found, record=evolve(found.record, budget=Budget(12, "unique")))
    said = [next(note for note in notes(one) if "asked for before" in note) for one in (found, unique)]
    assert said[0].endswith("each was charged like any other.")
    assert said[1].endswith("a budget of unique networks charges none of them.")
