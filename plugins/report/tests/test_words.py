"""Numbers, shares and names as a report writes them."""

from __future__ import annotations

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from nasapi_report.canvas import styles_of
from nasapi_report.formats import escape
from nasapi_report.notes import notes
from nasapi_report.stats.intervals import Estimate
from nasapi_report.verdict import verdict
from nasapi_report.words import decimals, format_duration, interval, listing, number, probability, share

from nasapi.budget import Budget


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


def test_runs_that_ended_early_are_not_reported_to_have_spent_their_budget() -> None:
    found = sources.analysis_of(sources.toy(budget=100), strategies=sources.THREE[:2], seeds=12)
    assert verdict(found)[0].startswith("After 100 trials ")
    ended = tuple(
        evolve(row, histories=tuple(evolve(history, ended="strategy") for history in row.histories))
        for row in found.runs
    )
    early = evolve(found, runs=ended)
    assert verdict(early)[0].startswith("After at most 100 trials ")
    assert any("asked for no more trials" in note for note in notes(early))
    assert not any("The budget limits them" in note for note in notes(early))


def test_repeats_are_reported_to_be_charged_where_they_are() -> None:
    found = sources.analysis_of(sources.toy(), strategies=[sources.Named("stays")], seeds=12)
    unique = evolve(found, record=evolve(found.record, budget=Budget(12, "unique")))
    repeat_notes = [next(note for note in notes(one) if "asked for before" in note) for one in (found, unique)]
    assert repeat_notes[0].endswith("each was charged like any other.")
    assert repeat_notes[1].endswith("a budget of unique networks charges none of them.")
