"""Numbers in sentences that look measured and stand in no block, and the list of those that are something else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from claims.kept import ROOT
from claims.pages import without

ALLOWED = Path(__file__).parent / "allowed.toml"
_NUMBER = r"(?<![\w.,/^·-])(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_UNIT = r"\s?(?:%|(?:points?|ms|us|µs|s|seconds?|minutes?|hours?|KB|MB|GB|MiB|GiB|times|million|CPU)\b(?!-))"
_STRAY = re.compile(rf"±\s?{_NUMBER}|{_NUMBER}{_UNIT}|(?<![\w.,/^·-])\d*\.\d\d+(?!\w|\.\d)")
"""A number with a unit of what is measured, one after ±, or one with two decimals or more."""
_HIDDEN = re.compile(
    r"`[^`\n]*`|\]\([^)\s]*\)|<!--.*?-->|https?://\S+|arXiv:\S+|Python 3\.\d+|^(?: {4}|\t)[^\n]*",
    re.DOTALL | re.MULTILINE,
)
"""Code, targets of links, comments, sources, indented blocks: what is typed there is no claim."""
_SOURCE = re.compile(r"\b(?:19|20)\d\d\b")


@frozen
class Stray:
    """A number that looks measured."""

    page: str
    line: int
    text: str
    """As it stands there, with its unit."""


@frozen
class Reason:
    """Why some numbers of pages stand in no block."""

    why: str
    pages: Mapping[str, tuple[str, ...]]
    """The numbers, as `Stray.text` has them, by page."""


def strays(page: str, text: str) -> Iterator[Stray]:
    """The numbers of a page that look measured and stand in no block, in their order."""
    shown = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", "`", found[0]), without(text))
    for line, sentence in enumerate(shown.splitlines(), 1):
        for found in _STRAY.finditer(sentence):
            yield Stray(page, line, " ".join(found[0].split()))


def reasons(path: Path = ALLOWED) -> dict[str, Reason]:
    """The reasons by their names, from a file of TOML."""
    parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Reason(of.pop("why"), {page: tuple(numbers) for page, numbers in of.items()})
        for name, of in parsed.items()
    }


def unexplained(pages: Mapping[Path, str], known: Mapping[str, Reason]) -> list[Stray]:
    """The strays for which no reason is given."""
    allowed = {(page, text) for reason in known.values() for page, texts in reason.pages.items() for text in texts}
    return [stray for stray in _all(pages) if (stray.page, stray.text) not in allowed]


def stale(pages: Mapping[Path, str], known: Mapping[str, Reason]) -> list[tuple[str, str, str]]:
    """What is explained and is not there, as reason, page and number."""
    there = {(stray.page, stray.text) for stray in _all(pages)}
    return [
        (name, page, text)
        for name, reason in known.items()
        for page, texts in reason.pages.items()
        for text in texts
        if (page, text) not in there
    ]


def unsourced(pages: Mapping[Path, str], reason: Reason) -> list[Stray]:
    """The numbers of a reason in whose paragraph no year says whose they are."""
    found = []
    for path, text in pages.items():
        lines = text.splitlines()
        for stray in strays(str(path.relative_to(ROOT)), text):
            if stray.text in reason.pages.get(stray.page, ()) and not _SOURCE.search(_paragraph(lines, stray.line - 1)):
                found.append(stray)
    return found


def _paragraph(lines: list[str], at: int) -> str:
    """The item of a list, the row of a table or the paragraph that a line is in."""
    first, last = at, at + 1
    while first and lines[first].strip() and not lines[first].startswith(("- ", "| ", "* ")):
        first -= 1
    while last < len(lines) and lines[last].strip() and not lines[last].startswith(("- ", "| ", "* ")):
        last += 1
    return "\n".join(lines[first:last])


def _all(pages: Mapping[Path, str]) -> list[Stray]:
    return [stray for path, text in pages.items() for stray in strays(str(path.relative_to(ROOT)), text)]
