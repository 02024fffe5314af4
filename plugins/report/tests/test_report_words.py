"""What reports say of small real studies."""

from __future__ import annotations

import re

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from handmade_runs import made, source
from nasapi_report.analysis import analyse
from nasapi_report.build import targets_of
from nasapi_report.notes import notes
from nasapi_report.stats.intervals import Estimate, mean_interval
from nasapi_report.stats.paired import Comparison, PValue, compare, holm
from nasapi_report.stats.signs import mean_test
from nasapi_report.tables import comparisons, costs, leaderboard
from nasapi_report.verdict import verdict

from nasapi.budget import Budget


def sentence_on(a: float = 2.0, **changes: object) -> str:
    """The sentence on the best of two strategies against the other, from tests as given."""
    found = sources.analysis_of(sources.toy(), strategies=sources.THREE[:2], seeds=2)
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
    sentences = verdict(sources.analysis_of(sources.toy(budget=14), strategies=strategies, seeds=30))
    pattern = (
        r"After 14 trials draws is ahead of stays in the mean by [\d.]+ \[[\d.]+, [\d.]+\] points \(p < 0\.001\); "
        r"a run of draws is the better one with probability 1\.00 \[0\.9\d, 1\.00\] \(p < 0\.001\)\."
    )
    assert len(sentences) == 1
    assert re.fullmatch(pattern, sentences[0])
    table = leaderboard(sources.analysis_of(sources.toy(budget=14), strategies=strategies, seeds=30), "toy")
    assert [(row[:2], table.key(at, 0)) for at, row in enumerate(table.rows)] == [
        (("•", "draws"), 0.0),
        (("", "stays"), 1.0),
    ]


def test_the_verdict_says_when_strategies_do_not_differ() -> None:
    strategies = (sources.Named("one"), sources.Named("same"))
    found = sources.analysis_of(sources.toy(), strategies=strategies, seeds=5)
    assert found.leading == {"one", "same"}
    assert verdict(found)[0].endswith(
        "one and same cannot be told apart (difference 0.00 points, p = 1.000; 5 seeds are too few to settle it: the "
        "least p that they can give, 0.062, becomes 0.12 as the least of the 2 tests of this page, while 7 seeds can)."
    )


def test_each_claim_rests_on_its_own_test() -> None:
    yes, no = PValue(0.001, 0.004), PValue(0.2, 1.0)
    assert sentence_on(means=yes, runs=yes) == (
        "A is ahead of B in the mean by 2.0 [0.1, 3.0] points (p = 0.004); a run of A is the better one with "
        "probability 0.75 [0.60, 0.90] (p = 0.004)."
    )
    assert sentence_on(means=yes, runs=no) == (
        "A is ahead of B in the mean by 2.0 [0.1, 3.0] points (p = 0.004); that a run of it is the better one is not "
        "shown (probability 0.75 [0.60, 0.90])."
    )
    assert sentence_on(means=no, runs=yes) == (
        "runs of A and B differ, A having the better ones: a run of A is the better one with probability "
        "0.75 [0.60, 0.90] (p = 0.004); their means cannot be told apart (difference 2.0 [0.1, 3.0] points, p = "
        "1.000; the interval leaves 0 out, but takes further runs to vary like these, and the sign-flip test, which "
        "does not, finds no difference)."
    )


def test_a_better_mean_with_worse_runs_is_reported_to_differ_not_in_one_way() -> None:
    yes, worse = PValue(0.001, 0.004), Estimate(0.2, 0.1, 0.4)
    assert sentence_on(means=yes, runs=yes, improvement=worse) == (
        "A is ahead of B in the mean by 2.0 [0.1, 3.0] points (p = 0.004), but not in one way: a run of A is the "
        "better one with probability 0.20 [0.10, 0.40] (p = 0.004)."
    )
    assert sentence_on(runs=yes, improvement=worse).startswith(
        "runs of A and B differ, B having the better ones: a run of A"
    )


def test_a_mean_is_not_called_ahead_where_the_runs_may_have_missed_as_much() -> None:
    assert sentence_on(means=PValue(0.001, 0.004), difference=Estimate(2.0, -0.5, 3.0)) == (
        "A and B cannot be told apart (difference 2.0 [−0.5, 3.0] points, p = 0.004; the interval allows for what 8 "
        "seeds may not have shown, and holds 0)."
    )


