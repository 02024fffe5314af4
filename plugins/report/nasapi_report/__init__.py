"""The report of a study: one page that says who is ahead and how surely, with its figures and tables as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import hookimpl

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import click

    from nasapi_report.source import Source

__version__ = "0.1.0"
__all__ = ["nasapi_commands", "write_report"]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """`nasapi report` and `nasapi standings`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = (
        "Compare the strategies of the study in STORE: an HTML page with its figures and tables as files beside it."
    )
    group.add_command(LazyCommand("report", "nasapi_report.commands.report:command", sentence))
    sentence = "Show how strategies stand after so many trials or seconds: a line a strategy, best first at the last N."
    group.add_command(LazyCommand("standings", "nasapi_report.commands.standings:command", sentence))


def write_report(source: Source, folder: str | os.PathLike[str]) -> Path:
    """Write the report of a study into `folder`, whole or not at all, and give the folder's path.

    `index.html` needs no other file; beside it stand figures as SVG and PNG, tables as CSV and LaTeX, drawings of
    cells, and report.json. The same runs give the same numbers. Raises NotAvailable where the source has no runs yet,
    and StoreError where the folder cannot be written or holds anything but an older report.
    """
    from nasapi_report.build import build

    return build(source, folder)
