"""The tables of docs/measurements.md without their method, for the page of results of the site."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from mdit_py_plugins.anchors.index import slugify


def tables_of(page: Path) -> str:
    """Every section of a page that has tables, each with its tables alone and a link to how they were measured."""
    found = []
    for section in page.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        tables = ["\n".join(rows) for of, rows in groupby(text.splitlines(), lambda row: row.startswith("|")) if of]
        if tables:
            link = f"[How it was measured]({page.name}#{slugify(title)})"
            found.append("\n\n".join([f"## {title}", *tables, link]))
    return "\n\n".join(found)
