"""A strategy's plain id is the published algorithm, with its paper and each departure; all others are known as ours."""

from __future__ import annotations

import re

import pytest

from nasapi.cli.info import paper_pairs
from nasapi.errors import PluginError
from nasapi.plugins import Entry, entries, paper_of
from nasapi.plugins.hook_results import checked_entry
from nasapi.strategy import Paper

OURS = {
    "bo-gp",
    "decoded-gp",
    "latent-gp",
    "marginals",
    "nao-small",
    "npenas-small",
    "penalise",
    "random-forest",
    "ranked-gp",
    "surrogate",
    "weaknas-small",
    "xgb",
}
"""What nobody published under that name, or not with these settings."""
_DISTRIBUTIONS = {f"nasapi-{name}" for name in ("agnet", "baselines", "latent", "moo", "multifidelity", "surrogate")}
FIRST_PARTY = {entry.id: entry for entry, plugin in entries("strategy") if plugin.name in _DISTRIBUTIONS}


def test_every_strategy_names_its_paper_or_is_ours():
    assert {name for name in FIRST_PARTY if paper_of(name) is None} == OURS & FIRST_PARTY.keys()


@pytest.mark.parametrize("name", sorted(FIRST_PARTY.keys() - OURS))
def test_a_paper_names_venue_sections_and_departures_in_sentences(name):
    paper = paper_of(name)
    assert paper is not None
    assert re.search(r"\b(19|20)\d\d\b", paper.where)
    assert paper.sections
    assert len(set(paper.departures)) == len(paper.departures)
    for departure in paper.departures:
        assert departure[0].isupper() or departure[0] == "`"
        assert departure.endswith(".")
    assert paper_pairs(paper)["paper"] == f"{paper.title}, {paper.where}"


def test_a_cheaper_version_stands_beside_the_published_one():
    small = [name for name in FIRST_PARTY if name.endswith("-small")]
    if "npenas" in FIRST_PARTY:
        assert small
    for name in small:
        assert paper_of(name.removesuffix("-small")) is not None
        assert name.removesuffix("-small") in FIRST_PARTY[name].summary


def test_a_strategy_of_a_file_has_no_paper(tmp_path):
    assert paper_of(f"{tmp_path}/mine.py:Mine") is None


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("strategy", "a", "m:A", "one", paper="no target"), "the paper 'no target' of 'a'"),
        (Entry("space", "a", "m:A", "one", paper="m:A"), "'a' is a space and names a paper"),
    ],
)
def test_an_entry_with_a_wrong_paper_is_refused(entry, words):
    with pytest.raises((TypeError, ValueError), match=words):
        checked_entry(entry)


@pytest.mark.parametrize("paper", ["nasapi.strategy:Paper", "nasapi.strategy:Missing", "nasapi_missing:PAPER"])
def test_a_paper_that_is_none_is_named(monkeypatch, paper):
    entry = Entry("strategy", "odd", "nasapi_baselines.random:RandomSearch", "odd", paper=paper)
    monkeypatch.setattr("nasapi.plugins.loading.find", lambda kind, name: entry)
    with pytest.raises(PluginError, match=re.escape(f"Strategy 'odd' names the paper '{paper}'")):
        paper_of("odd")


def test_what_a_paper_needs():
    assert {"title", "where", "sections", "departures"} == set(Paper.__annotations__)
