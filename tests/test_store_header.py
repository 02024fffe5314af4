"""A store's header: what a store has room for, read as it was written, grown and joined."""

import json
from typing import Any

import attrs
import pytest
from stores import (
    several_goals,
)

from nasapi.errors import CorruptData, StoreError
from nasapi.storage.header import Header
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.tables import layout


def header(**changes: Any) -> Header:
    summary = BenchmarkSummary.of(several_goals())
    made = Header(3, (0, 2), {summary.spec: summary}, {"Drawing": StrategySummary("Drawing", "mine 1.0")})
    return attrs.evolve(made, **changes)


def written_with(**changes: Any) -> tuple[str, str]:
    """What a header is written as, with fields changed under a fitting digest."""
    fields = {**json.loads(header().written()[0]), **changes}
    return json.dumps(fields), layout.digest(fields)


def test_a_header_is_read_as_it_was_written() -> None:
    for made in (header(), header(seeds=()), header(batch=1 << 31)):
        assert Header.read(*made.written(), "s") == made


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ((None, ""), "is no text of at most"),
        ((header().written()[0], "0" * 64), "its SHA-256 differs"),
        (written_with(kind="table"), "holds a 'table' of layout 2; this nasapi reads a 'study' of layout 2"),
        (written_with(schema=1), "of layout 1; this nasapi reads"),
        (("[]", ""), "its header says neither kind nor schema"),
        (('{"kind": "study"}', ""), "its header says neither kind nor schema"),
        (written_with(batch=0), "batch is 0; wanted a whole number from 1"),
        (written_with(batch=(1 << 31) + 1), "wanted a whole number from 1 to 2,147,483,648"),
        (written_with(seeds=[1, 2, 1]), "has 1 twice"),
        (written_with(seeds=[-1]), "wanted a whole number from 0"),
        (written_with(strategies=[{"spec": "a", "offered_by": ""}] * 2), "has 'a' twice"),
        (written_with(more=1), "unknown field 'more'"),
    ],
)
def test_a_header_that_cannot_be_is_refused(written: tuple[Any, str], message: str) -> None:
    with pytest.raises(CorruptData, match=message):
        Header.read(*written, "s")


@pytest.mark.parametrize(
    ("field", "taken", "refused"),
    [
        ("genes", [1, 100_000], [0, 100_001, "3"]),
        ("workers", [1, 1_000_000], [0, 1_000_001]),
        ("noise", [True], [1, None]),
        ("predicted", [True], [1, None]),
        ("identity", ["code", "network"], ["name"]),
        (
            "budget",
            [{"limit": 1, "unit": "unique"}],
            [{"limit": "inf", "unit": "trials"}, {"limit": 1, "unit": "hours"}],
        ),
        ("fidelity", [None], [{"name": "epochs", "levels": levels, "resumes": False} for levels in ([], [0, 1])]),
        ("goals", [], [[]]),
        ("report", [], [["a", "a"], ["a/b"]]),
        ("optima", [{"params": "inf"}], [{"params": "many"}, {"a/b": 1}]),
        ("training_sd", [{"params": 0.5}], [{"params": "inf"}]),
        ("spec", ["x" * 2000], ["x" * 2001, "a\nb", ""]),
    ],
)
def test_what_a_header_says_of_a_benchmark_is_within_bounds(field: str, taken: list[Any], refused: list[Any]) -> None:
    known = json.loads(header().written()[0])["benchmarks"][0]
    for value in refused:
        with pytest.raises(CorruptData, match=rf"benchmarks\[0\]\.{field}"):
            Header.read(*written_with(benchmarks=[{**known, field: value}]), "s")
    for value in taken:
        try:
            Header.read(*written_with(benchmarks=[{**known, field: value}]), "s")
        except CorruptData as error:
            assert "names other columns" in str(error)  # for so many genes or levels


def test_a_header_grows_by_what_it_has_not_and_joins_with_its_like() -> None:
    made = header()
    other = StrategySummary("Other")
    grown = made.grown("s", [], [other, StrategySummary("Drawing", "mine 1.0")], [5, 2, 1], 3)
    assert (grown.seeds, list(grown.strategies), grown.benchmarks) == (
        (0, 2, 5, 1),
        ["Drawing", "Other"],
        made.benchmarks,
    )
    assert made.joined(header(), "s") is made
    assert made.joined(grown, "s").strategies == grown.strategies
    with pytest.raises(StoreError, match="holds runs with batch 3, not 4; give batch=3"):
        made.grown("s", [], [], [], 4)
    with pytest.raises(StoreError, match=r"came from mine 1\.0 and is code that is not recorded here"):
        made.grown("s", [], [StrategySummary("Drawing")], [], 3)
    older = header(strategies={"mine.py:A": StrategySummary("mine.py:A", f"sha256:{'a' * 64}")})
    with pytest.raises(StoreError, match=r"mine\.py changed since the runs of strategy 'mine\.py:A' in 's' were made"):
        older.grown("s", [], [StrategySummary("mine.py:A", f"sha256:{'b' * 64}")], [], 3)