def test_a_difference_below_what_training_again_changes_is_called_practically_equal() -> None:
    small = {"equivalence": PValue(0.001, 0.01), "region": 0.38, "difference": Estimate(0.03, 0.01, 0.05)}
    assert sentence_on(**small) == (
        "the means of A and B are practically equal: they differ by less than training a network again changes, 0.38 "
        "points (p = 0.010 for more); difference 0.030 [0.010, 0.050] points, p = 1.000 for equal means; the interval "
        "leaves 0 out, but "
        "takes further runs to vary like these, and the sign-flip test, which does not, finds no difference."
    )
    assert sentence_on(means=PValue(0.001, 0.004), **small).endswith(
        "are practically equal: they differ by less than training a network again changes, 0.38 "
        "points (p = 0.010 for more)."
    )
    assert "practically" not in sentence_on(**small | {"equivalence": PValue(0.04, 0.06)})
    assert "practically" not in sentence_on(**small | {"difference": Estimate(0.0, -22.0, 22.0)})
    assert "practically" not in sentence_on(**small | {"difference": Estimate(0.03, -0.1, 0.39)})


def test_the_table_calls_differences_within_its_training_noise_practically_equal() -> None:
    made = sources.toy()
    known = evolve(made, reference=evolve(made.reference, training_sd={"valid_accuracy": 40.0}))
    found = sources.analysis_of(known, strategies=sources.THREE[:2], seeds=12)
    (row,) = found.comparisons
    assert (found.region, row.region, found.tests) == (40.0, 40.0, 3)
    assert row.practically_equal
    assert "less than training a network again changes, 40 points (p < 0.001 for more)" in verdict(found)[0]
    table = comparisons(found, "toy")
    assert table.headings[-2:] == ("p (practically equal)", "shown")
    assert table.rows[0][-1] == "runs differ, practically equal"
    assert "Means are practically equal within 40 points" in table.caption


@pytest.mark.parametrize(
    ("p", "reason"),
    [
        (0.03, "p = 0.200 once corrected for the 9 tests of this page)."),
        (0.2, "p = 0.200; the interval leaves 0 out, but"),
    ],
)
def test_an_interval_without_0_beside_a_large_p_is_explained(p: float, reason: str) -> None:
    assert reason in sentence_on(means=PValue(p, 0.2), pairs=12, tests=9)


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
    assert sentence_on(0.15, pairs=pairs, tests=tests).endswith(ending)
    wide = Estimate(2.0, -9.0, 13.0)  # told as well where the interval holds 0
    assert sentence_on(0.15, pairs=pairs, tests=tests, difference=wide).endswith(ending)


@pytest.mark.parametrize(("tests", "needed"), [(1, 6), (3, 7), (45, 11)])
def test_the_seeds_that_are_reported_to_be_needed_are_the_fewest(tests: int, needed: int) -> None:
    assert holm([mean_test(np.ones(needed))] * tests)[0] < 0.05
    assert holm([mean_test(np.ones(needed - 1))] * tests)[0] >= 0.05
    assert f"while {needed} seeds can" in sentence_on(0.15, pairs=needed - 1, tests=tests)
    assert "too few" not in sentence_on(0.15, pairs=needed, tests=tests)


def test_a_budget_that_pays_for_no_evaluation_is_not_called_infeasible() -> None:
    made = sources.toy()
    poor = evolve(made, problem=evolve(made.problem, budget=Budget(1.0, "seconds")))
    (sentence,) = verdict(sources.analysis_of(poor, strategies=[sources.Named("stays")], seeds=2))
    assert sentence == "No run evaluated anything: a budget of 1 second does not pay for one evaluation."


def test_failed_evaluations_are_not_called_infeasible() -> None:
    benchmark = sources.toy()
    object.__setattr__(benchmark.objective, "evaluate", lambda *given: 1 / 0)
    found = sources.analysis_of(evolve(benchmark, report_metrics=()), strategies=[sources.Named("stays")], seeds=2)
    assert verdict(found) == ["No run has a value: every evaluation failed."]


def test_of_very_many_pairs_only_those_with_the_best_are_shown() -> None:
    strategies = [sources.Named(f"strategy-{i}", i / 12) for i in range(11)]
    fewer = sources.analysis_of(sources.toy(budget=3), strategies=strategies[:10], seeds=3)
    assert len(comparisons(fewer, "toy").rows) == 45
    assert comparisons(fewer, "toy").caption.endswith(" 45 pairs.")
    found = sources.analysis_of(sources.toy(budget=3), strategies=strategies, seeds=3)
    shown = comparisons(found, "toy")
    assert len(found.comparisons) == 55
    assert {row[0] for row in shown.rows} == {found.runs[0].strategy}
    assert "55 pairs, of which those with the best are shown" in shown.caption


