"""Docstrings, written in plain words with backticks, as the reStructuredText that Sphinx reads."""

from __future__ import annotations

import re
from itertools import groupby

_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_MARKUP = re.compile(r"([*|\\]|_(?=\W|$))")
_OPTION = re.compile(r"(\w+): ")


def as_restructured_text(lines: list[str]) -> list[str]:
    """The lines with backticks as code, other markup as plain text, and what is indented as it is laid out."""
    text: list[str] = []
    options = False
    for block in _blocks(lines):
        option = _OPTION.match(block[0]) if options else None
        if block[0].startswith("    "):
            text += ["::", "", *block, ""]
        elif option:
            text += [f"- ``{option[1]}``: {_escaped(' '.join(block)[option.end() :])}", ""]
        else:
            text += [*_escaped("\n".join(line.strip() for line in block)).split("\n"), ""]
        options = options or block == ["Options:"]
    return text


def _blocks(lines: list[str]) -> list[list[str]]:
    """The paragraphs; lines that are laid out, and what is between them, are one."""
    found: list[list[str]] = []
    for there, run in groupby(lines, key=lambda line: bool(line.strip())):
        if not there:
            continue
        block = list(run)
        while block:
            laid_out = block[0].startswith("    ")
            size = next((n for n, line in enumerate(block) if line.startswith("    ") != laid_out), len(block))
            part, block = block[:size], block[size:]
            if laid_out and found and found[-1][0].startswith("    "):
                found[-1] += ["", *part]
            else:
                found.append(part)
    return found


def _escaped(text: str) -> str:
    """Words with code in double backticks, and no other markup."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_MARKUP.sub(r"\\\1", text[at : code.start()]), f"``{code[2]}``"]
        at = code.end()
        if text[at : at + 1].isalnum():
            parts.append("\\ ")
    return "".join([*parts, _MARKUP.sub(r"\\\1", text[at:])])
