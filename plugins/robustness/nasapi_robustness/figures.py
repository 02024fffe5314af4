"""Figures of panels as files: matplotlib's objects alone, and the same input gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

DrawPanels = Callable[["NDArray[Any]"], None]
"""Draws on a (rows, columns) array of axes."""

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#7F7F7F"
"""Colours of Okabe and Ito's palette."""


@frozen(eq=False)
class FigureFiles:
    """A figure with its file name, as SVG and PNG."""

    name: str
    svg: str
    png: bytes


def figure(
    name: str, draw: DrawPanels, *, size: tuple[float, float], rows: int = 1, columns: int = 1, share: bool = False
) -> FigureFiles:
    """Draw `rows` by `columns` panels on a figure of `size` inches; `share` gives all the same vertical axis."""
    import matplotlib
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {"svg.hashsalt": name, "font.size": 9, "axes.titlesize": 10}
    with matplotlib.rc_context({**settings, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots(rows, columns, squeeze=False, sharey=share))
        vector, pixels = io.StringIO(), io.BytesIO()
        figure.savefig(vector, format="svg", metadata={"Date": None})
        figure.savefig(pixels, format="png", dpi=110, facecolor="white")
    return FigureFiles(name, vector.getvalue(), pixels.getvalue())


def light_grid(axes: Axes) -> None:
    """Faint horizontal lines behind what is drawn."""
    axes.grid(True, axis="y", color="#8a8f98", alpha=0.28, linewidth=0.6)
    axes.set_axisbelow(True)