def test_a_lone_strategy_is_described_not_compared() -> None:
    found = sources.analysis_of(sources.toy(), strategies=sources.THREE[:1], seeds=5)
    assert re.match(r"After 12 trials draws has a mean validation accuracy of [\d.]+ \[", verdict(found)[0])


def test_a_benchmark_that_everybody_solves_is_reported_to_separate_no_longer() -> None:
    found = sources.analysis_of(sources.toy(budget=200), seeds=4)
    words = " ".join(notes(found))
    assert "this benchmark does not separate them after that" in words
    assert "ended on the optimum: this benchmark cannot show anything better" in words


def test_that_every_run_ended_on_the_optimum_is_not_said_of_runs_without_a_result() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    best = toy.reference.optima["valid_accuracy"]
    runs = [made(toy, "a", seed, [60, best], [0, 0]) for seed in range(3)]
    assert any(note.startswith("Every run of a ended on the") for note in notes(analyse(source(toy, *runs))[0]))
    failed = made(toy, "a", 3, [np.nan, np.nan], [0, 0])
    found = notes(analyse(source(toy, *runs, failed))[0])
    assert any(note.startswith("Every run of a that has a result ended on the optimum") for note in found)


def test_the_captions_name_the_intervals_and_tests_that_there_are() -> None:
    known = evolve(sources.toy(), reference=evolve(sources.toy().reference, training_sd={"valid_accuracy": 40.0}))
    few, many = (sources.analysis_of(known, strategies=sources.THREE[:2], seeds=seeds) for seeds in (9, 10))
    assert "95% intervals (Student's), and" in leaderboard(few, "toy").caption
    assert "(Hall's, by skewness; " in leaderboard(many, "toy").caption
    caption = comparisons(few, "toy").caption
    assert "ties counting one half; all are two-sided. Means are practically equal within 40 points" in caption
    assert "the larger p of two one-sided sign-flip tests. p-values are corrected by Holm" in caption


def test_the_leaderboard_says_which_intervals_allow_for_what_runs_missed_and_how() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    alike = [made(toy, "alike", seed, [60, 90 if seed else 80], [0, 0]) for seed in range(12)]
    spread = [made(toy, "spread", seed, [60, 70 + seed], [0, 0]) for seed in range(12)]
    caption = leaderboard(analyse(source(toy, *alike, *spread))[0], "toy").caption
    assert (
        "half of the runs of alike (validation accuracy) end alike, which hides how rare other ends are: these "
        "intervals are moved out, by the share of ends that so many runs may have missed, towards the lowest and the "
        "highest that a run ended on or held before its last change, and the optimum (docs/statistics.md of nasapi, "
        "Intervals)."
    ) in caption
    ends = np.array([80.0] + [90.0] * 11)
    (row,) = [row for row in analyse(source(toy, *alike, *spread))[0].runs if row.strategy == "alike"]
    assert row.mean == mean_interval(ends, reach=(60.0, 99.0), within=(0.0, 99.0)) != mean_interval(ends)
    assert "moved out" not in leaderboard(analyse(source(toy, *spread))[0], "toy").caption
    assert "moved out" not in leaderboard(analyse(source(toy, *alike[:9]))[0], "toy").caption


def test_intervals_of_report_metrics_that_are_moved_out_are_named_under_their_table() -> None:
    toy = evolve(sources.toy(), report_metrics=("test_accuracy", "params"))
    tested = {seed: np.array([50.0, 80.0 if seed else 70.0]) for seed in range(12)}
    runs = [
        evolve(
            made(toy, "a", seed, [60, 70 + seed], [0, 0]),
            report_metrics={"test_accuracy": column, "params": column / 10},
        )
        for seed, column in tested.items()
    ]
    found = analyse(source(toy, *runs))[0]
    assert found.runs[0].moved_out == {"test_accuracy", "params"}
    ends = np.array([70.0] + [80.0] * 11)
    assert (
        found.runs[0].report_metrics["test_accuracy"] == mean_interval(ends, reach=(50.0, 80.0)) != mean_interval(ends)
    )
    shown, costing = leaderboard(found, "toy").caption, costs(found, "toy").caption
    assert "of a (test accuracy) end alike" in shown
    assert "of a (parameters) end alike" in costing
    assert all(
        "before its last change (docs/statistics.md of nasapi, Intervals)." in caption for caption in (shown, costing)
    )


