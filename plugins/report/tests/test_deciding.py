"""Seeds are added until strategies are told apart, or are practically equal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from click.testing import CliRunner
from nasapi_report.deciding import Decision, decisions, until_decided
from nasapi_report.stats.sequential import sequential_equivalence_test, sequential_mean_test

from nasapi import Study
from nasapi.benchmark import Benchmark
from nasapi.cli.main import cli
from nasapi.errors import InvalidOption, NotAvailable

DRAWS, CLIMBS, STAYS, TWIN = (
    sources.Named(name, skill) for name, skill in (("draws", 0.0), ("climbs", 0.9), ("stays", 0.0), ("twin", 0.0))
)


def toy(**training_sd: float) -> Benchmark:
    made = sources.toy(budget=6)
    return evolve(made, reference=evolve(made.reference, training_sd=training_sd))


def added(benchmark: Benchmark, strategies: Sequence[sources.Named], most: int, path: Path) -> list[Decision]:
    counts: list[int] = []

    def study_of(seeds: Sequence[int]) -> Study:
        counts.append(len(seeds))
        return Study([benchmark], strategies, seeds, path)

    study, found = until_decided(study_of, range(most), lambda study: study.run(backend="inline"))
    assert counts == sorted(set(counts))
    assert len(study.seeds) == counts[-1] == found[0].seeds
    return found


def test_strategies_far_apart_are_decided_with_few_seeds(tmp_path: Path) -> None:
    (found,) = added(toy(), [STAYS, DRAWS], 60, tmp_path / "runs")
    assert found.made
    assert (found.a, found.b, found.equivalence) == ("draws", "stays", None)
    assert found.seeds < 30
    assert str(found).startswith(f"toy/formula-v1, {found.seeds} seeds: draws and stays are told apart (p ")
    assert str(found).endswith(" points.")


def test_strategies_that_are_the_same_are_practically_equal() -> None:
    (found,) = decisions(sources.study([toy(valid_accuracy=30.0)], [DRAWS, TWIN], 12))  # type: ignore[arg-type]
    assert (found.made, found.apart, found.region) == (True, 1.0, 30.0)
    assert "draws and twin are practically equal (0.000 points): they differ by less than training" in str(found)


def test_without_a_region_alike_strategies_use_all_seeds(tmp_path: Path) -> None:
    (found,) = added(toy(), [DRAWS, TWIN], 12, tmp_path / "runs")
    assert (found.made, found.seeds, found.apart) == (False, 12, 1.0)
    assert str(found) == (
        "toy/formula-v1, 12 seeds: draws and twin are not told apart (p = 1.000, difference 0.000 points)."
    )


@pytest.mark.parametrize(
    ("apart", "equivalence", "made", "message"),
    [
        (0.049, None, True, "a and b are told apart (p = 0.049); a has the better mean, by 1.500 points."),
        (0.05, None, False, "a and b are not told apart (p = 0.050, difference 1.500 points)."),
        (0.9, 0.05, False, "a and b are not told apart (p = 0.900, difference 1.500 points)."),
        (
            0.01,
            0.049,
            True,
            "a and b are practically equal (1.500 points): they differ by less than training a network again "
            "changes, 0.38 points (p = 0.049).",
        ),
    ],
)
def test_a_decision_is_made_below_one_in_twenty(
    apart: float, equivalence: float | None, made: bool, message: str
) -> None:
    region = None if equivalence is None else 0.38
    found = Decision("toy/x-v1", "a", "b", 7, apart, equivalence, 1.5, region, "%")
    assert (found.made, str(found)) == (made, f"toy/x-v1, 7 seeds: {message}")


def test_the_better_one_is_named_first_whichever_was_run_first() -> None:
    given = sources.study([toy()], [STAYS, CLIMBS], 8)
    (found,) = decisions(given)  # type: ignore[arg-type]
    finals = {
        name: np.array([run.curve()[-1] for run in given.runs if run.strategy == name]) for name in given.strategies
    }
    difference = finals["climbs"] - finals["stays"]
    assert (found.a, found.b, found.seeds) == ("climbs", "stays", 8)
    assert found.difference == pytest.approx(difference.mean()) and found.difference > 0
    swapped = sources.Source(given.benchmarks, given.strategies[::-1], given.seeds, given.runs)
    assert decisions(swapped) == [found]  # type: ignore[arg-type]


def test_equivalence_is_corrected_for_all_pairs_too() -> None:
    given = sources.study([toy(valid_accuracy=30.0)], [DRAWS, TWIN, CLIMBS], 6)
    found = {frozenset((one.a, one.b)): one for one in decisions(given)}  # type: ignore[arg-type]
    twins = found[frozenset(("draws", "twin"))]
    assert twins.equivalence == pytest.approx(min(1.0, 3 * sequential_equivalence_test(np.zeros(6), 30.0)[-1]))


def test_seeds_grow_by_five_and_later_by_a_fifth(tmp_path: Path) -> None:
    counts: list[int] = []

    def study_of(seeds: Sequence[int]) -> sources.Source:
        counts.append(len(seeds))
        return sources.study([toy()], [DRAWS, TWIN], [0] if len(seeds) < 40 else seeds[:1])

    until_decided(study_of, range(43), lambda study: None)  # type: ignore[arg-type]
    assert counts == [5, 10, 15, 20, 25, 30, 36, 43]


def test_a_pair_without_a_result_is_not_decided_and_has_its_share_of_the_level() -> None:
    """Of two benchmarks one keeps its constraint in no run."""
    given = sources.study([toy(), sources.constrained(upper=-1.0)], [STAYS, DRAWS], 8)
    found = decisions(given)  # type: ignore[arg-type]
    assert [(one.benchmark, one.seeds, one.made) for one in found] == [
        ("toy/formula-v1", 8, found[0].made),
        ("toy/small-v1", 0, False),
    ]
    alone = decisions(evolve(given, benchmarks=given.benchmarks[:1]))  # type: ignore[arg-type]
    assert found[0].apart == pytest.approx(min(1.0, 2 * alone[0].apart)) and alone[0].apart < 0.5
    assert str(found[1]) == "toy/small-v1: stays and draws cannot be compared: no seed gave both a result."
    gone = decisions(evolve(given, runs=()))  # type: ignore[arg-type]
    assert [(one.seeds, one.apart) for one in gone] == [(0, 1.0), (0, 1.0)]


def test_seeds_are_added_where_nothing_feasible_was_found_yet() -> None:
    counts: list[int] = []

    def study_of(seeds: Sequence[int]) -> sources.Source:
        counts.append(len(seeds))
        return sources.study([sources.constrained(upper=-1.0)], [DRAWS, TWIN], seeds)

    _, found = until_decided(study_of, range(12), lambda study: None)  # type: ignore[arg-type]
    assert counts == [5, 10, 12]
    assert [one.made for one in found] == [False]


def test_pairs_share_the_level_equally() -> None:
    source = sources.study([toy()], [STAYS, DRAWS, CLIMBS], 6)
    finals = {
        name: [max(run.values["valid_accuracy"]) for run in source.runs if run.strategy == name]
        for name in source.strategies
    }
    found = {frozenset((one.a, one.b)): one.apart for one in decisions(source)}  # type: ignore[arg-type]
    for pair, p in found.items():
        a, b = sorted(pair)
        difference = [x - y for x, y in zip(finals[a], finals[b], strict=True)]
        assert p == pytest.approx(min(1.0, 3 * sequential_mean_test(difference)[-1]))


def call(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["bench", "toy/formula-v1", *arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_the_command_adds_seeds_and_says_what_is_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("-s", "random", "-s", "evolution", "--budget", "4", "--until-decided", "--backend", "inline")
    completed = call(*arguments, "--seeds", "7")
    assert "toy/formula-v1[budget=4], 7 seeds: " in completed
    assert "Not all is decided after 7 seeds; more are allowed by --seeds." in completed
    assert "These p-values hold although seeds were added by looking" in completed
    assert "After 4 trials" not in completed
    alone = call("-s", "random", "--budget", "4", "--until-decided", "--backend", "inline", "--seeds", "7")
    assert "There is nothing to decide: it takes two strategies" in alone
    assert "p-values" not in alone
    with pytest.raises(InvalidOption, match="it cannot be done in shards"):
        call(*arguments, "--shard", "1/2")


def test_without_the_report_it_is_reported_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "nasapi_report.terminal", None)
    with pytest.raises(NotAvailable, match="needs the tests of nasapi-report, which is not installed: `pip install"):
        call("-s", "random", "-s", "evolution", "--until-decided")
