"""The page of a report: everything on one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from nasapi.words import printable
from nasapi_report.analysis import Analysis
from nasapi_report.canvas import Figure
from nasapi_report.cells import Cell
from nasapi_report.formats import Table
from nasapi_report.measure import title
from nasapi_report.overall_page import Summary
from nasapi_report.provenance import seeds_text
from nasapi_report.words import number


@frozen(eq=False)
class Section:
    """One benchmark's part of the page."""

    slug: str
    analysis: Analysis
    verdict: tuple[str, ...]
    notes: tuple[str, ...]
    leaderboard: Table
    costs: Table
    comparisons: Table | None
    targets: Table | None
    workers: Table | None
    figures: tuple[Figure, ...]
    cells: tuple[Cell, ...]


def render(
    sections: Sequence[Section],
    *,
    together: Summary | None,
    command: str,
    versions: Sequence[tuple[str, str]],
    files: Sequence[str],
) -> str:
    """The HTML of a report."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.finalize = _printable
    environment.filters.update({"title": title, "number": number, "seeds": seeds_text, "seen": _seen})
    context: Mapping[str, Any] = {
        "sections": sections,
        "together": together,
        "command": command,
        "versions": versions,
        "files": files,
    }
    return environment.get_template("report.html").render(context)


def _printable(value: Any) -> Any:
    """What the page shows, with control characters spelt out; markup stays markup."""
    return value if not isinstance(value, str) or hasattr(value, "__html__") else printable(value)


def _seen(found: Sequence[tuple[str, int]]) -> str:
    """How many runs of each strategy ended on a cell, in words."""
    return ", ".join(f"{count} run{'s' if count > 1 else ''} of {name}" for name, count in found)
