"""What the site makes of docstrings and of the names of the package."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from files_by_path import module_at

import nasapi

DOCS = Path(__file__).parent.parent / "docs"


def part(name: str) -> ModuleType:
    return module_at(DOCS / f"{name}.py", f"site_{name}")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("(n, *dim) of `codes[i]` alone.", r"(n, \*dim) of ``codes[i]`` alone."),
        ("`conv|skip`s are words_ like *this*.", r"``conv|skip``\ s are words\_ like \*this\*."),
        ("Do so:\n\n    a = 1\n\n    b = 2\n\nThen that.", "Do so:\n\n::\n\n    a = 1\n\n    b = 2\n\nThen that."),
        ("Options:\n\nrate: a number. How\n    fast.", "Options:\n\n- ``rate``: a number. How\n\n::\n\n    fast."),
        ("Options:\n\nrate: a number, `none` too.", "Options:\n\n- ``rate``: a number, ``none`` too."),
    ],
)
def test_a_docstring_is_read_as_plain_words_with_backticks(given: str, wanted: str) -> None:
    assert "\n".join(part("docstrings").as_restructured_text(given.split("\n"))).strip() == wanted


def test_the_page_of_the_package_has_every_name_with_the_page_of_its_module() -> None:
    rows = part("package_names").names().splitlines()[2:]
    assert len(rows) == len(nasapi.__all__)
    assert "| `Trial` | [`nasapi.trial`](space.md) |" in rows


def test_the_reference_names_what_has_no_docstring_of_its_own() -> None:
    pages = [path.read_text(encoding="utf-8") for path in sorted((DOCS / "reference").glob("*.md"))]
    rooms = [
        (import_module(name), page) for page in pages for name in re.findall(r"automodule:: ([\w.]+)$", page, re.M)
    ]
    lacking = [
        f"{room.__name__}.{name}"
        for room, page in rooms
        if hasattr(room, "__path__")
        for name in room.__all__
        if not inspect.isroutine(value := getattr(room, name))
        and not inspect.isclass(value)
        and f"`{name}`" not in page
    ]
    assert not lacking
