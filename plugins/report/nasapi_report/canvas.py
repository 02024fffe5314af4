"""A figure's style and bytes: matplotlib's objects alone, no global figure, no display."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from nasapi.words import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

INK = "#010203"
"""The colour of text and lines; becomes the page's own in an inline figure, and is as good as black in a file."""

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
VERMILION, SKY, GREY = "#D55E00", "#56B4E9", "#7F7F7F"
"""Colours of Okabe and Ito's palette without its yellow, which white swallows, and grey."""

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, GREY)  # dashes and markers tell the same without colour
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2)))
_LABEL = 48  # characters
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


@frozen
class Figure:
    """One figure: its file name without ending, title, what it shows in words, and its bytes."""

    name: str
    title: str
    caption: str
    svg: str
    png: bytes
    wide: bool = False
    """Whether it needs the width of the page."""

    @property
    def inline(self) -> str:
        """The SVG for a page that holds several: ids of its own, text in the page's colour, described for readers."""
        body = self.svg[self.svg.index("<svg") :].replace(INK, "currentColor")
        body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
        body = re.sub(r'\bid="([^"]+)"', rf'id="{self.name}-\1"', body)
        body = re.sub(r'href="#([^"]+)"', rf'href="#{self.name}-\1"', body)
        body = re.sub(r"url\(#([^)]+)\)", rf"url(#{self.name}-\1)", body)
        return re.sub(r'<svg[^>]*?(viewBox="[^"]+")[^>]*>', r'<svg \1 role="presentation">', body, count=1)


@frozen
class Style:
    """How one strategy looks in every figure."""

    colour: str
    dash: Any
    marker: str


def styles_of(strategies: Sequence[str]) -> dict[str, Style]:
    """A style for each strategy, different in colour, dashes and marker as long as they last."""
    return {
        name: Style(_COLOURS[i % len(_COLOURS)], _DASHES[i % len(_DASHES)], _MARKERS[i % len(_MARKERS)])
        for i, name in enumerate(strategies)
    }


def label(text: str) -> str:
    """A name as a figure shows it: one line of printable text, cut where it is long, and never hidden from a legend."""
    line = printable(" ".join(text.split()))
    if len(line) > _LABEL:
        line = f"{line[: _LABEL // 2]}…{line[1 - _LABEL // 2 :]}"  # options differ at the end
    return f" {line}" if line.startswith("_") else line  # matplotlib leaves names with an underscore before them out


def log_axis(axes: Axes, which: str) -> None:
    """A logarithmic axis with plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = getattr(axes, f"{which}axis")
    getattr(axes, f"set_{which}scale")("log")
    axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=10))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _plain(value)))
    axis.set_minor_formatter(NullFormatter())


def _plain(value: float) -> str:
    """A tick's number in few letters: 0.05, 20, 5k, 2M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:.6g}"


def figure(
    name: str, title: str, caption: str, draw: Callable[[Any], None], *, height: float = 3.7, panels: int = 0
) -> Figure:
    """Draw on fresh axes, or on a list of `panels` side by side, and give the figure with a grid behind it."""

    def draw_before_grid(axes: NDArray[Any]) -> None:
        draw(list(axes[0]) if panels else axes[0, 0])
        for each in axes.flat:
            light_grid(each)

    size = (max(6.2, 3.4 * panels), height)
    vector, pixels = render_panels(name, draw_before_grid, size=size, columns=max(panels, 1), share=panels > 0)
    return Figure(name, title, caption, vector, pixels, panels > 2)


def light_grid(axes: Axes, lines: Literal["x", "y", "both"] = "both") -> None:
    """Faint lines behind what is drawn, at the ticks of one axis or of both."""
    axes.grid(axis=lines, color="#8a8f98", alpha=0.28, linewidth=0.6)
    axes.set_axisbelow(True)


def render_panels(
    name: str,
    draw: Callable[[NDArray[Any]], None],
    *,
    size: tuple[float, float],
    rows: int = 1,
    columns: int = 1,
    share: bool = False,
    text: float = 10,
) -> tuple[str, bytes]:
    """The SVG and the PNG of `draw` on a (rows, columns) array of fresh axes; the same input gives the same bytes.

    `size` is in inches, `text` in points; `share` gives all panels the same vertical axis. Ids within the SVG depend on
    `name`.
    """
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    settings: dict[Any, Any] = {
        "svg.hashsalt": name,
        "font.size": text,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.parse_math": False,  # names are text, whatever dollars are in them
        "text.usetex": False,
    }
    inks: tuple[Any, ...] = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    with matplotlib.rc_context({**settings, **dict.fromkeys(inks, INK)}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from", UserWarning)  # a box stands for the letter
        canvas = Canvas(figsize=size, layout="constrained")
        draw(canvas.subplots(rows, columns, squeeze=False, sharey=share))
        return _drawn(canvas)


def _drawn(canvas: Canvas) -> tuple[str, bytes]:
    """A figure as SVG without a ground and as PNG on white: laid out once, and drawn once for each.

    `savefig` lays out twice, and draws twice, for every format.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    vector, pixels = io.StringIO(), io.BytesIO()
    agg, engine = FigureCanvasAgg(canvas), canvas.get_layout_engine()
    if engine is not None:
        engine.execute(canvas)
        canvas.set_layout_engine("none")
    grounds = [canvas.patch, *(axes.patch for axes in canvas.axes)]
    colours = [ground.get_facecolor() for ground in grounds]
    for ground in grounds:
        ground.set_facecolor("none")
    FigureCanvasSVG(canvas).print_svg(vector, metadata={"Date": None})  # type: ignore[no-untyped-call]
    for ground, colour in zip(grounds, colours, strict=True):
        ground.set_facecolor(colour)
    canvas.patch.set_facecolor("white")
    canvas.set_dpi(150)
    agg.print_png(pixels)  # type: ignore[no-untyped-call]
    return vector.getvalue(), pixels.getvalue()
