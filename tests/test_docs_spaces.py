"""The page of search spaces says of every installed space what the space says of itself."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from claims.kept import read
from files_by_path import module_at

import nasapi
from nasapi.plugins.manager import entries

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "spaces.md").read_text(encoding="utf-8")
LISTED = {"nb101-30k", "darts-trained", "nlp-wikitext2", "nlp-ptb"}
"""The listed parts of spaces, which are known once their tables are imported."""
SPACES = [entry.id for entry, owner in entries("space") if owner.name != "nasapi" and entry.id not in LISTED]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return module_at(DOCS.parent / "benchmarks" / "spaces.py", "docs_spaces")


@pytest.mark.parametrize("name", SPACES)
def test_the_page_has_the_genes_and_counts_of_each_space(name: str, generator: ModuleType) -> None:
    assert f"<!-- result spaces space {name} -->" in PAGE
    kept = read("spaces").found[name]
    facts = generator.facts(nasapi.load_space(name))
    assert {key: kept[key] for key in facts} == facts, "run make docs"


@pytest.mark.parametrize("name", SPACES)
def test_the_drawn_architecture_is_one_of_the_space_and_its_picture_is_there(name: str) -> None:
    shown = read("spaces").found[name]["shown"]
    space = nasapi.load_space(name)
    code = space.parse(shown)  # which raises where it is none; the literature's own spelling may differ from `format`
    assert (space.parse(space.format(code)) == code).all()
    assert (DOCS / "images" / f"space-{name}.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_listed_parts_have_no_section(generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    installed = {entry.id for entry, owner in entries("space") if owner.name != "nasapi"}
    assert {name for name in installed if generator.is_listed(name)} == LISTED & installed


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "not counted"), (15_625, "15,625"), (10**25, "1 · 10^25 (all digits: `load_space(…).identities`)")],
)
def test_counts_are_written_in_digits_as_long_as_fit_a_line(
    count: int | None, text: str, generator: ModuleType
) -> None:
    assert generator.counted(count) == text
