"""Strategies whose runs are the same trial by trial are said to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from handmade_runs import EVERY, made, source
from nasapi_report.analysis import analyse
from nasapi_report.same_runs import same_runs
from nasapi_report.study_analysis import analyse_study
from nasapi_report.verdict import verdict

from nasapi.history import History

TOY = evolve(sources.toy(), report_metrics=())
RANDOM, LATER = EVERY[[5, 3, 8]], EVERY[[5, 3, 9]]
SENTENCE = (
    " asked for the same architectures in the same order under every common seed, so their runs are the same: "
    "the budget ends within their initial random trials, or they differ in nothing that matters here."
)


def run(name: str, seed: int, codes: Any = RANDOM, **more: Any) -> History:
    """A run that asked for these codes."""
    return made(TOY, name, seed, [60.0 + seed, 70.0, 65.0][: len(codes)], [0] * len(codes), codes=codes, **more)


def found(*runs: History) -> list[str]:
    return same_runs(analyse(source(TOY, *runs))[0].runs)


def test_searches_that_did_not_begin_to_learn_are_said_to_be_the_same() -> None:
    strategies = [sources.Named("one", 0.0), sources.Named("two", 0.0), sources.Named("other", 0.9)]
    analysis = analyse_study(sources.study([TOY], strategies, seeds=4)).analyses[0]
    ends = [sentence for sentence in verdict(analysis) if sentence.endswith(SENTENCE)]
    assert ends == [f"one and two{SENTENCE}"]
    assert verdict(analysis)[-1] == ends[0]


def test_groups_of_the_same_runs_are_told_apart() -> None:
    runs = [run(name, seed) for name in ("a", "b", "e") for seed in range(3)]
    others = [run(name, seed, LATER) for name in ("c", "d") for seed in range(3)]
    assert sorted(found(*runs, *others)) == [f"a, b and e{SENTENCE}", f"c and d{SENTENCE}"]


@pytest.mark.parametrize(
    "changed",
    [
        {"codes": LATER},
        {"codes": RANDOM[::-1]},
        {"codes": RANDOM[:2]},
        {"fidelity": np.array([-1, -1, 1])},
        {"values": {"valid_accuracy": np.array([61.0, 70.0, 65.5])}},
    ],
)
def test_one_trial_that_differs_in_one_run_makes_strategies_differ(changed: dict[str, Any]) -> None:
    other = run("b", 1, changed.get("codes", RANDOM))
    other = evolve(other, **{name: column for name, column in changed.items() if name != "codes"})
    assert found(run("a", 0), run("a", 1), run("b", 0)) == [f"a and b{SENTENCE}"]
    assert found(run("a", 0), run("a", 1), run("b", 0), other) == []


def test_runs_without_a_trial_or_a_common_seed_are_not_called_the_same() -> None:
    assert found(run("a", 0), run("b", 1)) == []
    assert found(run("a", 0, RANDOM[:0]), run("b", 0, RANDOM[:0])) == []
