"""The specification and the kit agree: every rule stands behind a sentence, every MUST has a rule or a reason."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import pytest
from test_layers import PUBLIC

from nasapi.testing import RULES

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(path for path in (DOCS / "interface").glob("*.md") if path.stem != "index")
SENTENCE = re.compile(r"^\*\*([A-Z]+)(\d+)\*\* (.+?) — (?:kit: (.+)|not tested(?: by a rule)?: (.+))$")
SENTENCES = {
    f"{found[1]}{found[2]}": found
    for path in PAGES
    for line in path.read_text(encoding="utf-8").splitlines()
    if (found := SENTENCE.match(line))
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_sentences_are_numbered_in_order_and_say_what_tests_them(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"\*\*[A-Z]+\d+\*\*", line)]
    found = [SENTENCE.match(line) for line in lines]
    assert not [line for line, match in zip(lines, found, strict=True) if match is None]
    assert [int(match[2]) for match in found if match] == [number for number, _ in zip(count(1), lines, strict=False)]
    assert len({match[1] for match in found if match}) == 1


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_must_or_should_hold_has_a_number(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if re.search(r"\b(MUST|SHOULD)\b", line) and not SENTENCE.match(line)]
    assert all(re.search(r"\b(MUST|SHOULD)\b|is the strategy's own", match[3]) for match in SENTENCES.values())


def test_every_rule_of_the_kit_stands_behind_a_sentence_and_no_other_does() -> None:
    named = {rule for match in SENTENCES.values() if match[4] for rule in re.findall(r"`([^`]+)`", match[4])}
    rules = {rule.id for rule in RULES}
    assert not rules - named, "write in docs/interface what an author may rely on by these rules"
    assert not named - rules, "the kit has no such rules"


def test_the_tests_that_sentences_name_are_there() -> None:
    named = {name for match in SENTENCES.values() for name in re.findall(r"`(tests/[^`]+)`", match[5] or "")}
    assert named
    assert not [name for name in named if not (DOCS.parent / name).is_file()]


def test_the_public_modules_are_named_and_documented() -> None:
    page = (DOCS / "interface" / "index.md").read_text(encoding="utf-8").partition("## Which modules are public")[2]
    named = set(re.findall(r"^\| `(nasapi[\w.]*)`", page, re.MULTILINE))
    assert not PUBLIC - named, "give each public module a line in docs/interface/index.md"
    assert not named - PUBLIC, "these are not public"
    reference = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md"))
    described = set(re.findall(r"automodule:: (nasapi[\w.]*)", reference)) | {"nasapi"}
    assert not PUBLIC - described, "give each public module a section in docs/reference"
    assert not described - PUBLIC, "these are not public"
