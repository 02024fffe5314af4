"""Figures of panels as files, in the style of the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen
from nasapi_report.canvas import render_panels

if TYPE_CHECKING:
    from numpy.typing import NDArray


@frozen(eq=False)
class FigureFiles:
    """A figure with its file name, as SVG and PNG."""

    name: str
    svg: str
    png: bytes


def figure(
    name: str,
    draw: Callable[[NDArray[Any]], None],
    *,
    size: tuple[float, float],
    rows: int = 1,
    columns: int = 1,
    share: bool = False,
) -> FigureFiles:
    """Draw on a (rows, columns) array of axes, `size` in inches; `share` gives all the same vertical axis."""
    return FigureFiles(name, *render_panels(name, draw, size=size, rows=rows, columns=columns, share=share, text=9))
