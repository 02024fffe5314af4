"""Blocks of pages: what stands between two comments is made of a result that is kept, and is never typed.

    <!-- result NAME VIEW WORD … -->
    | what the view makes of the result |
    <!-- end result -->

A block that stands in a sentence is written in one line. NAME is a file of benchmarks/results, VIEW one of
`claims.views`, and the words are its own.
"""

from __future__ import annotations

import re
from pathlib import Path

from claims.kept import RESULTS, ROOT, read
from claims.views import shown
from nasapi.errors import NasapiError
from nasapi.files.replacing import write_whole

PAGES = (
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(path for kind in ("spaces", "strategies", "plugins") for path in ROOT.glob(f"{kind}/*/README.md")),
)
"""The documents that may have blocks."""
BLOCK = re.compile(
    r"(?:^```.*?^```)|(<!-- result (\S+) (\S+)((?: [^\s>]+)*) -->)(.*?)(<!-- end result -->)", re.DOTALL | re.MULTILINE
)
"""A block, or a fence, within which there is none: the first group is what tells them apart."""


def filled(text: str, where: str, folder: Path = RESULTS) -> str:
    """A page's text with each of its blocks made anew; an error names the page and the block."""

    def made(found: re.Match[str]) -> str:
        start, name, view, words, inside, end = found.groups()
        if start is None:
            return found[0]
        try:
            text = shown(view, read(name, folder), words.split())
        except NasapiError as error:
            raise type(error)(f"{where}, block {start}: {error}") from error
        return f"{start}\n{text}\n{end}" if inside.startswith("\n") else f"{start}{text}{end}"

    return BLOCK.sub(made, text)


def without(text: str) -> str:
    """A page's text with its blocks and fences emptied, lines kept."""
    return BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text)


def shown_in(text: str) -> set[str]:
    """The names of the results that a page's text shows."""
    return {name for start, name, *_ in BLOCK.findall(text) if start}


def fill() -> list[Path]:
    """Make every block of every page anew; the pages that changed."""
    changed = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if (new := filled(text, str(page.relative_to(ROOT)))) != text:
            write_whole(page, new)
            changed.append(page)
    return changed