def test_the_table_of_costs_explains_shares_of_feasible_trials_where_it_has_some() -> None:
    for benchmark, explained in ((sources.toy(), False), (sources.constrained(), True)):
        table = costs(sources.analysis_of(benchmark, seeds=2), "toy")
        assert ("feasible trials" in table.headings) == explained
        assert ("Shares of feasible trials are means over runs; failed trials are not. " in table.caption) == explained


def test_differences_reach_as_far_as_runs_may_and_no_further_than_values_can() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    values = {"a": [99.0, 99.0, 50.0], "b": [0.0, 0.0, 50.0]}
    runs = [made(toy, name, seed, [value], [0]) for name, some in values.items() for seed, value in enumerate(some)]
    (row,) = analyse(source(toy, *runs))[0].comparisons
    assert mean_interval(np.array([99.0, 99.0, 0.0])).high > 99
    assert row.difference == mean_interval(np.array([99.0, 99.0, 0.0]), within=(-99.0, 99.0))
    alike = {"a": [90.0] * 11 + [80.0], "b": [70.0] * 12}
    runs = [
        made(toy, name, seed, [60, value], [0, 0]) for name, some in alike.items() for seed, value in enumerate(some)
    ]
    (row,) = analyse(source(toy, *runs))[0].comparisons
    scores = {name: dict(enumerate(some)) for name, some in alike.items()}
    reaches = {"a": (60.0, 99.0), "b": (60.0, 99.0)}
    assert row.difference == compare(scores, reaches=reaches, within=(-99.0, 99.0))[0].difference
    assert row.difference != compare(scores, within=(-99.0, 99.0))[0].difference


def test_the_interval_of_a_report_metric_ends_where_the_metric_does() -> None:
    toy = evolve(sources.toy(), report_metrics=("test_accuracy",))
    ends = [99.0, 100.0, 100.0, 98.0]
    runs = [
        evolve(made(toy, "a", seed, [60.0], [0]), report_metrics={"test_accuracy": np.array([end])})
        for seed, end in enumerate(ends)
    ]
    (row,) = analyse(source(toy, *runs))[0].runs
    assert mean_interval(np.array(ends)).high > 100
    assert row.report_metrics["test_accuracy"] == mean_interval(np.array(ends), within=(0.0, 100.0))


def test_strategies_below_the_threshold_of_a_note_are_counted_with_it() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    rising, flat = [60.0, 61, 62, 63, 64, 65, 66, 67], [60.0, 70, 70, 70, 70, 70, 70, 70]
    values = {"late": [rising] * 4, "once": [rising, flat, flat, flat], "never": [flat] * 4, "short": [[60.0]] * 4}
    runs = [
        made(toy, name, seed, each, [0] * len(each)) for name, some in values.items() for seed, each in enumerate(some)
    ]
    (budget,) = [note for note in notes(analyse(source(toy, *runs))[0]) if note.startswith("Runs that still improved")]
    assert ": 100% of late; at most 25% of each of the 2 others. The budget" in budget
    (repeats,) = [note for note in notes(analyse(source(toy, *runs))[0]) if note.startswith("Trials that asked for")]
    shares = {"late": "12%", "once": "12%", "never": "12%", "short": "100%"}
    assert all(f"{share} of {name}" in repeats for name, share in shares.items())
    assert "others" not in repeats


def test_runs_that_ended_early_or_found_nothing_are_counted() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    ways = [{"ended": "strategy"}, {"ended": "repeats"}, {"ended": "repeats"}, {}]
    runs = [made(toy, "a", seed, [60.0, 61], [0, 0], **way) for seed, way in enumerate(ways)]
    runs += [made(toy, "b", seed, [np.nan] * 2 if seed else [60, np.nan], [0, 0]) for seed in range(3)]
    runs += [made(toy, "c", 0, [np.nan], [0])]
    found = notes(analyse(source(toy, *runs))[0])
    assert [note for note in found if " of a " in note and "stopped" in note] == [
        "1 of 4 runs of a stopped early: the strategy asked for no more trials.",
        "2 of 4 runs of a stopped early: the strategy only repeated networks.",
    ]
    assert [note for note in found if "failed" in note] == [
        "5 of 6 evaluations of b failed.",
        "1 of 1 evaluation of c failed.",
    ]
    assert [note for note in found if "nothing feasible" in note] == [
        "2 of 3 runs of b found nothing feasible; its mean and tests are over the others, which flatters it.",
        "1 of 1 run of c found nothing feasible.",
    ]


