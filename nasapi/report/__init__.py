"""The report of a study: one page that says who is ahead and how surely, with its figures and tables as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from nasapi.report.analysis import Source

__all__ = ["write_report"]


def write_report(source: Source, folder: str | os.PathLike[str]) -> Path:
    """Write the report of a study or store into `folder`, whole or not at all, and give the folder's path.

    `index.html` needs no other file; beside it stand figures as SVG and PNG, tables as CSV and LaTeX, drawings of
    cells, and report.json. The same runs give the same numbers. Raises NotAvailable where the source has no runs yet,
    and StoreError where the folder cannot be written or holds anything but an older report.
    """
    from nasapi.report.build import build

    return build(source, folder)
