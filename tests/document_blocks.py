"""The blocks of code in a Markdown document, each with what the comments before it say of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen

_PROGRAM = re.compile(r"\s*(export|make|nasapi|pip|python|time)\s")
_COMMENT = re.compile(r"<!--\s*([a-z ]+):\s*(.*?)\s*-->", re.DOTALL)


@frozen
class Block:
    """A block of code, and the line of the document it begins in."""

    line: int
    language: str
    text: str
    comments: dict[str, str]
    """What comments directly before it say: "not run" with the reason, "file" with a name."""

    @property
    def commands(self) -> list[list[str]]:
        """The commands of a block that a shell would take, as lists of words; none where it is no such block."""
        if self.language not in ("", "sh") or not _PROGRAM.match(self.text):
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(_braces(line), comments=True))]


@cache
def blocks(path: Path) -> tuple[Block, ...]:
    """The fenced and the indented blocks of a document."""
    return tuple(_blocks(path))


def _blocks(path: Path) -> Iterator[Block]:
    from markdown_it import MarkdownIt

    comments: dict[str, str] = {}
    for token in MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8")):
        if token.type == "html_block":
            comments |= dict(_COMMENT.findall(token.content))
            continue
        if token.type in ("fence", "code_block") and token.map:
            yield Block(token.map[0] + 1, token.info.strip(), token.content, comments)
        comments = {}


def spoken(text: str) -> list[str]:
    """The code within the sentences of a document."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    children = (child for token in tokens for child in token.children or ())
    return [child.content for child in children if child.type == "code_inline"]


def _braces(line: str) -> str:
    """The line with `a{b,c}d` as `abd acd`, which a shell does before it splits words."""
    found = re.search(r"(\S*)\{([^{}]*,[^{}]*)\}(\S*)", line)
    if not found or "'" in found[0]:
        return line
    several = " ".join(f"{found[1]}{part}{found[3]}" for part in found[2].split(","))
    return _braces(line[: found.start()] + several + line[found.end() :])