def test_a_tenth_of_repeated_networks_is_not_worth_a_word() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    runs = [made(toy, f"{n}-trials", seed, [60.0] * n, [0] * n) for n in (9, 10) for seed in range(2)]
    (repeats,) = [note for note in notes(analyse(source(toy, *runs))[0]) if note.startswith("Trials that asked for")]
    assert repeats.startswith(
        "Trials that asked for a network asked for before: 11% of 9-trials (0% the very same code); at most 10% of the "
        "other strategy; each was charged"
    )


def test_the_optimum_is_reported_with_when_the_runs_of_each_strategy_were_there() -> None:
    toy = evolve(sources.toy(), report_metrics=())
    best = toy.reference.optima["valid_accuracy"]
    values = {"soon": [[60, best, best, best]] * 10, "late": [[60, 60, best, best]] * 9 + [[60] * 4]}
    values["never"] = [[60, 61, 62, 63]] * 10
    runs = [made(toy, name, seed, each, [0] * 4) for name, some in values.items() for seed, each in enumerate(some)]
    found = notes(analyse(source(toy, *runs))[0])
    assert found[:3] == [
        "Runs that reached the known optimum: 100% of soon, half by trial 2; 90% of late, half by trial 3.",
        "From trial 3 on at least 90% of the runs of each of soon and late sit on the optimum: this benchmark does not "
        "separate them after that; compare how soon they get there.",
        "Every run of soon ended on the optimum: this benchmark cannot show anything better.",
    ]
    alone = notes(analyse(source(toy, *(run for run in runs if run.strategy != "soon")))[0])
    assert alone[0] == "Runs that reached the known optimum: 90% of late, half by trial 3."
    assert alone[1].startswith("Between late and the optimum of this benchmark ")


@pytest.mark.parametrize(("seeds", "message"), [(1, "With 1 run of"), (9, "With 9 runs of"), (10, ""), (11, "")])
def test_fewer_than_ten_runs_are_announced_to_be_rough(seeds: int, message: str) -> None:
    found = notes(sources.analysis_of(sources.toy(), strategies=sources.THREE[:1], seeds=seeds))
    toy = evolve(sources.toy(), report_metrics=())
    runs = [made(toy, name, seed, [60.0 + seed], [0]) for name, n in (("more", 12), ("a", seeds)) for seed in range(n)]
    for each in (found, notes(analyse(source(toy, *runs))[0])):  # the strategy of the fewest runs counts
        rough = [note for note in each if "are rough" in note]
        assert [note.partition(" a strategy")[0] for note in rough] == ([message] if message else [])


def test_the_measured_coverage_of_intervals_is_reported_up_to_thirty_runs() -> None:
    found = sources.analysis_of(sources.toy(budget=2), strategies=[sources.Named("stays")], seeds=31)
    (row,) = found.runs
    assert not any(note.startswith("In simulations") for note in notes(found))
    fewer = evolve(found, runs=(evolve(row, histories=row.histories[:30], curves=row.curves[:30]),))
    assert sum(note.startswith("In simulations with 30 runs") for note in notes(fewer)) == 1


def test_predictions_and_what_was_not_loaded_are_reported_first() -> None:
    found = sources.analysis_of(sources.toy(), seeds=3)
    plain = notes(found)
    changed = evolve(found, record=evolve(found.record, predicted=True), unregistered="No plugin registers 'x'.")
    assert notes(changed) == [
        "No plugin registers 'x'. The report goes on without it, from what was recorded.",
        "The values of this benchmark are a model's predictions, not measurements.",
        *plain,
    ]


def test_what_is_ahead_is_reported_before_what_do_not_differ() -> None:
    found = sources.analysis_of(sources.toy(), seeds=2)
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
    found = sources.analysis_of(sources.toy(), seeds=6)
    targets = targets_of(found)
    assert list(targets)[-1] == "the optimum"
    assert len(set(targets.values())) == len(targets)


def test_a_comparison_says_on_how_many_seeds_it_rests_where_runs_failed() -> None:
    made = sources.analysis_of(sources.toy(), strategies=sources.THREE[:2], seeds=12)
    first, second = made.runs
    lived = evolve(second, final_values=dict([*second.final_values.items()][:10]))
    (row,) = compare({one.strategy: one.final_values for one in (first, lived)})
    found = verdict(evolve(made, runs=(first, lived), comparisons=[row]))
    assert ", on the 10 of 12 seeds that gave both a result, " in found[0]
    assert "seeds that gave" not in verdict(made)[0]
